"""What CloudWatch could not return is told, and passes for no zero."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account.ec2 import volumes
from credex_actions.maintenance.account.metrics import Metric, by_day
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.reading import Reading, Unreadable
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.context import Scope
from credex_actions.maintenance.logs import cost
from tests.maintaining import NOW

REQUESTS = Metric("AWS/ApplicationELB", "RequestCount", (("LoadBalancer", "app/x"),), "Sum")
Page = tuple[str, list[float]]


class Answering:
    """A reading of these pages of the first metric, and of these volumes."""

    def __init__(self, *pages: Page, volumes: tuple[Mapping[str, Any], ...] = ()) -> None:
        self.answers = [{"MetricDataResults": [{"Id": "m0", "StatusCode": code, "Values": values}]} for code, values in pages]
        self.volumes = volumes

    def pages(self, _: str, operation: str, member: str, **given: object) -> Iterator[Mapping[str, Any]]:
        self.given = given
        if operation == "describe_volumes":
            yield from self.volumes
        elif operation == "get_metric_data":
            if not self.answers:
                raise Unreadable("skipped", "access denied: cloudwatch:get_metric_data")
            yield from (each for answer in self.answers for each in answer[member])


@pytest.mark.parametrize(
    "pages", [[("InternalError", [])], [("Forbidden", [])], [("PartialData", [1.0])], [("PartialData", [1.0]), ("Forbidden", [])]]
)
def test_missing_values_are_no_zero(pages: list[Page]) -> None:
    with pytest.raises(Unreadable, match=f"did not return all values: {pages[-1][0]}") as told:
        by_day(cast("Reading", Answering(*pages)), [REQUESTS], NOW, 14)
    assert told.value.state == "failed"


def test_what_is_on_a_further_page_counts() -> None:
    pages = Answering(("PartialData", [1.0]), ("Complete", [2.0]))
    assert by_day(cast("Reading", pages), [REQUESTS], NOW, 14) == {REQUESTS: (1.0, 2.0)}
    assert by_day(cast("Reading", Answering(("Complete", []))), [REQUESTS], NOW, 14) == {REQUESTS: ()}


def test_a_window_has_a_day_at_least() -> None:
    """CloudWatch rejects one without a length."""
    answering = Answering(("Complete", [1.0]))
    by_day(cast("Reading", answering), [REQUESTS], NOW, 0)
    assert (answering.given["StartTime"], answering.given["EndTime"]) == (NOW - timedelta(days=1), NOW)


class Logged(Clients):
    def __init__(self, *codes: str) -> None:
        self.pages = [{"MetricDataResults": [{"Id": "g0", "StatusCode": code, "Values": [5.0]}], "NextToken": code} for code in codes]
        self.pages[-1]["NextToken"] = ""
        self.left = iter(self.pages * 2)

    def read(self, *_: object) -> Any:
        return self

    def get_metric_data(self, **_: object) -> Mapping[str, Any]:
        return next(self.left)


def test_missing_bytes_of_a_log_group_are_no_zero() -> None:
    def metrics(*codes: str) -> cost.Metrics:
        return cost.Metrics(Logged(*codes), WorkerClock(SystemClock()))

    assert metrics("PartialData", "Complete").ingested(["/app"], NOW) == {"/app": cost.Ingested(10.0, 10.0)}
    with pytest.raises(Failure, match="did not return all values: InternalError"):
        metrics("InternalError").ingested(["/app"], NOW)


def test_a_volume_of_which_cloudwatch_tells_nothing_is_not_called_unattached() -> None:
    volume = {"VolumeId": "vol-1", "State": "available", "CreateTime": NOW - timedelta(days=100), "AvailabilityZone": "af-south-1a",
              "Size": 8, "VolumeType": "gp3"}  # fmt: skip
    reading = cast("Reading", Answering(volumes=(volume,)))
    survey = Survey(Scope("000000000000", "af-south-1", Clients()), reading, NOW, {}, Prices({}))
    with pytest.raises(Unreadable, match="access denied: cloudwatch"):
        list(volumes.check(survey))
    assert [each.check for each in volumes.check_encryption(survey)] == ["volume-unencrypted"]
