"""The decisions of a rollout, as a table of sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credex_actions.core.loop import Done, Wait
from credex_actions.ecs.rollout.steps import Scale, Seen, Update, Want, decide
from credex_actions.ecs.service.described import Deployment, Event, Rollout, Service

START = datetime(2026, 1, 1, tzinfo=UTC)
OLD, NEW = "arn:aws:ecs:r:1:task-definition/core:7", "arn:aws:ecs:r:1:task-definition/core:8"
WANT = Want(service="api", revision=NEW, before=frozenset({"ecs-svc/1"}), former=OLD, give_up=START + timedelta(minutes=30))
BEFORE = Deployment(id="ecs-svc/1", status="PRIMARY", revision=OLD, desired=2, running=2, rollout="COMPLETED")
FORMER = replace(BEFORE, status="ACTIVE")
OURS = Deployment(id="ecs-svc/2", status="PRIMARY", revision=NEW, desired=2, rollout="IN_PROGRESS")


def event(message: str) -> Event:
    return Event(id=message, at=START, message=f"(service api) {message}")


def seen(
    *deployments: Deployment,
    ours: str | None = "ecs-svc/2",
    rollout: str | Rollout = "",
    minutes: float = 1,
    desired: int = 2,
    running: int = 2,
    status: str = "ACTIVE",
    events: tuple[Event, ...] = (),
    settled: bool = True,
) -> Seen:
    service = Service(
        name="api",
        arn="arn",
        cluster="c",
        status=status,
        revision=NEW,
        desired=desired,
        running=running,
        deployments=deployments,
        events=events,
    )
    record = Rollout(arn="d", status=rollout, why="alarm a1") if isinstance(rollout, str) and rollout else rollout or None
    return Seen(now=START + timedelta(minutes=minutes), service=service, ours=ours, rollout=record, settled=settled)


FAILED = replace(OURS, status="ACTIVE", rollout="FAILED", why="tasks failed to start")
BACK = replace(BEFORE, rollout="IN_PROGRESS", why="ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
RETURN = replace(BEFORE, id="ecs-svc/9")
OTHER = Deployment(id="ecs-svc/3", status="PRIMARY", revision=NEW, desired=2, rollout="IN_PROGRESS")
SCALES = replace(WANT, revision=OLD, desired=3, keeps_deployment=True)

DECISIONS: dict[str, tuple[Want, Seen, object]] = {
    "what does not serve is rolled out": (WANT, seen(BEFORE, ours=None), Update("api", NEW)),
    "ours continues": (WANT, seen(OURS, FORMER), Wait("0 of 2 tasks running", 5.0)),
    "once all tasks run it looks more often": (WANT, seen(replace(OURS, running=2), FORMER), Wait("2 of 2 tasks running", 3.0)),
    "never less often than asked": (
        replace(WANT, poll=1.0),
        seen(replace(OURS, running=2), FORMER),
        Wait("2 of 2 tasks running", 1.0),
    ),
    "failed tasks are counted aloud": (WANT, seen(replace(OURS, failed=2), FORMER), Wait("0 of 2 tasks running, 2 failed", 5.0)),
    "ours that does not show yet is waited for": (WANT, seen(BEFORE), Wait("the deployment is not visible yet", 5.0)),
    "a lost response is found by looking": (WANT, seen(OURS, FORMER, ours=None), Wait("0 of 2 tasks running", 5.0)),
    "the same revision from before is not taken for ours": (
        replace(WANT, before=frozenset({"ecs-svc/2"})),
        seen(OURS, ours=None),
        Update("api", NEW),
    ),
    "not asked to wait": (replace(WANT, wait=False), seen(OURS, FORMER), Done("started")),
    "completed by the deployments list": (WANT, seen(replace(OURS, running=2, rollout="COMPLETED")), Done("completed")),
    "completed on the list is not the end while the record says otherwise": (
        WANT,
        seen(replace(OURS, running=2, rollout="COMPLETED"), rollout=Rollout(arn="d", status="IN_PROGRESS", stage="BAKE_TIME")),
        Wait("2 of 2 tasks running, bake time", 5.0),
    ),
    "completed by the record": (WANT, seen(replace(OURS, running=2), rollout="SUCCESSFUL"), Done("completed")),
    "completed behind a Classic Load Balancer, which tells no state": (WANT, seen(replace(OURS, running=2, rollout="")), Done("completed")),
    "not completed there while the previous tasks run": (
        WANT,
        seen(replace(OURS, running=2, rollout=""), FORMER, running=4),
        Wait("2 of 2 tasks running", 3.0),
    ),
    "what ECS took back is no success": (WANT, seen(BEFORE, FAILED, rollout="ROLLBACK_SUCCESSFUL"), Done("rolled-back", "alarm a1")),
    "taking back is waited for": (
        WANT,
        seen(BACK, FAILED, rollout="ROLLBACK_IN_PROGRESS"),
        Wait("ECS rolls back to the previous revision", 5.0),
    ),
    "a rollback that fails is a failure": (
        WANT,
        seen(BACK, FAILED, rollout="ROLLBACK_FAILED"),
        Done("failed", "ECS could not roll back to the previous revision: alarm a1"),
    ),
    "taken back, by the list, under the former id": (
        WANT,
        seen(replace(BACK, rollout="COMPLETED"), FAILED),
        Done("rolled-back", "tasks failed to start"),
    ),
    "being taken back, by the list": (WANT, seen(BACK, FAILED), Wait("ECS rolls back to the previous revision", 5.0)),
    "taken back, ours gone from the list, by the events": (
        WANT,
        seen(
            replace(BEFORE, id="ecs-svc/9"),
            events=(
                event("(deployment ecs-svc/2) deployment failed: tasks failed to start."),
                event("rolling back to deployment ecs-svc/9."),
            ),
        ),
        Done("rolled-back", "(service api) (deployment ecs-svc/2) deployment failed: tasks failed to start."),
    ),
    "taken back onto the same revision": (
        WANT,
        seen(replace(BACK, id="ecs-svc/9", revision=NEW, rollout="COMPLETED"), FAILED),
        Done("rolled-back", "tasks failed to start"),
    ),
    "taken back by a new deployment of the previous revision, as ECS's event of ours tells": (
        WANT,
        seen(RETURN, events=(event("(deployment ecs-svc/2) deployment failed: tasks failed to start."),)),
        Done("rolled-back", "(service api) (deployment ecs-svc/2) deployment failed: tasks failed to start."),
    ),
    "taken back by a new deployment of the previous revision, as ours tells itself": (
        WANT,
        seen(RETURN, FAILED),
        Done("rolled-back", "tasks failed to start"),
    ),
    "being taken back by a new deployment": (
        WANT,
        seen(replace(RETURN, rollout="IN_PROGRESS"), FAILED),
        Wait("ECS rolls back to the previous revision", 5.0),
    ),
    "a new deployment of the previous revision, of which the events do not tell yet": (
        WANT,
        seen(RETURN, settled=False),
        Wait("the deployment is not visible yet", 5.0),
    ),
    "a new deployment of the previous revision, of which no event tells": (
        WANT,
        seen(RETURN),
        Done("superseded", "deployment ecs-svc/9 of core:7 replaced it"),
    ),
    "of another revision it can be no rollback": (
        WANT,
        seen(OTHER, settled=False),
        Done("superseded", "deployment ecs-svc/3 of core:8 replaced it"),
    ),
    "stopped, and what took over does not show yet": (
        WANT,
        seen(OURS, FORMER, rollout="STOPPED", settled=False),
        Wait("0 of 2 tasks running", 5.0),
    ),
    "failed, and nothing put back": (
        WANT,
        seen(replace(OURS, rollout="FAILED", why="tasks failed to start")),
        Done("failed", "tasks failed to start"),
    ),
    "superseded, by one of the same revision": (
        WANT,
        seen(OTHER, replace(OURS, status="ACTIVE")),
        Done("superseded", "deployment ecs-svc/3 of core:8 replaced it"),
    ),
    "superseded, and ours gone": (WANT, seen(OTHER), Done("superseded", "deployment ecs-svc/3 of core:8 replaced it")),
    "superseded after ours had failed": (WANT, seen(OTHER, FAILED), Done("superseded", "deployment ecs-svc/3 of core:8 replaced it")),
    "superseded after ours had completed is a completed deployment": (
        WANT,
        seen(OTHER, events=(event("(deployment ecs-svc/2) deployment completed."),)),
        Done("completed"),
    ),
    "stopped since another began": (WANT, seen(OTHER, rollout="STOPPED"), Done("superseded", "deployment ecs-svc/3 of core:8 replaced it")),
    "stopped by a person": (WANT, seen(OURS, FORMER, rollout="STOPPED"), Done("failed", "alarm a1")),
    "scaled to zero meanwhile": (
        WANT,
        seen(replace(OURS, desired=0, rollout="COMPLETED"), desired=0, running=0, rollout="SUCCESSFUL"),
        Done("scaled-to-zero", "someone set the desired count of the service to 0 during the deployment"),
    ),
    "zero tasks where zero was requested": (
        replace(WANT, zero_is_fine=True),
        seen(replace(OURS, desired=0, rollout="COMPLETED"), desired=0, running=0),
        Done("completed"),
    ),
    "nothing is waited for for ever": (
        WANT,
        seen(OURS, FORMER, minutes=30),
        Done("timed-out", "0 of 2 tasks running; ECS continues the deployment"),
    ),
    "an end in the last moment is an end, not a timeout": (WANT, seen(OURS, rollout="SUCCESSFUL", minutes=30), Done("completed")),
    "a status that nobody knows is waited on": (WANT, seen(OURS, FORMER, rollout="PAUSED_FOR_LUNCH"), Wait("0 of 2 tasks running", 5.0)),
    "a person who has to act is named": (
        WANT,
        seen(OURS, FORMER, rollout=Rollout(arn="d", status="IN_PROGRESS", awaits="h-1")),
        Wait("the deployment is paused until a person continues it (hook h-1)", 5.0),
    ),
    "a service that is deleted meanwhile": (
        WANT,
        seen(OURS, status="DRAINING"),
        Done("failed", "the service is DRAINING: someone is deleting it, or has deleted it"),
    ),
    "more tasks of the same revision need no deployment": (SCALES, seen(BEFORE, ours=None), Scale("api", 3)),
    "more tasks are waited for": (SCALES, seen(BEFORE, ours=None, desired=3, running=2), Wait("2 of 2 tasks running", 3.0)),
    "more tasks have come": (
        SCALES,
        seen(replace(BEFORE, desired=3, running=3), ours="ecs-svc/1", desired=3, running=3),
        Done("completed"),
    ),
    "a number that lags behind is not taken for another's": (
        SCALES,
        seen(BEFORE, ours="ecs-svc/1", settled=False),
        Wait("2 of 2 tasks running", 3.0),
    ),
    "someone else's number is as good as ours": (
        SCALES,
        seen(replace(BEFORE, desired=4, running=4), ours="ecs-svc/1", desired=4, running=4),
        Done("completed", "the service was scaled to 4 tasks during the deployment, 3 were requested"),
    ),
    "someone else's number is waited for": (
        SCALES,
        seen(replace(BEFORE, desired=4, running=2), ours="ecs-svc/1", desired=4, running=2),
        Wait("2 of 4 tasks running", 5.0),
    ),
    "someone else's number is not a matter of our deployment": (
        replace(WANT, desired=3),
        seen(replace(OURS, desired=5, running=4, rollout="COMPLETED"), desired=5, running=4),
        Done("completed", "the service was scaled to 5 tasks during the deployment, 3 were requested"),
    ),
    "someone else's number, by the record": (
        replace(WANT, desired=3),
        seen(replace(OURS, desired=5, running=4), desired=5, running=4, rollout="SUCCESSFUL"),
        Done("completed", "the service was scaled to 5 tasks during the deployment, 3 were requested"),
    ),
    "a deployment in progress is followed": (
        replace(WANT, follows="ecs-svc/1"),
        seen(replace(BEFORE, rollout="IN_PROGRESS", running=1), ours=None),
        Wait("1 of 2 tasks running", 5.0),
    ),
}


@pytest.mark.parametrize(("want", "given", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(want: Want, given: Seen, then: object) -> None:
    assert decide(want, given) == then
