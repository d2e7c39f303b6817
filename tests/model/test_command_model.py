"""A command on an instance under trouble: it is sent once, whatever is lost, and found again by its mark."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from credex_actions.aws.command_steps import (
    AGENT_EVERY,
    Cancel,
    CommandStep,
    Invocation,
    Seen,
    Send,
    Want,
    after,
    decide,
    decide_cancel,
    fault_of,
)
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import SETTLE_WITHIN, Done, Lost, NoEffect, Operation, Run, Wait, drive, plan
from tests.undisturbed import Undisturbed

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WANT = Want(instance="i-1", comment="dump [mark]", within=timedelta(minutes=5), online_within=timedelta(seconds=30))


@dataclass
class World(Undisturbed):
    """SSM and the clock. `unknown`: how often it does not know the instance. `lost`: the response to a command is lost, before or after its effect."""

    unknown: int = 0
    lost: str = ""
    turned_away: int = 0
    ends: bool = True
    shows_after: float = 3.0
    now_: datetime = BEGAN
    sent: list[Send] = field(default_factory=list)
    rejected: list[datetime] = field(default_factory=list)
    answered: bool = False
    ran_at: datetime | None = None

    def now(self) -> datetime:
        return self.now_

    def monotonic(self) -> float:
        return (self.now_ - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.now_ += timedelta(seconds=seconds)

    def observe(self) -> Seen:
        shows = self.ran_at is not None and (self.now_ - self.ran_at).total_seconds() >= self.shows_after
        invocation = Invocation(status="Success" if self.ends else "InProgress", code=0 if self.ends else -1) if shows else None
        return Seen(
            now=self.now_,
            began=BEGAN,
            rejected=len(self.rejected),
            rejected_at=self.rejected[-1] if self.rejected else None,
            command="c-1" if self.answered or shows else "",
            sent_at=self.ran_at,
            invocation=invocation,
        )

    def act(self, step: CommandStep) -> None:
        assert isinstance(step, Send)
        self.sent.append(step)
        if self.turned_away:
            self.turned_away -= 1
            raise NoEffect("Rate exceeded")
        if self.unknown:
            self.unknown -= 1
            self.rejected.append(self.now_)
            return
        if self.lost == "before":
            raise Lost
        assert self.ran_at is None, "the command ran twice"
        self.ran_at = self.now_
        if self.lost == "after":
            raise Lost
        self.answered = True

    def run(self) -> Done:
        return drive(Operation(self.observe, partial(decide, WANT), self.act, after), Run(self))


@pytest.mark.parametrize("world", [World(), World(unknown=3), World(turned_away=2), World(lost="after"), World(unknown=1, lost="after")])
def test_a_command_runs_once_and_its_end_is_seen(world: World) -> None:
    assert world.run() == Done("ended")
    assert len({*world.sent}) == 1 + len(world.rejected)


def test_a_command_that_never_shows_is_not_sent_again() -> None:
    world = World(lost="before")
    with pytest.raises(Failure, match=r"has no visible effect(.|\n)*look for its comment") as caught:
        world.run()
    assert caught.value.code == Exit.REMOTE
    assert len(world.sent) == 1
    assert world.monotonic() == pytest.approx(SETTLE_WITHIN, abs=3)


def test_an_instance_that_ssm_does_not_get_to_know_is_told_with_the_remedy() -> None:
    world = World(unknown=1000)
    with pytest.raises(Failure, match=r"SSM does not know i-1(.|\n)*AmazonSSMManagedInstanceCore"):
        world.run()
    assert len(world.sent) == WANT.online_within // AGENT_EVERY


def test_a_command_whose_end_is_not_reported_is_given_up_after_its_time() -> None:
    world = World(ends=False)
    with pytest.raises(Failure, match="timed out: SSM does not report the end of command c-1 on i-1"):
        world.run()
    assert timedelta(minutes=6) < world.now() - BEGAN < timedelta(minutes=7)


def test_the_plan_is_to_send_wait_and_be_done() -> None:
    seen = Seen(now=BEGAN, began=BEGAN)
    moves = list(plan(Operation(lambda: seen, partial(decide, WANT), lambda _: None, after), seen))
    assert [type(move) for move in moves] == [Send, Wait, Done]
    assert str(moves[0]) == "run a command on i-1: dump [mark] (attempt 1)"


RUNNING = Seen(now=BEGAN, began=BEGAN, command="c-1", sent_at=BEGAN, invocation=Invocation(status="InProgress"))
CANCELLED = {
    "what is not known cannot be cancelled": (replace(RUNNING, command="", invocation=None), Done("unknown")),
    "what runs is": (RUNNING, Cancel("c-1")),
    "what does not show yet is": (replace(RUNNING, invocation=None), Cancel("c-1")),
    "what is being cancelled is not asked again": (after(RUNNING, Cancel("c-1")), Done("cancelled")),
    "what has ended is left": (replace(RUNNING, invocation=Invocation(status="Failed", code=1)), Done("ended")),
}


@pytest.mark.parametrize(("seen", "then"), CANCELLED.values(), ids=CANCELLED)
def test_after_a_signal(seen: Seen, then: object) -> None:
    assert decide_cancel(seen) == then


ENDS = {
    "success": (Invocation(status="Success", details="Success", code=0), None),
    "a code of the script's own": (Invocation(status="Failed", details="Failed", code=3), None),
    "not delivered": (Invocation(status="TimedOut", details="Delivery Timed Out"), "DeliveryTimedOut: command c-1 on i-1 never started"),
    "undeliverable": (Invocation(status="Failed", details="Undeliverable"), "Undeliverable: command c-1 on i-1 never started"),
    "too slow": (Invocation(status="TimedOut", details="ExecutionTimedOut"), "timed out: command c-1 on i-1 was ended after 5 min"),
    "cancelled": (Invocation(status="Cancelled", details="Cancelled"), "cancelled: command c-1 on i-1 was cancelled by somebody else"),
    "not allowed": (Invocation(status="Failed", details="AccessDenied"), "access denied: command c-1 on i-1 was not started"),
    "not Linux": (Invocation(status="Failed", details="InvalidPlatform"), "InvalidPlatform: command c-1 on i-1 was not started"),
    "the agent's trouble": (
        Invocation(status="Failed", details="Failed", error="a\nno shell"),
        "the SSM agent could not run command c-1 on i-1: no shell",
    ),
    "something new": (Invocation(status="Failed", details="Terminated"), "Terminated: the SSM agent could not run command c-1"),
}


@pytest.mark.parametrize(("invocation", "says"), ENDS.values(), ids=ENDS)
def test_every_end_has_its_words(invocation: Invocation, says: str | None) -> None:
    found = fault_of(WANT, "c-1", invocation)
    assert found is None if says is None else found is not None and says in found[1].what
