"""Many metrics of CloudWatch in few calls: 500 to a call, one value a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Literal

from credex_actions.maintenance.account.reading import Reading, Unreadable
from credex_actions.maintenance.metric_data import incomplete, state_of

A_CALL: Final = 500
A_DAY: Final = 86400


@dataclass(frozen=True)
class Metric:
    """`dimensions`: pairs, in CloudWatch's names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: Literal["Average", "Maximum", "Sum"]

    def query(self, number: int) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
        return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": A_DAY, "Stat": self.statistic}, "ReturnData": True}


Values = Mapping[Metric, tuple[float, ...]]


def by_day(reading: Reading, metrics: Iterable[Metric], now: datetime, days: float) -> dict[Metric, tuple[float, ...]]:
    """The days' values of each metric; () where it has none. Raises Unreadable."""
    values: dict[Metric, tuple[float, ...]] = {}
    begin = now - timedelta(days=max(days, 1))  # a value is one of a whole day
    wanted = iter(dict.fromkeys(metrics))
    while batch := list(islice(wanted, A_CALL)):
        values |= dict.fromkeys(batch, ())
        queries = [metric.query(number) for number, metric in enumerate(batch)]
        states: dict[str, str] = {}
        for result in reading.pages(
            "cloudwatch", "get_metric_data", "MetricDataResults", MetricDataQueries=queries, StartTime=begin, EndTime=now
        ):
            metric = batch[int(result["Id"][1:])]
            values[metric] += tuple(result["Values"])
            states[result["Id"]] = state_of(result)
        if missing := incomplete(states):
            raise Unreadable("failed", missing)
    return values
