"""Tasks that an earlier run of the same command started: which of them is this run's, so that none runs twice. Pure.

A run that timed out, was cancelled or was killed leaves its task to ECS. The task is known again by what was requested: revision,
overrides and startedBy. No run can note what it has told, so that what a task's end means is told by when it ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from credex_actions.ecs.run_task.steps import failures
from credex_actions.ecs.tasks.stopped import StoppedTask, cause

End = Literal["", "well", "badly", "unknown", "stopped"]
"""Of a task: "" while it continues; "stopped" where someone asked ECS to end it; "unknown" where ECS saw no exit code."""


@dataclass(frozen=True, kw_only=True)
class Earlier:
    arn: str
    revision: str
    created: datetime
    stopping: bool = False  # asked to stop, and not down yet
    stopped: datetime | None = None
    end: End = ""
    why: str = ""

    @property
    def name(self) -> str:
        return f"task {self.arn.rpartition('/')[2]} of {self.revision.rpartition('/')[2]}, which an earlier run started,"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`uses`: tasks that are this run's; a task is started if there are none. `first`: tasks that have to be down before.

    `told`: what there is to say of it. `question`: what only a person can tell, and nothing is started before.
    """

    uses: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    question: str = ""


def is_ours(record: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether DescribeTasks' record, of a revision that means the same, is what RunTask with `parameters` starts."""
    asked = parameters.get("overrides", {}).get("containerOverrides", ())
    there = record.get("overrides", {}).get("containerOverrides", ())
    of_service = str(record.get("group", "")).startswith("service:")
    return not of_service and record.get("startedBy", "") == parameters.get("startedBy", "") and _plain(asked) == _plain(there)


def _plain(overrides: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Overrides in one order, without containers that nothing is overridden of: ECS lists those too."""
    told = {
        str(each.get("name")): sorted((key, repr(_sorted(value))) for key, value in each.items() if key != "name" and value not in ([], {}))
        for each in overrides
    }
    return sorted((name, members) for name, members in told.items() if members)


def _sorted(value: object) -> object:
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        return sorted((sorted(each.items()) for each in value), key=repr)
    return value


def end_of(task: StoppedTask) -> tuple[End, str]:
    """How a task has ended, and why in words."""
    if task.stop_code == "UserInitiated":
        return "stopped", task.reason
    if not failures(task):
        return "well", ""
    unseen = task.started is not None and any(each.essential and each.exit_code is None for each in task.containers)
    return ("unknown" if unseen else "badly"), cause(task).what


def judge(tasks: Sequence[Earlier], wait_for: timedelta, *, waits: bool, deploys: bool) -> Verdict:
    """`waits`: this command follows its task to the end, for `wait_for`. `deploys`: a service gets the revision afterwards."""
    if not waits and not deploys:
        return Verdict()  # to start a task is all that is requested, each time again
    going = tuple(task for task in tasks if not task.stopped and not task.stopping)
    if going:
        told = tuple(f"{task.name} is still running: no other is started" for task in going)
        return Verdict(uses=tuple(task.arn for task in going), told=told)
    first = tuple(task.arn for task in tasks if task.stopping)
    last = max((task for task in tasks if task.stopped), key=lambda task: task.stopped or task.created, default=None)
    if first or last is None:
        return Verdict(first=first)
    return _of_end(last, wait_for, waits=waits, deploys=deploys)


def _of_end(last: Earlier, wait_for: timedelta, *, waits: bool, deploys: bool) -> Verdict:
    assert last.stopped
    unwatched = waits and last.stopped - last.created > wait_for  # who started it had given up by then
    at = f"{last.stopped:%H:%M:%S}"
    match last.end:
        case "well" if deploys or unwatched:
            again = "provide another run-task-started-by to run it again"
            return Verdict(uses=(last.arn,), told=(f"{last.name} succeeded at {at}: it is not run again ({again})",))
        case "badly" if unwatched:
            return Verdict(uses=(last.arn,), told=(f"{last.name} ended at {at}, when it was no longer followed",))
        case "unknown" if unwatched:
            return Verdict(question=f"{last.name} ended at {at}, when it was no longer followed, and ECS recorded no exit code: {last.why}")
        case "badly" | "unknown":
            return Verdict(told=(f"{last.name} failed at {at}: {last.why}; another one is started",))
        case "stopped":
            return Verdict(told=(f"{last.name} was stopped at {at} ({last.why}); another one is started",))
    return Verdict()
