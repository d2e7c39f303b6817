"""Writes that are stopped and let in again: every state, a run that is killed before and after every step, and what is true in all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from credex_actions.core.loop import Done, Refuse, Step, Wait
from credex_actions.rollout.around.writes import (
    CloseGate,
    Note,
    NoteGate,
    OpenGate,
    RemoveGateNote,
    Seen,
    Want,
    Way,
    after,
    decide_resume,
    decide_stop,
    way_of,
)

NOW = datetime(2026, 11, 29, 2, tzinfo=UTC)
GATES: list[Way] = ["read-only", "service"]


def want(way: Way = "service", run: str = "own", **changes: Any) -> Want:
    return Want(
        database="ledger", place="core", run=run, way=way, closing="core is scaled to 0", opening="core is scaled to {before}", **changes
    )


def moves(decide: Callable[[Seen], Any], seen: Seen) -> Iterator[tuple[Seen, Any]]:
    for _ in range(30):
        move = decide(seen)
        yield seen, move
        if isinstance(move, Done | Refuse):
            return
        seen = after(seen, move)
    raise AssertionError("it never ends")


def killed(decide: Callable[[Seen], Any], seen: Seen) -> Iterator[Seen]:
    """The world after each step, where a run may end."""
    yield seen
    for state, move in moves(decide, seen):
        if not isinstance(move, Done | Refuse):
            yield after(state, move)


BEGINNINGS = [
    Seen(now=NOW, note=note, state="closed" if closed else "2", closed=closed, busy=busy)
    for note, closed, busy in product((None, Note("dead", "2", None), Note("own", "2", None)), (False, True), ((), ("3 tasks",)))
]


@pytest.mark.parametrize("way", GATES)
def test_no_gate_is_closed_without_a_note_of_what_it_was_and_no_note_goes_while_it_is_closed(way: Way) -> None:
    for seen in BEGINNINGS:
        for decide in (decide_stop, decide_resume):
            for state, move in moves(partial(decide, want(way)), seen):
                if isinstance(move, CloseGate):
                    assert state.note == Note("own", "2", None)
                if isinstance(move, NoteGate):
                    assert move.before == "2", "a later run keeps what a dead one has noted"
                if isinstance(move, RemoveGateNote):
                    assert not state.closed
                if isinstance(move, OpenGate):
                    assert move.before == "2"


@pytest.mark.parametrize("way", GATES)
def test_wherever_a_run_is_killed_a_later_one_lets_writes_in_as_they_were(way: Way) -> None:
    open_gate = Seen(now=NOW, state="2", closed=False)
    for left in killed(partial(decide_stop, want(way)), open_gate):
        for at in killed(partial(decide_resume, want(way)), left):
            *_, (last, end) = moves(partial(decide_resume, want(way, run="later")), at)
            assert isinstance(end, Done)
            assert (last.note, last.closed, last.state) == (None, False, "2")
            *_, (stopped, end) = moves(partial(decide_stop, want(way, run="later")), at)
            assert isinstance(end, Done)
            assert stopped.closed
            *_, (last, _) = moves(partial(decide_resume, want(way, run="later")), stopped)
            assert (last.note, last.closed, last.state) == (None, False, "2")


@pytest.mark.parametrize("way", GATES)
def test_a_gate_that_somebody_else_had_closed_is_left_closed(way: Way) -> None:
    theirs = Seen(now=NOW, state="closed", closed=True)
    assert decide_stop(want(way), theirs) == Done("closed before", "nothing writes to ledger: core is scaled to 0 was so before")
    assert decide_resume(want(way), theirs) == Done("open")


def test_a_count_that_somebody_has_set_meanwhile_is_kept() -> None:
    seen = Seen(now=NOW, note=Note("own", "2", None), state="5", closed=False)
    assert decide_resume(want(), seen) == RemoveGateNote("core", "ledger")


@pytest.mark.parametrize("decide", [decide_stop, decide_resume])
def test_a_run_at_work_is_not_disturbed(decide: Callable[..., Any]) -> None:
    held = Note("other", "2", NOW + timedelta(minutes=2))
    for closed in (False, True):
        refused = decide(want(), Seen(now=NOW, note=held, state="2", closed=closed))
        assert isinstance(refused, Refuse)
        assert "the run other, which is at work" in refused.faults[0].what
        assert "from 02:02:00 UTC on" in refused.faults[0].hint


def test_what_is_in_progress_gets_its_time_and_no_more() -> None:
    closed = Seen(now=NOW, note=Note("own", "2", None), state="closed", closed=True, busy=("2 transactions (a, b)",), draining_since=NOW)
    assert decide_stop(want(), closed) == Wait("ledger: waiting for the end of 2 transactions (a, b)", 1.0)
    late = decide_stop(want(), replace(closed, now=NOW + timedelta(seconds=30)))
    assert late == Done(
        "stopped", "ledger: core is scaled to 0; after 30 s still in progress, and ended by the stop: 2 transactions (a, b)"
    )


@pytest.mark.parametrize("way", ["shutdown", "none"])
def test_where_there_is_no_gate_nothing_is_written(way: Way) -> None:
    for seen in BEGINNINGS:
        for decide in (decide_stop, decide_resume):
            assert not any(isinstance(move, Step) for _, move in moves(partial(decide, want(way)), seen))


def test_the_edition_decides_what_stopping_the_writes_means() -> None:
    assert way_of("stop-writes", "enterprise") == "read-only"
    assert way_of("stop-writes", "community") == "shutdown"
    assert way_of("service", "enterprise") == "service"
    assert way_of("none", "enterprise") == "none"
