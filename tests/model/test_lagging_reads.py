"""A rollout of which each part of the answers lags behind by its own time: the outcome is what happened, whatever shows first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from credex_actions.core.loop import Done, Wait
from credex_actions.ecs.looks import LAG
from credex_actions.ecs.rollout.settling import Settling
from credex_actions.ecs.rollout.steps import Seen, Want, decide, ours
from credex_actions.ecs.service.described import Deployment, Event, Rollout, Service

START = datetime(2026, 1, 1, tzinfo=UTC)
WANT = Want(
    service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), former="core:7", give_up=START + timedelta(minutes=10), poll=2.0
)
OLD = Deployment(id="ecs-svc/1", status="PRIMARY", revision="core:7", desired=2, running=2, rollout="COMPLETED")
FORMER = replace(OLD, status="ACTIVE")
OURS = Deployment(id="ecs-svc/2", status="PRIMARY", revision="core:8", desired=2, rollout="IN_PROGRESS")
FAILED = replace(OURS, status="ACTIVE", rollout="FAILED", why="tasks failed to start")
BACK = replace(OLD, rollout="IN_PROGRESS", why="rolling back to deploymentId ecs-svc/1.")
ANEW = replace(OLD, id="ecs-svc/9", rollout="IN_PROGRESS")
OTHER = replace(OURS, id="ecs-svc/3")
BY_HAND = replace(ANEW, id="ecs-svc/4")
FAILED_EVENT = "(service api) (deployment ecs-svc/2) deployment failed: tasks failed to start."


@dataclass(frozen=True)
class Moment:
    """What is so from a second on."""

    at: float
    deployments: tuple[Deployment, ...]
    events: tuple[str, ...] = ()
    record: str = "IN_PROGRESS"
    desired: int = 2


BEGINS = (Moment(-60, (OLD,), record=""), Moment(0, (OURS, FORMER)))
STORIES: Mapping[str, tuple[str, Sequence[Moment]]] = {
    "completed": (
        "completed",
        (*BEGINS, Moment(20, (replace(OURS, rollout="COMPLETED", running=2),), record="SUCCESSFUL")),
    ),
    "back under its own id": (
        "rolled-back",
        (
            *BEGINS,
            Moment(20, (BACK, FAILED), (FAILED_EVENT,), "ROLLBACK_IN_PROGRESS"),
            Moment(30, (OLD,), (FAILED_EVENT,), "ROLLBACK_SUCCESSFUL"),
        ),
    ),
    "back by a new deployment": (
        "rolled-back",
        (
            *BEGINS,
            Moment(20, (ANEW, FAILED), (FAILED_EVENT,), "ROLLBACK_IN_PROGRESS"),
            Moment(30, (replace(ANEW, rollout="COMPLETED"),), (FAILED_EVENT,), "ROLLBACK_SUCCESSFUL"),
        ),
    ),
    "back by a new deployment that is done at once": (
        "rolled-back",
        (*BEGINS, Moment(20, (replace(ANEW, rollout="COMPLETED"),), (FAILED_EVENT,), "ROLLBACK_SUCCESSFUL")),
    ),
    "another deployment of the same revision": (
        "superseded",
        (*BEGINS, Moment(20, (OTHER, replace(OURS, status="ACTIVE"), FORMER), record="STOPPED")),
    ),
    "someone returns to the previous revision": (
        "superseded",
        (*BEGINS, Moment(20, (BY_HAND, replace(OURS, status="ACTIVE")), record="STOPPED")),
    ),
    "failed, and nothing is rolled back": (
        "failed",
        (*BEGINS, Moment(20, (replace(FAILED, status="PRIMARY"), FORMER), (FAILED_EVENT,), "STOPPED")),
    ),
    "scaled to zero": (
        "scaled-to-zero",
        (*BEGINS, Moment(20, (replace(OURS, desired=0), FORMER), desired=0)),
    ),
}
LAGS = [each for each in (0.0, 3.0, 8.0) if each < LAG]


def at(story: Sequence[Moment], seconds: float) -> Moment:
    return [each for each in story if each.at <= seconds][-1]


def outcome(story: Sequence[Moment], lags: Sequence[float], *, allowed: bool) -> str:
    settling, seconds = Settling(), 0.0
    while True:
        listed, told, record = (at(story, seconds - lag) for lag in lags)
        events = tuple(Event(id=each, at=START, message=each) for each in told.events)
        service = Service(
            name="api",
            arn="a",
            cluster="c",
            status="ACTIVE",
            revision=listed.deployments[0].revision,
            desired=listed.desired,
            running=2,
            deployments=listed.deployments,
            events=events,
        )
        rollout = Rollout(arn="d", status=record.record) if allowed and record.record else None
        seen = Seen(now=START + timedelta(seconds=seconds), service=service, ours="ecs-svc/2", rollout=rollout)
        move = decide(WANT, replace(seen, settled=settling.settled(seen, ours(WANT, seen), seconds)))
        if isinstance(move, Done):
            return move.outcome
        assert isinstance(move, Wait), move
        seconds += move.seconds


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize(("then", "story"), STORIES.values(), ids=STORIES)
def test_the_outcome_is_what_happened_whatever_shows_first(then: str, story: Sequence[Moment], allowed: bool) -> None:
    found = {lags: outcome(story, lags, allowed=allowed) for lags in product(LAGS, repeat=3)}
    assert {lags: each for lags, each in found.items() if each != then} == {}


SCALES = replace(WANT, revision="core:7", desired=3, keeps_deployment=True)


@pytest.mark.parametrize("lag", LAGS)
@pytest.mark.parametrize(("last", "why"), [(3, ""), (5, "the service was scaled to 5 tasks during the deployment, 3 were requested")])
def test_a_number_is_reached_and_never_taken_from_before(lag: float, last: int, why: str) -> None:
    """From 2 tasks to 3, and to `last` by someone else; each number runs some seconds after it was set."""
    settling, seconds = Settling(), 0.0
    numbers = [(-60.0, 2, 2), (0.0, 3, 2), (4.0, last, 2), (12.0, last, last)]
    while True:
        _, desired, running = next(each for each in reversed(numbers) if each[0] <= seconds - lag)
        primary = replace(OLD, desired=desired, running=running)
        service = Service(
            name="api", arn="a", cluster="c", status="ACTIVE", revision="core:7", desired=desired, running=running, deployments=(primary,)
        )
        seen = Seen(now=START + timedelta(seconds=seconds), service=service, ours="ecs-svc/1")
        move = decide(SCALES, replace(seen, settled=settling.settled(seen, "ecs-svc/1", seconds)))
        if isinstance(move, Done):
            break
        assert isinstance(move, Wait), move
        seconds += move.seconds
    assert move == Done("completed", why)
    assert seconds >= 12
