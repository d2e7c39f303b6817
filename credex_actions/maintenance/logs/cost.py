"""What log groups cost: ingestion by CloudWatch's own metric, storage by what the group says of itself. The judging is pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from shlex import quote
from typing import Any, Final, NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.finding import Chart, Finding
from credex_actions.maintenance.logs.reading import Stored
from credex_actions.maintenance.metric_data import incomplete, state_of

CHECK: Final = "log-cost"
GB: Final = 10**9
MONTH: Final = 30.4
WEEK: Final = timedelta(days=7)
AT_ONCE: Final = 500
"""Metrics of one request. Source: CloudWatch API, GetMetricData."""
WORTH: Final = 0.1
"""Share of the limit below which nobody asks why something has multiplied."""
ADVICE: Final = 30
MOST_BARS: Final = 12


class Ingested(NamedTuple):
    """Bytes of the last week, and of the one before."""

    week: float
    before: float


class Price(NamedTuple):
    """US dollars for a GB: ingested, and stored for a month."""

    ingested: float
    stored: float


@dataclass
class Metrics:
    clients: Clients
    clock: WorkerClock
    calls: int = 0

    def ingested(self, names: Sequence[str], now: datetime) -> dict[str, Ingested]:
        """Raises Failure."""
        found: dict[str, Ingested] = {}
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            week, before = (self._sums(some, now - (number + 1) * WEEK, now - number * WEEK) for number in (0, 1))
            found |= {name: Ingested(week.get(name, 0.0), before.get(name, 0.0)) for name in some}
        return found

    def _sums(self, names: Sequence[str], begin: datetime, end: datetime) -> Mapping[str, float]:
        queries = [
            {
                "Id": f"g{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Logs",
                        "MetricName": "IncomingBytes",
                        "Dimensions": [{"Name": "LogGroupName", "Value": name}],
                    },
                    "Period": 86_400,
                    "Stat": "Sum",
                },
            }
            for number, name in enumerate(names)
        ]
        asked: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": begin, "EndTime": end}
        sums: dict[str, float] = {}
        states: dict[str, str] = {}
        while True:
            self.calls += 1
            page = look_again(self.clock, lambda: self.clients.read("cloudwatch").get_metric_data(**asked))
            for each in page["MetricDataResults"]:
                name = names[int(each["Id"][1:])]
                sums[name] = sums.get(name, 0.0) + sum(each["Values"])
                states[name] = state_of(each)
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        if missing := incomplete(states):
            raise Failure(Exit.REMOTE, Fault(missing))
        return sums


def monthly(ingested: Ingested, stored: Stored, price: Price) -> tuple[float, float]:
    """Of ingestion and of storage, at the pace of the last week."""
    return ingested.week / GB * MONTH / 7 * price.ingested, stored.bytes / GB * price.stored


def costly(stored: Stored, ingested: Ingested, price: Price, dollars: float, times: float) -> Iterator[Finding]:
    taken, kept = monthly(ingested, stored, price)
    forever = stored.retention is None
    if taken + kept >= dollars:
        yield Finding(
            check=CHECK,
            severity="medium" if taken + kept >= 10 * dollars else "low",
            resource=stored.name,
            title=f"{stored.name} costs about {taken + kept:.0f} US dollars a month",
            why=f"{ingested.week / GB:.1f} GB came in within a week ({taken:.2f} US dollars a month), {stored.bytes / GB:.1f} GB are stored ({kept:.2f}), {'for ever' if forever else f'for {stored.retention} days'}.",
            fix=_advice(stored, taken, kept),
            monthly_cost=round(taken + kept, 2),
        )
    if ingested.before and ingested.week >= times * ingested.before and taken >= WORTH * dollars:
        yield Finding(
            check=CHECK,
            severity="medium",
            resource=stored.name,
            key="multiplied",
            title=f"the ingestion of {stored.name} has multiplied by {ingested.week / ingested.before:.1f} within a week",
            why=f"{ingested.week / GB:.1f} GB within the last seven days, {ingested.before / GB:.1f} GB within the seven before: {taken:.2f} US dollars a month at this pace.",
            fix="Look for a new message, or for a level that was set to debug.",
            monthly_cost=round(taken, 2),
        )


def _advice(stored: Stored, taken: float, kept: float) -> str:
    if kept > taken:
        return f"aws logs put-retention-policy --log-group-name {quote(stored.name)} --retention-in-days {ADVICE}"
    less = "Log less: raise the level, sample what repeats"
    if stored.retention is None:
        return (
            f"{less}; and set a retention: aws logs put-retention-policy --log-group-name {quote(stored.name)} --retention-in-days {ADVICE}"
        )
    return f"{less}, or use the Infrequent Access class for what only incidents need."


def chart(costs: Mapping[str, float]) -> Chart:
    dear = sorted(((name, round(cost, 2)) for name, cost in costs.items() if cost > 0), key=lambda each: (-each[1], each[0]))
    return Chart("Cost of log groups", "US dollars a month", "bars", tuple(dear[:MOST_BARS]))
