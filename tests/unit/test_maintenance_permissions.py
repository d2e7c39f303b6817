"""Permissions that nobody uses, by values: which services and actions are reported, of whom, and the nearest that are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account.iam.analyzers import covering
from credex_actions.maintenance.account.iam.authorization import Identity, Role
from credex_actions.maintenance.account.iam.last_accessed import Granted, Grantor, last_accessed
from credex_actions.maintenance.account.iam.permissions import SHOWN, Judged, counts, found, is_candidate, is_judged, unused, used
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.reading import Absent, Reading, Unreadable
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.context import Scope

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
LIMIT: Final = 180
CI: Final = "arn:aws:iam::1:role/ci"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def role(**members: Any) -> Role:
    given: dict[str, Any] = {"name": "ci", "arn": CI, "path": "/", "created": ago(400), "permitted": True, "used": ago(1), "profiles": ()}
    return Role(**given | members)


def test_whose_permissions_are_looked_at() -> None:
    assert is_candidate(role(), NOW, LIMIT)
    assert not is_candidate(role(created=ago(179)), NOW, LIMIT), "what it may use has had no time to be used"
    assert not is_candidate(role(path="/aws-service-role/ecs.amazonaws.com/"), NOW, LIMIT)
    assert not is_candidate(role(path="/aws-reserved/sso.amazonaws.com/"), NOW, LIMIT)
    assert not is_candidate(role(permitted=False), NOW, LIMIT)


def test_which_services_are_unused() -> None:
    granted = (Granted("sqs", None), Granted("s3", ago(1)), Granted("ec2", ago(95)), Granted("sns", ago(181)))
    assert [each.service for each in unused(granted, NOW, LIMIT)] == ["sns", "sqs"]
    assert used(granted, NOW, LIMIT) == ["ec2", "s3"], "what is done once in a quarter is in use"
    assert [each.service for each in unused(granted, NOW, 90)] == ["ec2", "sns", "sqs"]


def test_actions_of_a_service_in_use_are_named_and_those_of_an_unused_one_are_the_service() -> None:
    granted = (Granted("s3", ago(1), ("s3:DeleteBucket",)), Granted("sqs", None, ("sqs:SendMessage",)))
    idle = unused(granted, NOW, LIMIT)
    assert idle == [Granted("sqs", None), Granted("s3", ago(1), ("s3:DeleteBucket",))]
    told = found(role(), Judged(idle, (), {}), NOW, LIMIT, "fix")
    assert told.title == "role ci may use 1 service and 1 action, and has not for 180 days"
    assert told.why == "created 400 days ago; no use on record of sqs; unused actions: s3:DeleteBucket"


OWN = Grantor("app", "arn:aws:iam::1:policy/app")
INLINE = Grantor("inline")
OF_A_SERVICE = Grantor("AmazonECSTaskExecutionRolePolicy", "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
OF_AN_AGENT = Grantor("AmazonSSMManagedInstanceCore", "arn:aws-cn:iam::aws:policy/AmazonSSMManagedInstanceCore")
OF_AWS = Grantor("AmazonSQSFullAccess", "arn:aws:iam::aws:policy/AmazonSQSFullAccess")


@pytest.mark.parametrize(
    ("by", "changed", "then"),
    [
        ((OWN,), ago(400), True),
        ((OWN,), ago(179), False),
        ((OWN, INLINE), ago(179), True),
        ((INLINE,), ago(400), True),
        ((OF_AWS,), ago(400), True),
        ((OF_A_SERVICE,), ago(400), False),
        ((OF_AN_AGENT,), ago(400), False),
        ((OF_AN_AGENT, OF_AWS), ago(400), True),
        ((OF_AN_AGENT, OWN), ago(7), False),
        ((), ago(400), True),
    ],
)
def test_by_which_policies_a_service_counts(by: tuple[Grantor, ...], changed: datetime, then: bool) -> None:
    assert counts(by, {OWN.arn: changed}, NOW, LIMIT) is then


def test_an_administrator_is_one_finding_of_one_line() -> None:
    idle = [Granted(f"service-{number:03}", None) for number in range(400)]
    judged = Judged(idle, ("s3",), {each.service: (Grantor("admin\n::error::x"),) for each in idle})
    told = found(replace(role(), name="ci\nx"), judged, NOW, LIMIT, "fix")
    assert told.title == "role ci x may use 400 services, and has not for 180 days"
    assert "in use: s3; no use on record of service-000" in told.why
    assert f"service-007 and {400 - SHOWN} more; allowed by admin" in told.why
    assert "\n" not in told.title + told.why
    user = Identity(name="ada", arn="arn:aws:iam::1:user/ada", path="/", created=ago(400), permitted=True)
    assert found(user, judged, NOW, LIMIT, "").title.startswith("user ada may use")


def test_of_a_role_without_activity_an_analyzer_does_not_say_what_it_may_use() -> None:
    """A role that a task definition names is not deleted for being unused, and may still be trimmed: IAM is asked about it."""
    assert is_judged(role(used=ago(89)), NOW, 90)
    assert not is_judged(role(used=ago(91)), NOW, 90)
    assert not is_judged(role(used=None), NOW, 90)
    assert is_judged(Identity(name="ada", arn="arn:aws:iam::1:user/ada", path="/", created=ago(400), permitted=True), NOW, 90)


class _Analyzers:
    def __init__(self, unused_access: dict[str, Any]) -> None:
        self.configuration = {"unusedAccess": unused_access}

    def pages(self, *_: str, **__: Any) -> list[dict[str, Any]]:
        return [{"arn": "a", "name": "a", "status": "ACTIVE", "createdAt": ago(30)}]

    def one(self, *_: str, **__: Any) -> dict[str, Any]:
        return {"analyzer": {"configuration": self.configuration}}


@pytest.mark.parametrize(
    ("unused_access", "is_covering"),
    [
        ({}, True),
        ({"unusedAccessAge": 180}, True),
        ({"unusedAccessAge": 181}, False),
        ({"unusedAccessAge": 90, "analysisRule": {"exclusions": []}}, True),
        ({"unusedAccessAge": 90, "analysisRule": {"exclusions": [{"resourceTags": [{"team": "core"}]}]}}, False),
    ],
)
def test_an_analyzer_that_leaves_somebody_out_is_not_taken_for_all(unused_access: dict[str, Any], *, is_covering: bool) -> None:
    scope = Scope("1", "eu-central-1", cast("Any", None))
    survey = Survey(scope, cast("Reading", _Analyzers(unused_access)), NOW, {}, Prices({}))
    survey.siblings = (survey,)
    assert (covering(survey, LIMIT) is not None) is is_covering


class _Iam:
    """Answers as IAM does, by what it is told of a job's states."""

    def __init__(self, states: dict[str, list[dict[str, Any]]]) -> None:
        self.clock = WorkerClock(SystemClock())
        self.states = states
        self.asked: list[str] = []

    def one(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        assert service == "iam"
        self.asked.append(operation.partition("_")[0])
        if operation == "generate_service_last_accessed_details":
            if given["Arn"] not in self.states:
                raise Absent("failed", "there is no such role", "NoSuchEntity")
            return {"JobId": given["Arn"]}
        states = self.states[given["JobId"]]
        return states.pop(0)


def page(*services: str, marker: str = "", **members: Any) -> dict[str, Any]:
    found = [{"ServiceNamespace": each, "LastAuthenticated": ago(1)} for each in services]
    more = {"IsTruncated": True, "Marker": marker} if marker else {"IsTruncated": False}
    return {"JobStatus": "COMPLETED", "ServicesLastAccessed": found} | more | members


def test_all_reports_are_begun_first_and_read_to_their_last_page() -> None:
    waiting = page(JobStatus="IN_PROGRESS")
    iam = _Iam({"a": [waiting, page("s3", marker="m"), page("sqs")], "b": [page("ec2")]})
    seen = {arn: [each.service for each in granted] for arn, granted in last_accessed(cast("Reading", iam), ["a", "gone", "b"])}
    assert seen == {"a": ["s3", "sqs"], "b": ["ec2"]}
    assert iam.asked == ["generate"] * 3 + ["get"] * 4


def test_a_report_that_failed_is_not_a_role_without_permissions() -> None:
    failed = page(JobStatus="FAILED", Error={"Message": "An internal error", "Code": "InternalError"})
    with pytest.raises(Unreadable, match=r"iam:GetServiceLastAccessedDetails failed for a: An internal error") as raised:
        list(last_accessed(cast("Reading", _Iam({"a": [failed]})), ["a"]))
    assert raised.value.state == "failed"
