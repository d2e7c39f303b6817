"""Which tasks of an earlier run are this run's: the decisions as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credex_actions.ecs.run_task.earlier import Earlier, Verdict, end_of, is_ours, judge
from credex_actions.ecs.tasks.stopped import StoppedContainer, StoppedTask

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WAITED = timedelta(minutes=30)
NAME = "task 1 of core:8, which an earlier run started,"
GOES = Earlier(arn="c/1", revision="f/core:8", created=NOON)
WELL = replace(GOES, stopped=NOON + timedelta(minutes=5), end="well")
BADLY = replace(WELL, end="badly", why="exit 3")
LATE = NOON + timedelta(minutes=31)
DONE = Verdict(
    uses=("c/1",),
    told=(f"{NAME} succeeded at 12:05:00: it is not run again (provide another run-task-started-by to run it again)",),
)
LATE_DONE = Verdict(uses=("c/1",), told=(DONE.told[0].replace("12:05", "12:31"),))
FOLLOWED = Verdict(uses=("c/1",), told=(f"{NAME} is still running: no other is started",))

VERDICTS: dict[str, tuple[list[Earlier], bool, bool, Verdict]] = {
    "none": ([], True, True, Verdict()),
    "one that runs is followed": ([GOES], True, True, FOLLOWED),
    "also without a service": ([GOES], True, False, FOLLOWED),
    "one that runs is not started twice if nobody waits": ([GOES], False, True, FOLLOWED),
    "to start one is all that is requested": ([GOES], False, False, Verdict()),
    "one that runs counts more than one that ended": (
        [BADLY, replace(GOES, arn="c/2")],
        True,
        True,
        replace(FOLLOWED, uses=("c/2",), told=(FOLLOWED.told[0].replace("task 1", "task 2"),)),
    ),
    "all that run are followed": ([GOES, GOES], True, True, Verdict(uses=("c/1", "c/1"), told=FOLLOWED.told * 2)),
    "one that is on its way down is waited for": ([replace(GOES, stopping=True)], True, True, Verdict(first=("c/1",))),
    "one that ended well has done its work for the service": ([WELL], True, True, DONE),
    "also if nobody waits": ([WELL], False, True, DONE),
    "one that ended well while it was watched is over, and a new command a new task": ([WELL], True, False, Verdict()),
    "one that ended well when nobody watched counts": ([replace(WELL, stopped=LATE)], True, False, LATE_DONE),
    "one that failed while it was watched is over": (
        [BADLY],
        True,
        True,
        Verdict(told=(f"{NAME} failed at 12:05:00: exit 3; another one is started",)),
    ),
    "one that failed when nobody watched is judged": (
        [replace(BADLY, stopped=LATE)],
        True,
        True,
        Verdict(uses=("c/1",), told=(f"{NAME} ended at 12:31:00, when it was no longer followed",)),
    ),
    "the last one counts": ([BADLY, replace(WELL, arn="c/1", stopped=NOON + timedelta(minutes=9))], True, False, Verdict()),
    "of one whose end nobody knows a person is asked": (
        [replace(BADLY, stopped=LATE, end="unknown", why="its container instance was terminated or retired")],
        True,
        True,
        Verdict(
            question=f"{NAME} ended at 12:31:00, when it was no longer followed, and ECS recorded no exit code: its container instance was terminated or retired"
        ),
    ),
    "one that someone stopped is started again": (
        [replace(BADLY, stopped=LATE, end="stopped", why="by me")],
        True,
        True,
        Verdict(told=(f"{NAME} was stopped at 12:31:00 (by me); another one is started",)),
    ),
}


@pytest.mark.parametrize(("tasks", "waits", "deploys", "then"), VERDICTS.values(), ids=VERDICTS)
def test_judge(tasks: list[Earlier], waits: bool, deploys: bool, then: Verdict) -> None:
    assert judge(tasks, WAITED, waits=waits, deploys=deploys) == then


def stopped(code: int | None, *, stop_code: str = "EssentialContainerExited", ran: bool = True) -> StoppedTask:
    container = StoppedContainer("web", code, "", essential=True)
    return StoppedTask("c/1", "core:8", stop_code, "why", (container,), NOON if ran else None, NOON)


ENDS = {
    "well": stopped(0),
    "badly": stopped(3),
    "unknown": stopped(None, stop_code="TerminationNotice"),
    "stopped": stopped(143, stop_code="UserInitiated"),
}


@pytest.mark.parametrize(("end", "task"), ENDS.items())
def test_end_of(end: str, task: StoppedTask) -> None:
    assert end_of(task)[0] == end


def test_a_task_that_never_ran_failed() -> None:
    assert end_of(stopped(None, stop_code="TaskFailedToStart", ran=False))[0] == "badly"


ASKED = {
    "startedBy": "GitHub-Actions",
    "overrides": {"containerOverrides": [{"name": "web", "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]}]},
}
RECORD: dict[str, Any] = {
    "startedBy": "GitHub-Actions",
    "group": "family:core",
    "overrides": {
        "containerOverrides": [
            {"name": "agent"},
            {"name": "web", "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "command": []},
        ]
    },
}


@pytest.mark.parametrize(
    ("record", "ours"),
    [
        (RECORD, True),
        (RECORD | {"startedBy": "someone"}, False),
        (RECORD | {"group": "service:web"}, False),
        (RECORD | {"overrides": {"containerOverrides": [{"name": "agent"}, {"name": "web"}]}}, False),
        (RECORD | {"overrides": {"containerOverrides": [{"name": "web", "environment": [{"name": "A", "value": "2"}]}]}}, False),
    ],
)
def test_a_task_is_known_again_by_what_was_asked_for(record: dict[str, Any], ours: bool) -> None:
    assert is_ours(record, ASKED) is ours
