"""How a task moves from PROVISIONING to STOPPED. Pure: a task and the time in, the next moves out; the scheduler makes them happen.

Durations are scheduler ticks, but what an image says about itself (`fails-after-2s`) is in real seconds.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from credex_actions.sandbox.aws.ecs.records import Container, Target, Task

HEALTHY_AFTER: Final = 1
"""Ticks until a first health check."""
UNHEALTHY_AFTER: Final = 4
"""Ticks until a container that never passed its checks is given up."""
IN_SERVICE_AFTER: Final = 2
OUT_OF_SERVICE_AFTER: Final = 5


class Becomes(NamedTuple):
    status: str


class Stops(NamedTuple):
    """It ends by itself, or never began."""

    code: str
    reason: str


class Exits(NamedTuple):
    container: str
    code: int
    reason: str


class Health(NamedTuple):
    container: str
    health: str


class InService(NamedTuple):
    group: str
    state: str


Move = Becomes | Stops | Exits | Health | InService

WAYS_DOWN: Final = {"RUNNING": "DEACTIVATING", "DEACTIVATING": "STOPPING", "STOPPING": "DEPROVISIONING", "DEPROVISIONING": "STOPPED"}


def moves(task: Task, now: float) -> Iterator[Move]:
    """The moves of one tick, in order."""
    if task.desired == "STOPPED":
        yield from _down(task)
    elif task.age >= 1 and task.status == "PROVISIONING":
        yield Becomes("PENDING")
    elif task.age >= 1 and task.status == "PENDING":
        yield Stops("TaskFailedToStart", task.obstacle) if task.obstacle else Becomes("RUNNING")
    elif task.status == "RUNNING":
        yield from _running(task, now - task.times["startedAt"])


def _down(task: Task) -> Iterator[Move]:
    if task.status in {"PROVISIONING", "PENDING"}:
        yield Becomes("DEPROVISIONING")
    elif task.status == "RUNNING" and (not task.targets or all(each.exit_code is not None for each in task.containers if each.essential)):
        yield Becomes("STOPPING")
    elif task.status in WAYS_DOWN:
        yield Becomes(WAYS_DOWN[task.status])


def _running(task: Task, age: float) -> Iterator[Move]:
    for container in task.containers:
        if container.exit_code is None and container.behaviour.has_exited(age):
            yield Exits(container.name, container.behaviour.exits or 0, container.behaviour.reason)
            if container.essential:
                yield Stops("EssentialContainerExited", "Essential container in task exited")
                return
    for container in task.containers:
        if container.checked and container.exit_code is None and (health := _health(container, task.age, age)) != container.health:
            yield Health(container.name, health)
    for target in task.targets:
        if (state := _in_service(task, target, age)) != target.state:
            yield InService(target.group, state)


def _health(container: Container, ticks: int, age: float) -> str:
    if container.behaviour.is_well(age):
        return "HEALTHY" if ticks >= HEALTHY_AFTER else container.health
    patient = container.health == "UNKNOWN" and (ticks < UNHEALTHY_AFTER or age < container.behaviour.healthy_after)
    return "UNKNOWN" if patient else "UNHEALTHY"


def _in_service(task: Task, target: Target, age: float) -> str:
    container = next(each for each in task.containers if each.name == target.container)
    if container.exit_code is None and container.behaviour.is_well(age):
        return "healthy" if task.age >= IN_SERVICE_AFTER else target.state
    patient = target.state == "initial" and (task.age < OUT_OF_SERVICE_AFTER or age < container.behaviour.healthy_after)
    return "initial" if patient else "unhealthy"
