"""Which rules and schedules are a family's, and what they are sent: pure decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, NoEffect
from credex_actions.ecs.scheduled.client import refused
from credex_actions.ecs.scheduled.targets import PointRule, PointSchedule, Seen, Target, decide, schedule

NEW = "arn:aws:ecs:eu-west-1:123456789012:task-definition/core:8"
OLD = NEW.replace("core:8", "core:7")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULE = Target(kind="rule", name="nightly", id="1", runs=OLD)
MEMBERS = ("Name", "ScheduleExpression", "StartDate", "Target")

DECIDED = {
    "a rule": (RULE, PointRule("nightly", "1", "core:8")),
    "a schedule": (Target(kind="schedule", group="batch", name="weekly", runs=OLD), PointSchedule("batch", "weekly", "core:8")),
    "moved": (Target(kind="rule", name="nightly", id="1", runs=NEW), Done("moved")),
    "a family alone": (Target(kind="rule", name="nightly", id="1", runs=NEW.removesuffix(":8")), Done("moved")),
    "another family by now": (Target(kind="rule", name="nightly", id="1", runs=OLD.replace("core", "reports")), Done("gone")),
    "taken away": (None, Done("gone")),
}


@pytest.mark.parametrize(("target", "move"), DECIDED.values(), ids=DECIDED)
def test_what_comes_next(target: Target | None, move: object) -> None:
    assert decide(NEW, "core", Seen(target)) == move


def record(expression: str, start: datetime) -> dict[str, Any]:
    target = {"Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c", "EcsParameters": {"TaskDefinitionArn": OLD, "TaskCount": 2}}
    return {"Name": "nightly", "Arn": "arn", "ScheduleExpression": expression, "StartDate": start, "Target": target}


BEGINNINGS = {
    "of a cron that has begun": ("cron(0 3 * * ? *)", -1, False),
    "of a cron to come": ("cron(0 3 * * ? *)", 1, True),
    "of a rate, which counts from it": ("rate(1 day)", -1, True),
}


@pytest.mark.parametrize(("expression", "days", "kept"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_start_date(expression: str, days: int, kept: bool) -> None:
    sent = schedule(record(expression, NOW + timedelta(days=days)), MEMBERS, NEW, NOW.timestamp())
    assert ("StartDate" in sent) is kept
    assert sent["Target"]["EcsParameters"] == {"TaskDefinitionArn": NEW, "TaskCount": 2}
    assert "Arn" not in sent


def test_an_entry_that_eventbridge_turns_down_within_a_good_answer() -> None:
    busy = refused({"TargetId": "1", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "busy"})
    managed = refused({"TargetId": "1", "ErrorCode": "ManagedRuleException", "ErrorMessage": "the rule is managed"})
    assert isinstance(busy, NoEffect)
    assert isinstance(managed, Failure)
    assert "EventBridge rejected it: the rule is managed (ManagedRuleException)" in str(managed)
