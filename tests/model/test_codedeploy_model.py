"""A deployment by CodeDeploy under trouble: whatever write is lost or rejected, it ends as it would have without, and once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, NoEffect, Operation, Run, Wait, drive, plan
from credex_actions.ecs.codedeploy.steps import CodeDeployStep, Create, Deployment, Seen, Want, after, decide
from tests.undisturbed import Undisturbed

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WANT = Want(application="app", group="dg", revision="core:7", wait=True, give_up=BEGAN + timedelta(minutes=30), poll=5)
BACK = replace(WANT, goes_back=True)
UNDER_WAY = Seen(now=BEGAN, ours=Deployment(id="d-1", status="InProgress", rolls_back=True))


@dataclass
class World(Undisturbed):
    """CodeDeploy and the clock: what a write does shows only after a sleep. `state` is true, `shown` is what a look sees."""

    troubles: dict[str, type[Exception]] = field(default_factory=dict)
    state: Seen = field(default_factory=partial(Seen, now=BEGAN))
    shown: Seen = field(default_factory=partial(Seen, now=BEGAN))
    done: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.state.now

    def monotonic(self) -> float:
        return (self.state.now - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.shown = replace(self.state, now=self.state.now + timedelta(seconds=seconds))
        self.state = self._later(seconds)

    def _later(self, seconds: float) -> Seen:
        now = self.state.now + timedelta(seconds=seconds)
        if self.state.rollback:
            return replace(self.state, now=now, rollback=replace(self.state.rollback, status="Succeeded"))
        if self.state.ours and not self.state.ours.ended:
            return replace(self.state, now=now, ours=replace(self.state.ours, status="Succeeded"))
        return replace(self.state, now=now)

    def act(self, step: CodeDeployStep) -> None:
        self._strike(f"before {type(step).__name__}")
        self.state, self.done = after(self.state, step), [*self.done, str(step)]
        self._strike(f"after {type(step).__name__}")

    def _strike(self, moment: str) -> None:
        if trouble := self.troubles.pop(moment, None):
            raise trouble

    def run(self, want: Want = WANT) -> Done:
        return drive(Operation(lambda: self.shown, partial(decide, want), self.act, after), Run(self))


CREATED = ["deploy core:7 by CodeDeploy (app, dg)"]


def test_without_trouble_one_deployment_is_made_and_completed() -> None:
    world = World()
    assert world.run() == Done("completed")
    assert world.done == CREATED


@pytest.mark.parametrize(("moment", "trouble"), [("after Create", Lost), ("before Create", NoEffect)])
def test_trouble_makes_no_difference_in_the_end(moment: str, trouble: type[Exception]) -> None:
    world = World({moment: trouble})
    assert world.run() == Done("completed")
    assert world.done == CREATED


def test_a_deployment_that_was_lost_on_the_way_is_never_sent_again() -> None:
    world = World({"before Create": Lost})
    with pytest.raises(Failure, match="it has no visible effect"):
        world.run()
    assert world.done == []


@pytest.mark.parametrize(("moment", "trouble"), [("after StopDeployment", Lost), ("before StopDeployment", NoEffect)])
def test_going_back_stops_the_deployment_once_and_ends_rolled_back(moment: str, trouble: type[Exception]) -> None:
    world = World({moment: trouble}, UNDER_WAY, UNDER_WAY)
    assert world.run(BACK).outcome == "rolled-back"
    assert world.done == ["stop the CodeDeploy deployment d-1 and have it rolled back to the previous revision"]


def test_the_plan_is_one_deployment_that_is_followed_to_its_end() -> None:
    moves = list(plan(Operation(lambda: Seen(now=BEGAN), partial(decide, WANT), lambda _: None, after), Seen(now=BEGAN)))
    assert [move for move in moves if isinstance(move, Create)] == moves[:1]
    assert moves[-1] == Done("completed")


def test_the_plan_to_go_back_is_to_stop_the_deployment_and_to_wait_for_the_former_revision() -> None:
    moves = list(plan(Operation(lambda: UNDER_WAY, partial(decide, BACK), lambda _: None, after), UNDER_WAY))
    assert [type(move).__name__ for move in moves] == ["StopDeployment", "Wait", "Done"]
    assert moves[-1] == Done("rolled-back", "someone stopped the deployment")


def test_a_wait_brings_the_deployment_to_its_end_and_time_forward() -> None:
    later = after(UNDER_WAY, Wait("", 5))
    assert later.ours is not None
    assert (later.ours.status, later.now) == ("Succeeded", BEGAN + timedelta(seconds=5))
    failed = replace(UNDER_WAY, ours=Deployment(id="d-1", status="Failed"))
    assert after(failed, Wait("", 5)).ours == failed.ours
