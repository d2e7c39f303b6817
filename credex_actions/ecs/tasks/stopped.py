"""Tasks that stopped, and why: as ECS tells it, with the last lines that their containers wrote."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import Clients
from credex_actions.core.text import one_line
from credex_actions.ecs.arns import short
from credex_actions.ecs.tasks.logs import LogStream, Tail, last_lines, stream_of
from credex_actions.ecs.tasks.stop_reasons import Cause, cause_of

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks takes."""

MOMENT: Final = 10
"""Seconds under which tenths matter: a program that ends at once failed otherwise than one that served for a while."""


class StoppedContainer(NamedTuple):
    """`exit_code` is None if the container never ran, or its end was not seen. `log_note`: why there are no lines."""

    name: str
    exit_code: int | None
    reason: str
    essential: bool
    log: tuple[str, ...] = ()
    log_note: str = ""


class StoppedTask(NamedTuple):
    """`started` is None if no container ever ran."""

    arn: str
    task_definition: str
    stop_code: str
    reason: str
    containers: tuple[StoppedContainer, ...]
    started: datetime | None = None
    stopped: datetime | None = None

    @property
    def id(self) -> str:
        return short(self.arn)


def stopped_tasks(
    clients: Clients, cluster: str, arns: Collection[str], definition: Mapping[str, Any] | None, lines: int = 20
) -> list[StoppedTask]:
    """Those of `arns` that have stopped, in the order in which they did. ECS forgets a task about an hour after its end.

    `definition`: the task definition, or what was registered as one; it is looked up for tasks of another one, and where it is None.
    Raises botocore's errors where the tasks cannot be read; a log that cannot be read is a note.
    """
    known = {str(definition.get("taskDefinitionArn", "")): definition} if definition else {}
    tasks = [task for task in described(clients, cluster, arns) if task.get("lastStatus") == "STOPPED"]
    told = [stopped_task(clients, task, _definition(clients, task, known), lines) for task in tasks]
    return sorted(told, key=lambda task: (task.stopped is None, task.stopped.timestamp() if task.stopped else 0.0))


def described(clients: Clients, cluster: str, arns: Collection[str]) -> list[dict[str, Any]]:
    """DescribeTasks' records; what ECS has forgotten is left out."""
    ecs, wanted = clients.read("ecs"), list(arns)
    groups = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    return [task for group in groups for task in ecs.describe_tasks(cluster=cluster, tasks=group)["tasks"]]


def stopped_of_service(clients: Clients, cluster: str, service: str) -> list[str]:
    """ARNs of all tasks of a service that ECS still knows and that stopped, or are to: a page holds a hundred, in no order."""
    pages = clients.read("ecs").get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus="STOPPED")
    return [arn for page in pages for arn in page["taskArns"]]


def scaled_down(record: Mapping[str, Any]) -> bool:
    """Of DescribeTasks' record: the scheduler stopped the task since it was too many, as in a rollback. It did not fail."""
    return str(record.get("stoppedReason", "")).startswith("Scaling activity")


def _definition(clients: Clients, task: Mapping[str, Any], known: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    arn = str(task.get("taskDefinitionArn", ""))
    if "" in known:  # not registered yet when it was passed in: it has no ARN to compare
        return known[""]
    if arn not in known:
        try:
            known[arn] = clients.read("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            known[arn] = {}
    return known[arn]


def stopped_task(clients: Clients, task: Mapping[str, Any], definition: Mapping[str, Any], lines: int) -> StoppedTask:
    """One record of DescribeTasks, with the logs of those of its containers that can tell what went wrong."""
    declared = {each["name"]: each for each in definition.get("containerDefinitions", ())}
    bare = tuple(_container(each, declared.get(each.get("name", ""))) for each in task.get("containers", ()))
    telling = set(_telling(bare))
    containers = []
    for each, record in zip(bare, task.get("containers", ()), strict=True):
        place = _place(task, record, declared.get(each.name)) if each.name in telling else ""
        tail = Tail(note=place) if isinstance(place, str) else last_lines(clients, place, lines)
        containers.append(each._replace(log=tail.lines, log_note=tail.note))
    return StoppedTask(
        arn=task["taskArn"],
        task_definition=task.get("taskDefinitionArn", ""),
        stop_code=task.get("stopCode", ""),
        reason=one_line(task.get("stoppedReason", ""), 1000),
        containers=tuple(containers),
        started=task.get("startedAt"),
        stopped=task.get("stoppedAt"),
    )


def _container(described_container: Mapping[str, Any], declared: Mapping[str, Any] | None) -> StoppedContainer:
    """A container that the task definition does not declare was added by AWS (Service Connect, GuardDuty): it is not essential."""
    return StoppedContainer(
        name=described_container.get("name", ""),
        exit_code=described_container.get("exitCode"),
        reason=one_line(described_container.get("reason", ""), 1000),
        essential=declared is not None and declared.get("essential", True) is not False,
    )


def _telling(containers: Collection[StoppedContainer]) -> Iterator[str]:
    """Whose lines are worth reading: of those that failed, else of the essential ones."""
    failed = [each.name for each in containers if each.exit_code or each.reason]
    yield from failed or (each.name for each in containers if each.essential)


def _place(task: Mapping[str, Any], container: Mapping[str, Any], declared: Mapping[str, Any] | None) -> LogStream | str:
    runtime_id = container.get("runtimeId", "")
    if container.get("exitCode") is None and not task.get("startedAt") and not runtime_id:
        return "it never ran, so it wrote nothing"
    if declared is None:
        return "its log configuration is not known: the task definition lacks it or cannot be read"
    return stream_of(declared, short(task["taskArn"]), runtime_id)


def cause(task: StoppedTask) -> Cause:
    """Why `task` stopped in plain words, and what to do."""
    return cause_of(task.stop_code, task.reason, [(each.name, each.exit_code, each.reason, each.essential) for each in task.containers])


def revision(task: StoppedTask) -> str:
    return task.task_definition.rpartition("/")[2]


def sentences(task: StoppedTask) -> list[str]:
    """What a tired person reads of a task: which one, why it stopped, what to do, and the last lines of its log."""
    return [f"task {task.id} ({revision(task)}) {lived(task)}: {cause(task).what}", *details(task)]


def details(task: StoppedTask) -> list[str]:
    """All but the first sentence."""
    why = cause(task)
    told = [f"  Stopped reason: {why.detail}"] if why.detail else []
    told += [f"  {container}" for container in _ends(task)]
    if why.hint:
        told.append(f"  What to do: {why.hint}")
    for container in task.containers:
        if container.log:
            told.append(f"  last lines of {container.name}:")
            told += [f"    {line}" for line in container.log]
        elif container.log_note:
            told.append(f"  no log lines of {container.name}: {container.log_note}")
    return told


def lived(task: StoppedTask) -> str:
    if task.started is None:
        return "never ran"
    if task.stopped is None:
        return "stopped"
    seconds = max(0.0, (task.stopped - task.started).total_seconds())
    return f"stopped after {seconds:.0f} s" if seconds >= MOMENT else f"stopped after {seconds:.1f} s"


def _ends(task: StoppedTask) -> Iterator[str]:
    """How each container of several ended; if there is one, the cause has said it."""
    if len(task.containers) < 2:  # noqa: PLR2004 - several
        return
    for each in task.containers:
        end = "did not run" if each.exit_code is None else f"exited with code {each.exit_code}"
        yield f"container {each.name} {end}{f': {each.reason}' if each.reason else ''}"
