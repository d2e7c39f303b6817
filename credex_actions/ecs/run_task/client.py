"""Runs a task once and follows it: the effects at the edge of steps.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled, OutOfTime
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, Operation, Run, drive
from credex_actions.ecs.arns import short
from credex_actions.ecs.run_task.request import TaskRun
from credex_actions.ecs.run_task.steps import (
    RunStep,
    Seen,
    Stop,
    Task,
    Want,
    after,
    after_stop,
    decide,
    decide_stop,
    failures,
    refusal,
    warnings,
)
from credex_actions.ecs.tasks.stopped import AT_ONCE, StoppedTask, sentences, stopped_tasks

GOES_ON: Final = "continues in ECS; running the same command again follows it"
_LOOKS: Final = "running the same command again looks for it first"

OWN_LINES: Final = 10
"""Lines shown of a task that ended well: what a migration says it has done."""


@dataclass(frozen=True, kw_only=True)
class TaskOutcome:
    """`outcome`: completed, started, failed, timed-out or cancelled. `left`: what is left running or unknown, in words."""

    outcome: str
    arns: tuple[str, ...] = ()
    why: str = ""
    left: str = ""
    stopped: tuple[StoppedTask, ...] = ()
    warnings: tuple[str, ...] = ()


class TaskRunCancelled(Cancelled):
    """A signal came while the task ran; `outcome` says what became of the task."""

    def __init__(self, signal_number: int, outcome: TaskOutcome) -> None:
        super().__init__(signal_number)
        self.outcome = outcome


def run_task(
    clients: Clients, want: TaskRun, definition_arn: str, run: Run, tell: Callable[[str], None], earlier: Sequence[str] = ()
) -> TaskOutcome:
    """Starts one task of `definition_arn`, and follows it where that is requested. `earlier`: tasks that are there already, in its place.

    Raises TaskRunCancelled on a signal, Failure where RunTask's answer stays lost, and botocore's errors for what ECS rejects.
    """
    task_run = _TaskRun(clients, want, definition_arn, run, tell, answered=bool(earlier), records={arn: {} for arn in earlier})
    steps = Want(revision=short(definition_arn), wait=want.wait, give_up=run.clock.now() + want.wait_for, poll=want.poll)
    try:
        done = drive(Operation(task_run.observe, partial(decide, steps), task_run.act, after), run)
        return _concluded(task_run, done)
    except Cancelled as cancelled:
        raise TaskRunCancelled(cancelled.signal_number, _cancelled(task_run)) from cancelled


def _concluded(task_run: "_TaskRun", done: Done) -> TaskOutcome:
    arns = tuple(task_run.records)
    if done.outcome != "stopped":
        left = f"{_listed(arns)} {GOES_ON}" if done.outcome in {"timed-out", "started"} else ""
        return TaskOutcome(outcome=done.outcome, arns=arns, why=done.why, left=left)
    want = task_run.want
    stopped = stopped_tasks(task_run.clients, want.cluster, arns, want.definition)
    found = [sentence for task in stopped for sentence in failures(task)]
    for task in stopped:
        for sentence in sentences(task) if failures(task) else _ended_well(task):
            task_run.tell(sentence)
    if len(stopped) < len(arns):
        found.append("ECS no longer knows the task, so its result is not known")
    return TaskOutcome(
        outcome="failed" if found else "completed",
        arns=arns,
        why="; ".join(found),
        stopped=tuple(stopped),
        warnings=tuple(sentence for task in stopped for sentence in warnings(task)),
    )


def _ended_well(task: StoppedTask) -> list[str]:
    told = [f"task {task.id} ({short(task.task_definition)}) succeeded"]
    for container in task.containers:
        if container.log:
            told += [f"  last lines of {container.name}:", *(f"    {line}" for line in container.log[-OWN_LINES:])]
    return told


def _cancelled(task_run: "_TaskRun") -> TaskOutcome:
    arns = tuple(task_run.records)
    if not arns:
        unknown = f"it is not known whether a task of {short(task_run.revision)} was started: RunTask was sent, but its response was lost; {_LOOKS}"
        return TaskOutcome(outcome="cancelled", left=unknown if task_run.asked else "no task was started")
    if task_run.want.on_cancel != "rollback":
        return TaskOutcome(outcome="cancelled", arns=arns, left=f"{_listed(arns)} {GOES_ON}")
    try:
        with task_run.run.clock.last_asks():
            drive(Operation(task_run.observe, decide_stop, task_run.stop, after_stop), task_run.run)
    except (Cancelled, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        return TaskOutcome(outcome="cancelled", arns=arns, left=f"{_listed(arns)} was asked to stop, but may continue")
    return TaskOutcome(outcome="cancelled", arns=arns, left=f"{_listed(arns)} was asked to stop; ECS stops it")


def _listed(arns: tuple[str, ...]) -> str:
    return f"task {', '.join(short(arn) for arn in arns)}"


@dataclass
class _TaskRun:
    """`records`: the newest record of each task, by ARN; empty for one that DescribeTasks does not show yet."""

    clients: Clients
    want: TaskRun
    revision: str
    run: Run
    tell: Callable[[str], None]
    token: str = field(default_factory=lambda: uuid4().hex)
    asked: int = 0
    asked_at: datetime | None = None
    answered: bool = False
    refused: tuple[str, ...] = ()
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def observe(self) -> Seen:
        self._look()
        return Seen(
            now=self.run.clock.now(),
            asked=self.asked,
            asked_at=self.asked_at,
            answered=self.answered,
            tasks=tuple(
                Task(arn=arn, status=record.get("lastStatus", ""), stopping=record.get("desiredStatus") == "STOPPED")
                for arn, record in self.records.items()
            ),
            refused=self.refused,
        )

    def _look(self) -> None:
        """What has stopped is not asked for again, and nothing is if nobody waits."""
        open_ones = [arn for arn, record in self.records.items() if record.get("lastStatus") != "STOPPED"]
        if not open_ones or not self.want.wait:
            return
        ecs = self.clients.read("ecs")
        for start in range(0, len(open_ones), AT_ONCE):
            group = open_ones[start : start + AT_ONCE]
            answer = look_again(self.run.clock, partial(ecs.describe_tasks, cluster=self.want.cluster, tasks=group))
            self.records.update((task["taskArn"], task) for task in answer["tasks"])

    def act(self, _step: RunStep) -> None:
        """Each step is the same call with the same token: ECS starts the task once."""
        ecs, parameters = self.clients.write("ecs"), self.want.parameters
        try:
            with one_write():
                answer = ecs.run_task(cluster=self.want.cluster, taskDefinition=self.revision, clientToken=self.token, **parameters)
        except (Lost, OutOfTime):
            self.asked, self.asked_at = self.asked + 1, self.run.clock.now()
            raise
        except botocore.exceptions.ClientError as error:
            there: Any = error.response.get("resourceIds")  # of a ConflictException: the tasks that this token has started
            if not there:
                raise
            self._started({arn: {} for arn in there})
            return
        self.refused = tuple(map(_refusal, answer.get("failures", ())))
        self._started({task["taskArn"]: task for task in answer["tasks"]})

    def _started(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        self.asked, self.asked_at, self.answered = self.asked + 1, self.run.clock.now(), True
        self.records.update(records)
        for arn in records:
            self.tell(f"task {short(arn)} of {short(self.revision)} was started")

    def stop(self, step: Stop) -> None:
        reason = "credex-actions was cancelled (on-cancel: rollback)"
        with one_write():
            answer = self.clients.write("ecs").stop_task(cluster=self.want.cluster, task=step.task, reason=reason)
        self.records[step.task] = answer["task"]


def _refusal(failure: Mapping[str, Any]) -> str:
    return refusal(failure.get("reason", ""), failure.get("arn", ""), failure.get("detail", ""))
