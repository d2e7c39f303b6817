"""Log groups of the sandbox: read by pages, within a time, reviewed against an earlier report; and what they cost."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.maintenance.catalogue.logs import CHECKS
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.logs.examining import examine
from credex_actions.maintenance.logs.reading import Group
from tests.maintaining import context, states

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
APP = "/ecs/app"
SCOPE = Scope("000000000000", "af-south-1", Clients())


@pytest.fixture(scope="module")
def account() -> Iterator["Sandbox"]:
    from credex_actions.sandbox import Sandbox

    with Sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        now = datetime.now(UTC)
        old = [f"ERROR db: {name} refuses a connection to 10.0.0.{number}" for number, name in enumerate(("primary", "replica", "primary"))]
        write(sandbox, APP, [(now - timedelta(days=2, hours=number), line) for number, line in enumerate(old)])
        write(sandbox, APP, [(now - timedelta(days=20), "ERROR too old to matter")] * 3, "earlier")
        write(sandbox, "/ecs/other", [(now - timedelta(hours=1), "ERROR nobody asks about this one")] * 3)
        sizes = {APP: (40e9, 30e9), "/ecs/other": (1e6, 1e6)}
        for name, values in sizes.items():
            data = [
                {
                    "MetricName": "IncomingBytes",
                    "Dimensions": [{"Name": "LogGroupName", "Value": name}],
                    "Timestamp": now - timedelta(days=days),
                    "Value": value,
                }
                for days, value in zip((1, 8), values, strict=True)
            ]
            sandbox.client("cloudwatch").put_metric_data(Namespace="AWS/Logs", MetricData=data)
        yield sandbox
        assert sandbox.misfits == []


def write(sandbox: "Sandbox", group: str, events: Sequence[tuple[datetime, str]], stream: str = "one") -> None:
    logs: Any = sandbox.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    given = [{"timestamp": round(at.timestamp() * 1000), "message": text} for at, text in sorted(events)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=given)


def look(given: Context, known: Any = None, *groups: str) -> Examined:
    return examine(given, SCOPE, [Group(each) for each in groups or (APP,)], known)


def test_patterns_are_new_once_and_found_until_they_stay_away(account: "Sandbox") -> None:
    first = look(context(CHECKS))
    assert states(first) == {"log-pattern-new": "ran", "log-cost": "ran"}, first.ran
    (found,) = (each for each in first.findings if each.check == "log-pattern-new")
    assert found.title == "/ecs/app: ERROR db: <*> refuses a connection to <_>"
    assert "3 lines" in found.why
    assert ("log-pattern-new", "/ecs/app: 3 errors in 3 lines, 1 pattern, 0 of them known") in first.notes
    write(
        account,
        APP,
        [(datetime.now(UTC) - timedelta(minutes=number), "ERROR cache: password=hunter2hunter2 refused") for number in (1, 2)],
        "later",
    )
    second = look(context(CHECKS), first.kept)
    before, found_now = sorted(
        (each for each in second.findings if each.check == "log-pattern-new"), key=lambda each: "cache" in each.title
    )
    assert before.id == found.id
    assert found_now.title == "/ecs/app: ERROR cache: password=*** refused"
    assert "hunter2" not in repr(second)
    third = look(context(CHECKS), second.kept)
    assert {each.id for each in third.findings} == {each.id for each in second.findings}
    assert third.kept == second.kept
    later = examine(context(CHECKS), SCOPE, [Group(APP, timedelta(hours=1))], second.kept, wanted=lambda name: name == "log-pattern-new")
    assert [each.id for each in later.findings] == [found_now.id]


@pytest.mark.usefixtures("account")
def test_costs_are_those_of_the_metric() -> None:
    examined = look(context(CHECKS))
    (found,) = (each for each in examined.findings if each.check == "log-cost")
    assert found.resource == APP
    assert found.monthly_cost == pytest.approx(40 * 30.4 / 7 * 0.5, abs=0.1)
    (chart,) = (each for each in examined.charts if each.kind == "bars")
    assert [name for name, _ in chart.points] == [APP, "/ecs/other"]
    assert examined.calls > 0


def test_more_lines_than_may_be_read_are_sampled_and_said(account: "Sandbox") -> None:
    now = datetime.now(UTC)
    write(account, "/ecs/loud", [(now - timedelta(minutes=number), "ERROR loud: again") for number in range(200)])
    examined = look(context(CHECKS, log_pattern_new__lines=48), None, "/ecs/lou*")
    assert any("not all of them were read" in text for _, text in examined.notes)


@pytest.mark.usefixtures("account")
def test_a_group_that_is_gone_is_said_and_the_others_are_reviewed() -> None:
    examined = look(context(CHECKS), None, "/ecs/gone", APP)
    assert states(examined)["log-pattern-new"] == "skipped"
    assert "there is no log group /ecs/gone" in examined.ran[0].why
    assert any(each.check == "log-pattern-new" for each in examined.findings)
    assert look(context(CHECKS), None).kept


def test_access_denied_is_said(account: "Sandbox") -> None:
    account.fault("FilterLogEvents", nth=1, kind="access-denied")
    examined = look(context(CHECKS))
    assert states(examined) == {"log-pattern-new": "skipped", "log-cost": "ran"}
    assert "does not allow FilterLogEvents" in examined.ran[0].why
