"""Trouble at every write of a deployment, then one more run: the same end, and nothing done twice.

The world is `after` with a memory: a write shows only after a sleep, as in AWS; trouble strikes at a named moment, once.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, NoEffect, Operation, Run, Step, Wait, drive
from credex_actions.ecs.revisions import steps as revisions
from credex_actions.ecs.revisions.steps import Deregister, Revision, SeenRevisions, Uses, WantRevision
from credex_actions.ecs.rollout import steps as rollout
from credex_actions.ecs.service.described import Deployment, Service
from tests.undisturbed import Undisturbed

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class World(Undisturbed):
    """One state that steps change by `after`; what is shown lags behind until someone sleeps, and by `lag` seconds."""

    state: Any
    after: Callable[[Any, Any], Any]
    troubles: dict[str, type[BaseException]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    seconds: float = 0
    lag: float = 0

    def __post_init__(self) -> None:
        self.states = [(0.0, self.state)]  # since when, in the order of time

    @property
    def shown(self) -> Any:
        return next((state for since, state in reversed(self.states) if since <= self.seconds - self.lag), self.states[0][1])

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.state = self.after(self.state, Wait("", seconds))
        self.states.append((self.seconds, self.state))

    def strike(self, moment: str) -> None:
        if trouble := self.troubles.pop(moment, None):
            raise trouble

    def act(self, step: Step) -> None:
        self.strike(f"before {step}")
        self.state, self.sent = self.after(self.state, step), [*self.sent, str(step)]
        self.states.append((self.seconds + 0.001, self.state))  # a sleep later at the soonest
        self.strike(f"after {step}")

    def operation(self, decide: Callable[[Any], Any]) -> Operation[Any, Any]:
        return Operation(lambda: self.shown, decide, self.act, self.after)


# "after" a NoEffect would be a lie: an effect took place. Everything else may strike at both moments.
TROUBLES = [("before", Lost), ("after", Lost), ("before", NoEffect), ("before", KeyboardInterrupt), ("after", KeyboardInterrupt)]


@pytest.mark.parametrize("lag", [0, 4])
@pytest.mark.parametrize(("when", "trouble"), TROUBLES)
def test_a_revision_is_registered_once_whatever_happens(when: str, trouble: type[BaseException], lag: float) -> None:
    want = WantRevision(family="core", meaning="new")
    old = Revision(arn="core:7", number=7, meaning="old")
    world = World(
        SeenRevisions(newest=(old,)), partial(revisions.after_registration, want), {f"{when} register a revision of core": trouble}, lag=lag
    )
    operation = world.operation(partial(revisions.decide_registration, want))
    with suppress(Failure, KeyboardInterrupt):
        drive(operation, Run(world))
    world.sleep(60)
    assert drive(operation, Run(world)) == Done("core:8")
    assert world.sent == ["register a revision of core"]


def service() -> rollout.Seen:
    primary = Deployment(id="ecs-svc/1", status="PRIMARY", revision="core:7", desired=2, running=2, rollout="COMPLETED")
    return rollout.Seen(
        now=START,
        service=Service(name="api", arn="a", cluster="c", status="ACTIVE", revision="core:7", desired=2, running=2, deployments=(primary,)),
    )


@pytest.mark.parametrize("lag", [0, 4])
@pytest.mark.parametrize(("when", "trouble"), TROUBLES)
def test_a_revision_is_rolled_out_once_whatever_happens(when: str, trouble: type[BaseException], lag: float) -> None:
    def forgetful(seen: rollout.Seen, move: Any) -> rollout.Seen:
        return replace(rollout.after(seen, move), ours=None)  # the id in the response is lost with the answer

    want = rollout.Want(service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), give_up=START + timedelta(hours=1))
    world = World(service(), forgetful, {f"{when} roll out core:8 to api": trouble}, lag=lag)
    operation = world.operation(partial(rollout.decide, want))
    with suppress(Failure, KeyboardInterrupt):
        drive(operation, Run(world))
    world.sleep(60)
    assert drive(operation, Run(world)) == Done("completed")
    assert world.sent == ["roll out core:8 to api"]


@pytest.mark.parametrize(("when", "trouble"), TROUBLES)
@pytest.mark.parametrize("step", ["core:2", "core:3"])
def test_pruning_never_touches_what_is_used_or_kept_whatever_happens(when: str, trouble: type[BaseException], step: str) -> None:
    uses = Uses(active=("core:7", "core:6", "core:5", "core:4", "core:3", "core:2"), live="core:6", used=frozenset({"core:6", "core:4"}))
    world = World(uses, revisions.after_pruning, {f"{when} deregister {step}": trouble})
    operation = world.operation(partial(revisions.decide_pruning, 3))
    with suppress(Failure, KeyboardInterrupt):
        drive(operation, Run(world))
    world.sleep(60)
    assert drive(operation, Run(world)) == Done("pruned")
    assert sorted(world.sent) == ["deregister core:2", "deregister core:3"]
    assert world.state.active == ("core:7", "core:6", "core:5", "core:4")


def never_shows(**wanted: Any) -> World:
    world = World(service(), lambda seen, _: seen)
    want = rollout.Want(service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), give_up=START + timedelta(hours=1), **wanted)
    with pytest.raises(Failure, match="it has no visible effect"):
        drive(world.operation(partial(rollout.decide, want)), Run(world))
    return world


def test_a_step_that_does_harm_twice_and_never_shows_is_sent_once() -> None:
    assert never_shows(forced=True).sent == ["force a new deployment of core:8 to api"]


def test_a_harmless_step_that_was_answered_and_never_shows_is_sent_once() -> None:
    assert never_shows().sent == ["roll out core:8 to api"]


def test_a_harmless_step_whose_answer_is_lost_is_sent_again_and_three_times_at_most() -> None:
    class Deaf(World):
        def act(self, step: Step) -> None:
            self.sent.append(f"{self.seconds:.0f} s: {step}")
            raise Lost

    world = Deaf(service(), lambda seen, _: seen)
    want = rollout.Want(service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), give_up=START + timedelta(hours=1))
    with pytest.raises(Failure, match="was sent 3 times, and 30 seconds later it has no visible effect"):
        drive(world.operation(partial(rollout.decide, want)), Run(world))
    assert world.sent == [f"{seconds} s: roll out core:8 to api" for seconds in (0, 5, 10)]
    assert world.seconds < 60


def test_a_harmless_step_that_is_turned_away_the_second_time_is_still_known_as_sent() -> None:
    class Busy(World):
        def act(self, step: Step) -> None:
            self.sent.append(str(step))
            raise Lost if len(self.sent) == 1 else NoEffect("Rate exceeded")

    world = Busy(service(), lambda seen, _: seen)
    want = rollout.Want(service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), give_up=START + timedelta(hours=1))
    with pytest.raises(Failure, match="rejected 8 times") as caught:
        drive(world.operation(partial(rollout.decide, want)), Run(world))
    assert caught.value.left == "done so far: roll out core:8 to api (sent, but its response was lost)"


def test_a_step_that_is_always_turned_away_ends_the_run_as_unfinished() -> None:
    class Throttled(World):
        def act(self, step: Step) -> None:
            raise NoEffect(f"Rate exceeded: {step}")

    world = Throttled(service(), rollout.after)
    want = rollout.Want(service="api", revision="core:8", before=frozenset({"ecs-svc/1"}), give_up=START + timedelta(hours=1))
    with pytest.raises(Failure, match="was rejected 8 times: Rate exceeded:"):
        drive(world.operation(partial(rollout.decide, want)), Run(world))


def test_pruning_keeps_the_live_revision_also_when_it_is_an_old_one() -> None:
    uses = Uses(active=("core:9", "core:8", "core:2"), live="core:2", used=frozenset({"core:2"}))
    assert revisions.decide_pruning(2, uses) == Deregister("core:8")
    assert revisions.decide_pruning(3, uses) == Done("pruned")
