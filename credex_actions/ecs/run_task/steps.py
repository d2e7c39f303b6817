"""A task that runs once: what brings it to its end, and how that end is judged. Pure (architecture.md, idea 1).

RunTask takes a client token: asked again with the same one, ECS starts nothing twice and answers with the same tasks. So a lost
answer is resolved by asking again, each time as a step of its own. Source: ECS API, "Ensuring idempotency".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.ecs.arns import short
from credex_actions.ecs.tasks.stopped import StoppedContainer, StoppedTask, cause

MOST_ASKED: Final = 6
"""Times that RunTask is sent with one token before the run gives up: about a minute."""


@dataclass(frozen=True, kw_only=True)
class Want:
    revision: str
    wait: bool
    give_up: datetime
    poll: float


@dataclass(frozen=True, kw_only=True)
class Task:
    """`status`: PROVISIONING … STOPPED, as ECS names it; "" while DescribeTasks does not show the task yet."""

    arn: str
    status: str = ""
    stopping: bool = False  # its desired status is STOPPED

    @property
    def id(self) -> str:
        return short(self.arn)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`asked`: how often RunTask was sent, last at `asked_at`; `answered`: an answer came. `refused`: its `failures`, in words."""

    now: datetime
    asked: int = 0
    asked_at: datetime | None = None
    answered: bool = False
    tasks: tuple[Task, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start(Step):
    says = "run a task of {revision}"
    twice = "a second task; the client token prevents ECS from starting it"
    revision: str


@dataclass(frozen=True)
class AskAgain(Step):
    says = "ask ECS again for the task of {revision}, with the same client token (attempt {time})"
    harmless = True
    twice = "nothing: the client token is the same, so ECS answers with the task that it has"
    revision: str
    time: int


RunStep = Start | AskAgain


def decide(want: Want, seen: Seen) -> Decision[RunStep]:
    """What brings the task to its end next. The first case that fits wins."""
    if not seen.answered:
        return _start(want, seen)
    if seen.refused:
        return Done("failed", "; ".join(seen.refused))
    if not want.wait:
        return Done("started")
    open_ones = [task for task in seen.tasks if task.status != "STOPPED"]
    if not open_ones:
        return Done("stopped")
    if seen.now >= want.give_up:
        return Done("timed-out", f"{_going_on(open_ones)}; {'it continues' if len(open_ones) == 1 else 'they continue'}")
    return Wait(_going_on(open_ones), want.poll)


def _start(want: Want, seen: Seen) -> Decision[RunStep]:
    if seen.asked_at is None:
        return Start(want.revision)
    if seen.asked >= MOST_ASKED:
        what = f"RunTask was sent {seen.asked} times without a response: it is not known whether the task runs"
        return Refuse(
            (Fault(what, "Running the same command again looks for it first, and starts one only if there is none."),), Exit.REMOTE
        )
    pause = timedelta(seconds=2.0 ** (seen.asked - 1))
    if seen.now < seen.asked_at + pause:
        return Wait("the response to RunTask was lost", (seen.asked_at + pause - seen.now).total_seconds())
    return AskAgain(want.revision, seen.asked + 1)


def _going_on(tasks: list[Task]) -> str:
    return ", ".join(f"task {task.id} is {task.status or 'not visible yet'}" for task in tasks)


def after(seen: Seen, move: RunStep | Wait) -> Seen:
    """The world if `move` works."""
    match move:
        case Start() | AskAgain():
            return replace(seen, asked=seen.asked + 1, asked_at=seen.now, answered=True, tasks=(Task(arn="next", status="PENDING"),))
        case Wait(seconds=seconds):
            stopped = tuple(replace(task, status="STOPPED") for task in seen.tasks)
            return replace(seen, now=seen.now + timedelta(seconds=seconds), tasks=stopped)
        case _:
            assert_never(move)


@dataclass(frozen=True)
class Stop(Step):
    says = "stop task {task}"
    harmless = True
    twice = "nothing: the task has already been asked to stop"
    task: str


def decide_stop(seen: Seen) -> Decision[Stop]:
    """What takes back a task that was started. ECS ends its containers within their stopTimeout; that is not waited for."""
    for task in seen.tasks:
        if not task.stopping and task.status != "STOPPED":
            return Stop(task.arn)
    return Done("stopped")


def after_stop(seen: Seen, move: Stop | Wait) -> Seen:
    if isinstance(move, Wait):
        return seen
    return replace(seen, tasks=tuple(replace(task, stopping=task.stopping or task.arn == move.task) for task in seen.tasks))


def failures(task: StoppedTask) -> list[str]:
    """Why a task that has stopped counts as failed, a sentence each; none where it did its work.

    An essential container that did not end with 0, also one that never ran, fails its task (interfaces.md, deploy-task-definition).
    """
    if task.stop_code == "TaskFailedToStart" or not any(each.essential for each in task.containers):
        return [cause(task).what]
    failed = [each for each in task.containers if each.essential and each.exit_code != 0]
    return [f"{cause(task).what}", *_others(failed)] if failed else []


def _others(failed: list[StoppedContainer]) -> Iterator[str]:
    if len(failed) > 1:
        yield f"essential containers without exit code 0: {', '.join(each.name for each in failed)}"


def warnings(task: StoppedTask) -> list[str]:
    """Containers that are not essential and failed."""
    failed = (each for each in task.containers if not each.essential and each.exit_code)
    return [f"container {each.name} of task {task.id} exited with code {each.exit_code}; it is not essential" for each in failed]


_REFUSALS: Final = {
    "RESOURCE:MEMORY": "no container instance of the cluster has enough memory available",
    "RESOURCE:CPU": "no container instance of the cluster has enough CPU available",
    "RESOURCE:PORTS": "a host port that the task needs is in use on every container instance",
    "RESOURCE:ENI": "no container instance of the cluster has a network interface available",
    "RESOURCE:GPU": "no container instance of the cluster has a GPU available",
    "RESOURCE:FARGATE": "AWS has no Fargate capacity for this size and Availability Zone now",
    "CAPACITY": "AWS has no capacity for this size and Availability Zone now",
    "AGENT": "the ECS agent on the container instance is not connected",
    "ATTRIBUTE": "no container instance of the cluster has the attributes that the task definition requires",
    "LOCATION": "no container instance is in the requested Availability Zone",
    "MISSING": "ECS cannot find it",
    "INACTIVE": "it is inactive",
    "EMPTY CAPACITY PROVIDER": "the capacity provider has no container instances",
    "NO ACTIVE INSTANCES": "the capacity provider has no active container instances",
    "MemberOf placement constraint unsatisfied": "no container instance meets the placement constraint",
}
"""Source: ECS API, "API failure reasons"."""


def refusal(reason: str, arn: str = "", detail: str = "") -> str:
    """An entry of RunTask's `failures` in words, with ECS's own next to them."""
    known = (words for begin, words in _REFUSALS.items() if reason.upper().startswith(begin.upper()))
    words = next(known, "ECS did not start it")
    rest = ", ".join(part for part in (reason, detail, arn.rpartition(":")[2]) if part)
    return f"{words} ({rest})" if rest else words
