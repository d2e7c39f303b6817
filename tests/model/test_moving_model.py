"""Data that move off the root volume: a run that is killed before and after every step, also half-way on the instance, and what must be true in all states."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from credex_actions.core.loop import Done, Refuse, Wait
from credex_actions.rollout.moving.deciding import back, decide, nothing_written, prepare
from credex_actions.rollout.moving.steps import (
    CopyData,
    Format,
    NoteMoved,
    RemoveNote,
    StartDatabase,
    StopDatabase,
    SwitchBack,
    SwitchOver,
)
from credex_actions.rollout.moving.world import Place, Seen, Volume, Want, after

NOW = datetime(2026, 11, 29, 2, tzinfo=UTC)
FRESH = Seen(now=NOW, volume=None, place=Place())


def want(run: str = "own", **changes: Any) -> Want:
    usual = {
        "name": "ledger", "instance": "i-1", "zone": "a", "size": 20, "device": "/dev/sdf", "kept": "/data.on-root", "run": run,
        "give_up": NOW + timedelta(hours=1),
    }  # fmt: skip
    return Want(**{**usual, **changes})


def moves(by: Callable[[Seen], Any], seen: Seen) -> Iterator[tuple[Seen, Any]]:
    for _ in range(60):
        move = by(seen)
        yield seen, move
        if isinstance(move, Done | Refuse):
            return
        seen = after(seen, move)
    raise AssertionError("it never ends")


def forgotten(seen: Seen) -> Seen:
    """As the next run sees it: what this run knew by itself is gone, and its lease is over."""
    return replace(seen, now_is="", answers=True, started=None, proven=None, held=None, place=replace(seen.place, copied=False))


def halfway(seen: Seen, move: Any) -> Iterator[Seen]:
    """Where a script may be cut off on the instance."""
    if isinstance(move, SwitchOver):
        yield replace(seen, place=replace(seen.place, staged=False))
        yield replace(seen, place=replace(seen.place, staged=False, kept=True))
    if isinstance(move, SwitchBack):
        yield replace(seen, place=replace(seen.place, mounted=False))


def killed(by: Callable[[Seen], Any], seen: Seen) -> list[Seen]:
    """Every state that a run which is killed may leave."""
    left = [seen]
    for state, move in moves(by, seen):
        if not isinstance(move, Done | Refuse):
            left += [after(state, move), *halfway(state, move)]
    return [forgotten(each) for each in left]


def left_by_runs() -> list[Seen]:
    once = killed(partial(decide, want("dead")), FRESH)
    went_back = [each for seen in once for failed in (False, True) for each in killed(partial(back, want("dead"), failed=failed), seen)]
    return once + went_back


def served(seen: Seen) -> Seen:
    """`neo4j-backup --mode sweep`, or a person, has started the database meanwhile, wherever systemd lets it."""
    blocked = seen.place.kept and not seen.place.mounted
    return seen if blocked else replace(seen, place=replace(seen.place, running=True))


def test_a_move_ends_with_the_database_on_its_volume() -> None:
    *way, (last, end) = moves(partial(decide, want()), FRESH)
    assert end == Done("moved", "the volume")
    assert (last.place.mounted, last.place.running, last.noted) == (True, True, "")
    order = [type(move) for _, move in way if not isinstance(move, Wait)]
    assert order.index(StopDatabase) < order.index(CopyData) < order.index(SwitchOver) < order.index(StartDatabase) < order.index(NoteMoved)


@pytest.mark.parametrize("meanwhile", [lambda seen: seen, served], ids=["alone", "started-by-others"])
def test_wherever_a_run_is_killed_the_next_one_ends_it(meanwhile: Callable[[Seen], Seen]) -> None:
    for left in left_by_runs():
        *_, (last, end) = moves(partial(decide, want("later")), meanwhile(left))
        assert isinstance(end, Done), (left, end)
        assert (last.place.mounted, last.place.kept, last.place.running, last.noted) == (True, True, True, "")


def test_wherever_a_run_is_killed_the_next_one_can_go_back_and_the_database_runs() -> None:
    for left in left_by_runs():
        for failed in (False, True):
            *_, (last, end) = moves(partial(back, want("later"), failed=failed), left)
            assert isinstance(end, Done), left
            assert last.place.running
            assert last.noted in {"", left.noted}
            assert last.place.mounted == last.place.kept, "no half-way state is left"


def test_what_was_copied_before_the_database_ran_again_is_copied_again() -> None:
    for left in left_by_runs():
        copied = False
        for state, move in moves(partial(decide, want("later")), served(left)):
            copied = copied or isinstance(move, CopyData)
            if isinstance(move, SwitchOver):
                assert copied or state.place.kept, "kept: systemd has not let it start since it was copied"


def test_the_database_is_noted_before_it_stops_and_nothing_is_switched_while_it_runs() -> None:
    for left in [*left_by_runs(), *map(served, left_by_runs())]:
        for by in (partial(decide, want("later")), partial(back, want("later"), failed=True), partial(back, want("later"), failed=False)):
            for state, move in moves(by, left):
                if isinstance(move, StopDatabase | StartDatabase | CopyData | SwitchOver | SwitchBack):
                    assert state.noted == "later"
                if isinstance(move, CopyData | SwitchOver | SwitchBack):
                    assert not state.place.running
                if isinstance(move, CopyData):
                    assert state.volume
                    assert state.volume.before
                    assert not state.place.kept
                if isinstance(move, Format):
                    assert not state.place.kept
                if isinstance(move, NoteMoved):
                    assert state.proven == ""
                if isinstance(move, RemoveNote):
                    assert state.place.running
                    assert state.answers


def test_it_is_prepared_while_the_database_serves() -> None:
    *way, (last, end) = moves(partial(prepare, want()), FRESH)
    assert end == Done("prepared")
    assert last.place.staged
    assert all(state.place.running and not state.noted for state, _ in way)


MOUNTED = replace(FRESH, volume=Volume(id="vol-1", state="in-use", at="i-1", attached=True, before="f"), noted="own",
                  place=Place(device=True, mounted=True, kept=True))  # fmt: skip


def test_a_database_that_does_not_come_back_goes_back_to_the_root_volume() -> None:
    late = replace(MOUNTED, answers=False, started=NOW, now=NOW + timedelta(minutes=11))
    refused = decide(want(), late)
    assert isinstance(refused, Refuse)
    assert "ledger did not come back from vol-1" in refused.faults[0].what
    names = [type(move).__name__ for _, move in moves(partial(back, want(), failed=True), late)]
    assert [name for name in names if name != "Wait"] == ["StopDatabase", "SwitchBack", "StartDatabase", "RemoveNote", "Done"]


def test_what_was_moved_once_never_goes_back_to_the_copy_on_the_root_volume() -> None:
    """Days later the database is down, and somebody runs the same command again."""
    assert MOUNTED.volume
    moved = replace(MOUNTED, volume=replace(MOUNTED.volume, moved=True), answers=False, started=NOW, now=NOW + timedelta(minutes=11))
    assert isinstance(decide(want(), moved), Refuse)
    end = back(want(), moved, failed=True)
    assert isinstance(end, Refuse)
    assert "did not come back from vol-1" in end.faults[0].what
    unmounted = replace(moved, place=replace(moved.place, mounted=False, running=False))
    assert back(want(), unmounted, failed=False) == StartDatabase("i-1", "vol-1")


def test_it_goes_back_only_if_this_run_has_mounted_the_volume_and_bolt_never_responded() -> None:
    switched = SwitchOver("ledger", "vol-1", "/data.on-root")
    assert nothing_written([StopDatabase("i-1"), switched], answered=False)
    assert not nothing_written([StopDatabase("i-1"), switched], answered=True)
    assert not nothing_written([StopDatabase("i-1"), StartDatabase("i-1", "vol-1")], answered=False)


def test_one_that_is_another_database_there_is_a_mismatch() -> None:
    refused = decide(want(), replace(MOUNTED, proven="another database, and it is empty"))
    assert isinstance(refused, Refuse)
    assert "is: another database, and it is empty" in refused.faults[0].what


def test_trouble_with_aws_does_not_take_back_what_may_have_been_written_to() -> None:
    names = [type(move).__name__ for _, move in moves(partial(back, want(), failed=False), MOUNTED)]
    assert names == ["RemoveNote", "Done"]


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (replace(FRESH, noted="other", held=NOW + timedelta(minutes=1)), "the run other, which is at work"),
        (replace(FRESH, volume=Volume(id="vol-1", state="in-use", at="i-2")), "is attached to i-2"),
        (replace(FRESH, volume=Volume(id="vol-1", state="error")), "vol-1 for ledger is error"),
        (replace(FRESH, now=NOW + timedelta(hours=2)), "timed out: the data of ledger were not moved; it runs from the root volume"),
        (
            replace(FRESH, volume=Volume(id="vol-1", state="in-use", at="i-1", attached=True), place=Place(device=True, staged=True, running=False)),
            "is stopped, and what it was before is not known",
        ),
    ],
)  # fmt: skip
def test_it_stops_where_it_cannot_know_better(seen: Seen, says: str) -> None:
    refused = decide(want(), seen)
    assert isinstance(refused, Refuse)
    assert says in refused.faults[0].what
