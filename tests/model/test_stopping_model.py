"""A GitHub that hears, loses or rejects what it is asked, and a run that ends when it likes: nothing is called cancelled before it is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.loop import Done, Operation, Step, drive, plan
from credex_actions.core.loop import Run as Story
from credex_actions.github.runs import stopping
from credex_actions.github.runs.stopping import LOST, REFUSED, TAKEN, Cancel, ForceCancel, Request, Seen
from tests.undisturbed import Undisturbed

START = datetime(2026, 1, 1, tzinfo=UTC)
RUN = 100
NOT_QUEUED = "Cannot cancel a workflow run that has not been queued yet."


@dataclass
class GitHub(Undisturbed):
    """`fates` of the requests, in their order; those beyond are taken. `heard`: whether a lost one had its effect.

    `lasts`: seconds from the first request that had an effect to the run's end; `forced_lasts` by force; `by_itself`: when it ends unasked.
    `lag`: seconds by which what is read is old.
    """

    fates: list[str] = field(default_factory=list)
    heard: bool = True
    lasts: float = 3.0
    forced_lasts: float = 1.0
    by_itself: float = 1e9
    status: str = "in_progress"
    within: float | None = None
    lag: float = 0.0
    seconds: float = 0.0
    asked: list[Request] = field(default_factory=list)
    forced: list[Request] = field(default_factory=list)
    sent: list[tuple[float, Step]] = field(default_factory=list)
    effects: list[tuple[float, float]] = field(default_factory=list)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def ends(self) -> tuple[float, str]:
        """When the run ends, and as what."""
        cancelled = min((at + lasts for at, lasts in self.effects), default=1e9)
        return (self.by_itself, "success") if self.by_itself <= cancelled else (cancelled, "cancelled")

    def observe(self) -> Seen:
        at, conclusion = self.ends()
        over = self.seconds - self.lag >= at
        until = None if self.within is None else START + timedelta(seconds=self.within)
        known = (RUN, over, conclusion if over else "", "completed" if over else self.status)
        return Seen(self.now(), *known, tuple(self.asked), tuple(self.forced), until)

    def act(self, step: Cancel | ForceCancel) -> None:
        self.sent.append((self.seconds, step))
        fate = self.fates.pop(0) if self.fates else TAKEN
        forced = isinstance(step, ForceCancel)
        if self.ends()[0] <= self.seconds:
            fate = REFUSED if fate == TAKEN else fate
        if fate == TAKEN or (fate == LOST and self.heard):
            self.effects.append((self.seconds, self.forced_lasts if forced else self.lasts))
        (self.forced if forced else self.asked).append(Request(self.now(), fate, NOT_QUEUED if fate == REFUSED else ""))
        self.seconds += 0.2

    def stop(self) -> Done:
        operation: Operation[Seen, Cancel | ForceCancel] = Operation(self.observe, stopping.decide, self.act, stopping.after)
        return drive(operation, Story(self))


@given(
    fates=st.lists(st.sampled_from([TAKEN, LOST, REFUSED]), max_size=6),
    heard=st.booleans(),
    lasts=st.floats(0.0, 500.0),
    forced_lasts=st.floats(0.0, 100.0),
    by_itself=st.floats(0.0, 300.0),
    status=st.sampled_from(["queued", "in_progress", "waiting"]),
    within=st.none() | st.floats(0.0, 200.0),
    lag=st.floats(0.0, 10.0),
)
def test_what_is_called_ended_has_ended_and_it_is_over_in_time(
    fates: list[str], heard: bool, lasts: float, forced_lasts: float, by_itself: float, status: str, within: float | None, lag: float
) -> None:
    world = GitHub(fates, heard, lasts, forced_lasts, by_itself, status, within, lag)
    done = world.stop()
    assert (done.outcome == world.ends()[1]) if done.outcome else (done.why != "")
    assert done.outcome == "" or world.ends()[0] <= world.seconds
    assert world.seconds <= stopping.GRACE + stopping.LAST + 3 * stopping.LOOK_EVERY + 4
    assert within is None or world.seconds <= within + stopping.LOOK_EVERY + 1.5, "no look, and no request, after the time is up"
    kinds = [type(step) for _, step in world.sent]
    assert kinds == sorted(kinds, key=lambda kind: kind is ForceCancel), "by force comes last"
    assert kinds.count(Cancel) <= stopping.MOST_LOST + stopping.MOST_REFUSED
    assert len(set(world.sent)) == len(world.sent)


@given(ends_after=st.floats(0.0, 500.0), ends_after_force=st.floats(0.0, 100.0))
def test_a_run_that_is_asked_is_forced_once_after_the_grace(ends_after: float, ends_after_force: float) -> None:
    world = GitHub(lasts=ends_after, forced_lasts=ends_after_force)
    done = world.stop()
    assert [type(step) for _, step in world.sent] in ([Cancel], [Cancel, ForceCancel])
    assert all(later - sooner >= stopping.GRACE for (sooner, _), (later, _) in pairwise(world.sent))
    assert (done.outcome == "cancelled") == (world.ends()[0] <= world.seconds)


def test_a_lost_answer_is_asked_for_again_at_once() -> None:
    world = GitHub([LOST], heard=False)
    assert world.stop().outcome == "cancelled"
    assert [step for _, step in world.sent] == [Cancel(RUN, 1), Cancel(RUN, 2)]
    assert world.sent[1][0] < 0.5


def test_three_lost_answers_are_not_called_a_cancellation() -> None:
    world = GitHub([LOST] * 3, heard=False, within=4.0)
    done = world.stop()
    assert (done.outcome, len(world.sent)) == ("", 3)
    assert done.why == "it is not known whether GitHub received the cancellation: no response came"


@pytest.mark.parametrize("status", ["queued", "pending", "in_progress"])
def test_a_run_that_github_will_not_cancel_goes_on_and_that_is_said_within_seconds(status: str) -> None:
    world = GitHub([REFUSED] * 9, status=status)
    done = world.stop()
    assert done.outcome == ""
    assert done.why == f"it could not be cancelled, and continues: GitHub says '{NOT_QUEUED}'"
    assert world.seconds < 4
    forced = sum(isinstance(step, ForceCancel) for _, step in world.sent)
    assert forced == (0 if status == "in_progress" else 1), "what has begun is not forced at once"


def test_a_run_that_is_queued_meanwhile_is_cancelled() -> None:
    assert GitHub([REFUSED], status="queued").stop().outcome == "cancelled"


def test_a_run_that_has_ended_meanwhile_has_its_own_conclusion() -> None:
    world = GitHub(by_itself=0.0, lag=0.5)
    assert world.stop().outcome == "success"
    assert len(world.sent) == 1


def test_a_run_that_cleans_up_is_told_as_asked() -> None:
    done = GitHub(lasts=30.0, within=4.0).stop()
    assert done == Done("", "GitHub was asked to cancel it and it had not ended 4 s later")


def test_the_plan_asks_once() -> None:
    operation: Operation[Seen, Cancel | ForceCancel] = Operation(GitHub().observe, stopping.decide, lambda _: None, stopping.after)
    assert next(str(each) for each in plan(operation, GitHub().observe())) == f"cancel run {RUN}"
