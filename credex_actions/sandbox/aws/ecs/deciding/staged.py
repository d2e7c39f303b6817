"""How ECS deploys with the strategies BLUE_GREEN, LINEAR and CANARY. Pure, as rolling.py.

Source: ECS guide, "Amazon ECS blue/green deployments", "linear" and "canary deployments". Minutes are five scheduler ticks each.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from credex_actions.sandbox.aws.ecs.deciding.rolling import Action as RollingAction
from credex_actions.sandbox.aws.ecs.deciding.rolling import Complete, Forget, Place, Steady, Stop, given_up, scaling, unhealthy
from credex_actions.sandbox.aws.ecs.records import Deployment, Rollout, Service, Task

TICKS_A_MINUTE: Final = 5
STAGES: Final = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)


class Enter(NamedTuple):
    stage: str


class Route(NamedTuple):
    """Percent of the production traffic that the deployment gets; the rest stays where it was."""

    deployment: str
    percent: float
    test: bool = False


Action = RollingAction | Enter | Route


def shares(configuration: dict[str, object]) -> list[tuple[float, float]]:
    """(percent of the traffic, minutes until the next step)."""
    strategy = configuration.get("strategy")
    given: dict[str, float]
    if strategy == "LINEAR":
        given = configuration.get("linearConfiguration") or {}  # type: ignore[assignment]
        step, minutes = float(given.get("stepPercent", 10)), float(given.get("stepBakeTimeInMinutes", 6))
        count = -int(-100 // step)
        return [(min(100.0, step * index), minutes if index < count else 0.0) for index in range(1, count + 1)]
    if strategy == "CANARY":
        given = configuration.get("canaryConfiguration") or {}  # type: ignore[assignment]
        return [(float(given.get("canaryPercent", 5)), float(given.get("canaryBakeTimeInMinutes", 10))), (100.0, 0.0)]
    return [(100.0, 0.0)]


def decide(service: Service, tasks: Sequence[Task], rollout: Rollout, alarms: Sequence[str]) -> Iterator[Action]:
    """`rollout`: the service deployment that is in progress."""
    primary = service.primary
    if primary is None:
        return
    stopping = list(unhealthy(tasks))
    yield from stopping
    gone = {identifier for stop in stopping for identifier in stop.tasks}
    alive = [task for task in tasks if task.counts and task.id not in gone]
    if failure := given_up(service, primary, alarms):
        yield failure
        return
    if rollout.status == "ROLLBACK_IN_PROGRESS":
        yield from _back(service, primary, tasks, alive, rollout)
        return
    serving = service.last_completed
    if serving is not None and rollout.stage != "CLEAN_UP":
        yield from _keep(service, serving, alive)
    yield from _go_on(service, primary, tasks, alive, rollout)


def _keep(service: Service, deployment: Deployment, alive: Sequence[Task]) -> Iterator[Place]:
    missing = service.desired - sum(task.deployment == deployment.id for task in alive)
    if missing > 0 and not deployment.rests:
        yield Place(deployment.id, missing)


def _go_on(service: Service, primary: Deployment, tasks: Sequence[Task], alive: Sequence[Task], rollout: Rollout) -> Iterator[Action]:
    own = [task for task in alive if task.deployment == primary.id]
    others = [task for task in alive if task.deployment != primary.id]
    ready = sum(task.ready for task in own) == service.desired == len(own)
    stage = rollout.stage or STAGES[0]
    if stage == "RECONCILE_SERVICE":
        serving = service.last_completed.id if service.last_completed else ""
        left = [task.id for task in others if task.deployment != serving]
        if left:
            yield Stop(tuple(left), scaling(primary.id))
        else:
            yield Enter(STAGES[1])
        return
    if stage != "PRE_SCALE_UP":
        yield from _keep(service, primary, alive)
    if stage == "SCALE_UP" and not ready:
        return
    if stage == "TEST_TRAFFIC_SHIFT":
        yield Route(primary.id, 100.0, test=True)
    if stage == "PRODUCTION_TRAFFIC_SHIFT":
        yield from _shift(service, primary, rollout)
        return
    if stage == "BAKE_TIME" and rollout.stage_age < service.configuration.get("bakeTimeInMinutes", 0) * TICKS_A_MINUTE:
        return
    if stage != "CLEAN_UP":
        yield Enter(STAGES[STAGES.index(stage) + 1])
        return
    yield from _clean_up(service, primary, tasks, others, ready=ready)


def _shift(service: Service, primary: Deployment, rollout: Rollout) -> Iterator[Action]:
    steps = shares(service.configuration)
    now = rollout.weights.get(primary.id, 0.0)
    at = next((index for index, (percent, _) in enumerate(steps) if percent == now), -1)
    if at >= 0 and rollout.stage_age < steps[at][1] * TICKS_A_MINUTE:
        return
    if at + 1 < len(steps):
        yield Route(primary.id, steps[at + 1][0])
    else:
        yield Enter("POST_PRODUCTION_TRAFFIC_SHIFT")


def _clean_up(service: Service, primary: Deployment, tasks: Sequence[Task], others: Sequence[Task], *, ready: bool) -> Iterator[Action]:
    if others:
        yield Stop(tuple(task.id for task in others), scaling(primary.id))
        return
    left = {task.deployment for task in tasks if not task.ended}
    for each in service.deployments:
        if each is not primary and each.id not in left:
            yield Forget(each.id)
    if ready and left <= {primary.id}:
        yield Complete(primary.id)
        yield Steady()


def _back(service: Service, former: Deployment, tasks: Sequence[Task], alive: Sequence[Task], rollout: Rollout) -> Iterator[Action]:
    if rollout.weights.get(former.id) != 100.0:  # noqa: PLR2004 - all of the traffic
        yield Route(former.id, 100.0)
    yield from _keep(service, former, alive)
    own = [task for task in alive if task.deployment == former.id]
    ready = sum(task.ready for task in own) == service.desired == len(own)
    others = [task for task in alive if task.deployment != former.id]
    yield from _clean_up(service, former, tasks, others if ready else [], ready=ready)
