"""How ECS rolls a service over. Pure: a service and its tasks in, actions out.

Sources: ECS guide, "Rolling update deployments" and "Deployment circuit breaker".
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final, NamedTuple

from credex_actions.sandbox.aws.ecs.records import Deployment, Service, Task

LEAST_FAILURES: Final = 3
MOST_FAILURES: Final = 200


class Place(NamedTuple):
    deployment: str
    tasks: int


class Stop(NamedTuple):
    """`why` is the task's stoppedReason."""

    tasks: tuple[str, ...]
    why: str


class Complete(NamedTuple):
    deployment: str


class Fail(NamedTuple):
    """The deployment is given up. `rolls_back`: the last completed one comes back."""

    deployment: str
    why: str
    rolls_back: bool


class Forget(NamedTuple):
    """An older deployment has no tasks left."""

    deployment: str


class Steady(NamedTuple):
    pass


Action = Place | Stop | Complete | Fail | Forget | Steady


def scaling(deployment: str) -> str:
    """The stoppedReason of tasks that a deployment has no more use for."""
    return f"Scaling activity initiated by (deployment {deployment})"


def threshold(desired: int) -> int:
    """Failed tasks at which the circuit breaker opens: half of the desired count, at least 3, at most 200."""
    return min(MOST_FAILURES, max(LEAST_FAILURES, ceil(desired / 2)))


def bounds(service: Service) -> tuple[int, int]:
    """The least healthy tasks and the most tasks at once, while a deployment continues."""
    configuration = service.configuration
    return ceil(service.desired * configuration["minimumHealthyPercent"] / 100), service.desired * configuration["maximumPercent"] // 100


def unhealthy(tasks: Sequence[Task]) -> Iterator[Stop]:
    """Tasks that their checks gave up are stopped, whatever deployment they are of."""
    for task in tasks:
        group = next((each.group for each in task.targets if each.state == "unhealthy"), "")
        if task.running and task.health == "UNHEALTHY":
            yield Stop((task.id,), "Task failed container health checks")
        elif task.running and group:
            yield Stop((task.id,), f"Task failed ELB health checks in (target-group {group})")


def decide(service: Service, tasks: Sequence[Task], alarms: Sequence[str] = ()) -> Iterator[Action]:
    """What the scheduler does next. `tasks`: all of the service's; `alarms`: those of the deployment that are in ALARM."""
    primary = service.primary
    if primary is None:
        return
    stopping = list(unhealthy(tasks))
    yield from stopping
    gone = {identifier for stop in stopping for identifier in stop.tasks}
    ours = [task for task in tasks if task.deployment == primary.id and task.counts and task.id not in gone]
    older = [task for task in tasks if task.deployment != primary.id and task.counts and task.id not in gone]
    if failure := given_up(service, primary, alarms):
        yield failure
        return
    if primary.rollout != "FAILED":
        yield from _place(service, primary, len(ours), len(ours) + len(older))
    yield from _replace(service, primary, ours, older)
    yield from _settle(service, primary, tasks)


def given_up(service: Service, primary: Deployment, alarms: Sequence[str]) -> Fail | None:
    """Whether the circuit breaker or an alarm ends the deployment. One that is on its way back can only fail for good."""
    configuration = service.configuration
    breaker, watch = configuration.get("deploymentCircuitBreaker", {}), configuration.get("alarms", {})
    if primary.rollout != "IN_PROGRESS":
        return None
    on_its_way_back = ": rolling back to " in primary.reason
    if watch.get("enable") and alarms and not on_its_way_back:
        return Fail(primary.id, "alarm detected", bool(watch.get("rollback")))
    if breaker.get("enable") and primary.failed >= threshold(service.desired):
        return Fail(primary.id, "tasks failed to start", bool(breaker.get("rollback")) and not on_its_way_back)
    return None


def _place(service: Service, primary: Deployment, ours: int, all_of_them: int) -> Iterator[Place]:
    _, most = bounds(service)
    count = min(service.desired - ours, max(most, service.desired if not all_of_them else 0) - all_of_them)
    if count > 0 and not primary.rests:
        yield Place(primary.id, count)


def _replace(service: Service, primary: Deployment, ours: Sequence[Task], older: Sequence[Task]) -> Iterator[Stop]:
    least, _ = bounds(service)
    why = scaling(primary.id)
    ready = sum(task.ready for task in [*ours, *older])
    spare = sorted(older, key=lambda task: (task.ready, task.created))
    leaving = [task for task in spare if not task.ready] if primary.rollout != "FAILED" else []
    leaving += [task for task in spare if task.ready][: max(0, ready - least)] if primary.rollout != "FAILED" else []
    if leaving:
        yield Stop(tuple(task.id for task in leaving), why)
    if (excess := len(ours) - service.desired) > 0:
        yield Stop(tuple(task.id for task in sorted(ours, key=lambda task: (task.ready, task.created))[:excess]), why)


def _settle(service: Service, primary: Deployment, tasks: Sequence[Task]) -> Iterator[Action]:
    alive = [task for task in tasks if task.status != "STOPPED"]
    for each in service.deployments:
        if each is not primary and not any(task.deployment == each.id for task in alive):
            yield Forget(each.id)
    settled = len(alive) == service.desired and all(task.deployment == primary.id and task.ready for task in alive)
    if settled and primary.rollout == "IN_PROGRESS":
        yield Complete(primary.id)
    if settled and not service.steady:
        yield Steady()
