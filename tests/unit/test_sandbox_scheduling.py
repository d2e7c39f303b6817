"""The sandbox's schedulers, without a cloud: what they decide, and what follows when it is done over and over."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from credex_actions.sandbox.aws.codedeploy.releases import Await, Finish, GiveUp, Install, Shift, Terminate, decide, schedule
from credex_actions.sandbox.aws.ecs.deciding import rolling, staged
from credex_actions.sandbox.aws.ecs.deciding.task_life import moves
from credex_actions.sandbox.aws.ecs.images import behaviour_of
from credex_actions.sandbox.aws.ecs.records import Container, Deployment, Rollout, Service, Task
from credex_actions.sandbox.aws.ecs.release import Release
from credex_actions.sandbox.aws.ecs.tasks import apply, ask_to_stop

NUMBERS = count(1)


def deployment(identifier: str, **members: Any) -> Deployment:
    return Deployment(id=identifier, revision="r", settings={"taskDefinition": identifier}, desired=0, created=0, updated=0, **members)


def service_of(desired: int, *deployments: Deployment, **configuration: Any) -> Service:
    configured = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", **configuration}
    service = Service("s", "arn", "c", desired, 0, {"deploymentConfiguration": configured}, deployments=list(deployments))
    service.last_completed = next((each for each in deployments if each.rollout == "COMPLETED"), None)
    return service


def task_of(deployment: str, tag: str = "1.0", status: str = "PROVISIONING", age: int = 0) -> Task:
    container = Container("app", f"app:{tag}", True, behaviour_of(f"app:{tag}"), 5000, True)
    number = next(NUMBERS)
    task = Task(id=f"t{number}", arn="arn", cluster="c", definition={}, containers=[container], created=number, request={})
    task.service, task.deployment, task.status, task.age = "s", deployment, status, age
    if status == "RUNNING":
        task.times["startedAt"] = 0
        container.health = "HEALTHY"
    return task


def running(deployment: str, number: int) -> list[Task]:
    return [task_of(deployment, status="RUNNING", age=9) for _ in range(number)]


@pytest.mark.parametrize(("desired", "failures"), [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (5000, 200)])
def test_the_circuit_breaker_opens_at_half_of_the_desired_count_within_its_limits(desired: int, failures: int) -> None:
    assert rolling.threshold(desired) == failures


def test_a_steady_service_has_nothing_to_do() -> None:
    service = service_of(2, deployment("new", rollout="COMPLETED"))
    service.steady = True
    assert list(rolling.decide(service, running("new", 2))) == []


def test_new_tasks_are_placed_up_to_the_maximum() -> None:
    service = service_of(4, deployment("new"), deployment("old", status="ACTIVE", rollout="COMPLETED"), maximumPercent=150)
    assert list(rolling.decide(service, running("old", 4))) == [rolling.Place("new", 2)]


def test_old_tasks_go_once_new_ones_are_ready() -> None:
    service = service_of(2, deployment("new"), deployment("old", status="ACTIVE", rollout="COMPLETED"))
    old = running("old", 2)
    assert list(rolling.decide(service, [*old, *running("new", 1)])) == [
        rolling.Place("new", 1),
        rolling.Stop((old[0].id,), "Scaling activity initiated by (deployment new)"),
    ]


BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def test_a_deployment_that_keeps_failing_is_given_up() -> None:
    service = service_of(2, deployment("new", failed=3), deployment("old", status="ACTIVE", rollout="COMPLETED"), **BREAKER)
    assert list(rolling.decide(service, running("old", 2))) == [rolling.Fail("new", "tasks failed to start", rolls_back=True)]


def test_an_alarm_gives_a_deployment_up_and_comes_first() -> None:
    alarms = {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": False}}
    service = service_of(2, deployment("new", failed=3), **BREAKER, **alarms)
    assert list(rolling.decide(service, [], ["a"])) == [rolling.Fail("new", "alarm detected", rolls_back=False)]


@pytest.mark.parametrize(
    ("failed", "alarms", "failures"), [(2, ["a"], []), (3, [], [rolling.Fail("old", "tasks failed to start", rolls_back=False)])]
)
def test_a_deployment_on_its_way_back_is_stopped_by_no_alarm_but_can_fail_for_good(
    failed: int, alarms: list[str], failures: list[rolling.Fail]
) -> None:
    back = deployment("old", failed=failed, reason="ECS deployment circuit breaker: rolling back to deploymentId old.")
    service = service_of(2, back, alarms={"alarmNames": ["a"], "enable": True, "rollback": True}, **BREAKER)
    assert [each for each in rolling.decide(service, [], alarms) if isinstance(each, rolling.Fail)] == failures


def play(service: Service, tasks: list[Task], tags: dict[str, str], ticks: int) -> list[tuple[int, int]]:
    """Lets time pass; (ready tasks, tasks that are there) after each tick."""
    seen = []
    for now in range(ticks):
        for task in [each for each in tasks if not each.ended]:
            for move in list(moves(task, now)):
                apply(task, move, now)
            task.age += 1
        for action in list(rolling.decide(service, tasks)):
            act(service, tasks, action, tags, now)
        seen.append((sum(task.ready for task in tasks), sum(task.counts for task in tasks)))
    return seen


def act(service: Service, tasks: list[Task], action: rolling.Action, tags: dict[str, str], now: float) -> None:
    match action:
        case rolling.Place(deployment=identifier, tasks=number):
            tasks.extend(task_of(identifier, tags[identifier]) for _ in range(number))
        case rolling.Stop(tasks=chosen, why=why):
            for task in tasks:
                if task.id in chosen:
                    ask_to_stop(task, "ServiceSchedulerInitiated", why, now)
        case rolling.Complete(deployment=identifier):
            next(each for each in service.deployments if each.id == identifier).rollout = "COMPLETED"
        case rolling.Forget(deployment=identifier):
            service.deployments = [each for each in service.deployments if each.id != identifier]
        case rolling.Steady():
            service.steady = True
        case rolling.Fail():
            raise AssertionError(action)


@settings(deadline=None, max_examples=60)
@given(desired=some.integers(0, 8), least=some.sampled_from([0, 50, 100]), most=some.sampled_from([100, 150, 200]))
def test_a_rollout_of_good_tasks_stays_within_its_bounds_and_ends(desired: int, least: int, most: int) -> None:
    if desired and rolling.bounds(service_of(desired, minimumHealthyPercent=least, maximumPercent=most)) == (desired, desired):
        most = 200  # as ECS: with no room to move nothing moves
    old, new = deployment("old", status="ACTIVE", rollout="COMPLETED"), deployment("new")
    service = service_of(desired, new, old, minimumHealthyPercent=least, maximumPercent=most)
    tasks = running("old", desired)
    seen = play(service, tasks, {"new": "2.0", "old": "1.0"}, ticks=40 + 40 * desired)
    fewest, largest = rolling.bounds(service)
    assert all(ready >= fewest for ready, _ in seen)
    assert all(there <= max(largest, desired) for _, there in seen)
    assert (new.rollout, service.deployments, service.steady) == ("COMPLETED", [new], True)
    assert [task.deployment for task in tasks if task.ready] == ["new"] * desired


@settings(deadline=None, max_examples=30)
@given(desired=some.integers(1, 6), tag=some.sampled_from(["crash", "unhealthy", "exit-2", "oom", "not-listening"]))
def test_bad_tasks_never_push_out_good_ones(desired: int, tag: str) -> None:
    service = service_of(desired, deployment("new"), deployment("old", status="ACTIVE", rollout="COMPLETED"))
    seen = play(service, running("old", desired), {"new": tag, "old": "1.0"}, ticks=60)
    assert all(ready == desired for ready, _ in seen)
    assert service.deployments[0].rollout == "IN_PROGRESS"


def rollout_of(stage: str, age: int = 0, **weights: float) -> Rollout:
    found = Rollout(arn="a", deployment="green", sources=[], target="t", created=0, updated=0, configuration={})
    found.status, found.stage, found.stage_age, found.weights = "IN_PROGRESS", stage, age, weights
    return found


CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}, "bakeTimeInMinutes": 1}
STAGES: dict[str, tuple[Rollout, Sequence[staged.Action]]] = {
    "it begins with putting things in order": (rollout_of(""), [staged.Enter("PRE_SCALE_UP")]),
    "it continues when the new tasks are ready": (rollout_of("SCALE_UP"), [staged.Enter("POST_SCALE_UP")]),
    "the first share is shifted at once": (rollout_of("PRODUCTION_TRAFFIC_SHIFT"), [staged.Route("green", 10.0)]),
    "the canary is watched": (rollout_of("PRODUCTION_TRAFFIC_SHIFT", 9, green=10.0), []),
    "then the rest follows": (rollout_of("PRODUCTION_TRAFFIC_SHIFT", 10, green=10.0), [staged.Route("green", 100.0)]),
    "all is shifted": (rollout_of("PRODUCTION_TRAFFIC_SHIFT", 0, green=100.0), [staged.Enter("POST_PRODUCTION_TRAFFIC_SHIFT")]),
    "it bakes": (rollout_of("BAKE_TIME", 4, green=100.0), []),
    "it is done baking": (rollout_of("BAKE_TIME", 5, green=100.0), [staged.Enter("CLEAN_UP")]),
}


@pytest.mark.parametrize(("rollout", "actions"), STAGES.values(), ids=STAGES)
def test_a_canary_deployment(rollout: Rollout, actions: Sequence[staged.Action]) -> None:
    service = service_of(2, deployment("green"), deployment("blue", status="ACTIVE", rollout="COMPLETED"), **CANARY)
    tasks = [*running("blue", 2), *running("green", 2)]
    assert list(staged.decide(service, tasks, rollout, [])) == actions


def test_the_old_tasks_go_when_a_staged_deployment_cleans_up() -> None:
    service = service_of(1, deployment("green"), deployment("blue", status="ACTIVE", rollout="COMPLETED"), **CANARY)
    blue, green = running("blue", 1), running("green", 1)
    stopped = list(staged.decide(service, [*blue, *green], rollout_of("CLEAN_UP"), []))
    assert stopped == [rolling.Stop((blue[0].id,), "Scaling activity initiated by (deployment green)")]
    assert list(staged.decide(service, green, rollout_of("CLEAN_UP"), [])) == [
        rolling.Forget("blue"),
        rolling.Complete("green"),
        rolling.Steady(),
    ]


@pytest.mark.parametrize(
    ("strategy", "shares"),
    [
        ({"strategy": "BLUE_GREEN"}, [(100.0, 0.0)]),
        (
            {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 30.0, "stepBakeTimeInMinutes": 1}},
            [(30.0, 1.0), (60.0, 1.0), (90.0, 1.0), (100.0, 0.0)],
        ),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 3}}, [(5.0, 3.0), (100.0, 0.0)]),
    ],
)
def test_the_shares_of_a_strategy(strategy: dict[str, Any], shares: list[tuple[float, float]]) -> None:
    assert staged.shares(strategy) == shares


@pytest.mark.parametrize(
    ("config", "steps"),
    [
        ("CodeDeployDefault.ECSAllAtOnce", [(100.0, 0)]),
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", [(10.0, 5), (100.0, 0)]),
        ("CodeDeployDefault.ECSLinear50PercentEvery3Minutes", [(50.0, 3), (100.0, 3)]),
    ],
)
def test_the_steps_of_a_codedeploy_configuration(config: str, steps: list[tuple[float, int]]) -> None:
    assert schedule(config) == steps


def release(stage: str, age: int = 0, **members: Any) -> Release:
    config = members.pop("config", "CodeDeployDefault.ECSAllAtOnce")
    return Release("d-1", "app", "group", "c", "s", {}, config, 0, {}, (), stage=stage, age=age, **members)


RELEASES: dict[str, tuple[Release, bool, int, object]] = {
    "a new one installs": (release("created"), False, 0, Install()),
    "one whose tasks are not ready waits": (release("installing"), False, 3, None),
    "one whose tasks are ready shifts": (release("installing"), True, 0, Shift(100.0)),
    "one that needs approval waits for it": (release("installing", waits_for_approval=5), True, 0, Await()),
    "an approved one shifts": (release("waiting", waits_for_approval=5, approved=True), True, 0, Shift(100.0)),
    "all shifted, the old tasks are ended": (release("shifting", 1, shifted=100.0), True, 0, Terminate()),
    "a canary waits": (release("shifting", 24, shifted=10.0, config="ECSCanary10Percent5Minutes"), True, 0, None),
    "a canary that was fine continues": (release("shifting", 25, shifted=10.0, config="ECSCanary10Percent5Minutes"), True, 0, Shift(100.0)),
    "the end comes after the wait": (release("terminating", 5, terminates_after=1), True, 0, Finish()),
    "the wait comes before the end": (release("terminating", 4, terminates_after=1), True, 0, None),
}


@pytest.mark.parametrize(("given_release", "ready", "failed", "then"), RELEASES.values(), ids=RELEASES)
def test_a_codedeploy_deployment(given_release: Release, ready: bool, failed: int, then: object) -> None:
    assert decide(given_release, ready=ready, failed=failed, alarms=()) == then


@pytest.mark.parametrize(
    ("stuck", "failed", "alarms", "code"),
    [
        (release("installing"), 4, (), "TIMEOUT"),
        (release("installing", 300), 0, (), "TIMEOUT"),
        (release("shifting"), 0, ("errors",), "ALARM_ACTIVE"),
        (release("shifting", asked_to_stop="STOP"), 0, (), "MANUAL_STOP"),
        (release("waiting", 25, waits_for_approval=5, stops_unapproved=True), 0, (), "TIMEOUT"),
    ],
)
def test_a_codedeploy_deployment_is_given_up(stuck: Release, failed: int, alarms: tuple[str, ...], code: str) -> None:
    found = decide(stuck, ready=False, failed=failed, alarms=alarms)
    assert isinstance(found, GiveUp)
    assert found.code == code
