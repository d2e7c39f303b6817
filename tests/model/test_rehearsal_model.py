"""Every state that a rehearsal and its removal can get into, and what must be true in all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from credex_actions.aws.scratch.machine import Machine
from credex_actions.core.loop import Done, Refuse, Step, Wait
from credex_actions.rollout.rehearsal import steps
from credex_actions.rollout.rehearsal.steps import Seen, Want

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WANT = Want(backup="b", place="snap-1", image="ami-2", run="r", give_up=NOW + timedelta(hours=1))
STATES = ("pending", "running", "stopping", "stopped", "shutting-down", "terminated")


def worlds() -> Iterator[Seen]:
    """Also those that no run of ours leaves behind: a person may have."""
    machines = [None, *(Machine(instance="i-2", state=state, launched=NOW) for state in STATES)]
    for machine, stopped, inspected, compared, consistent, launching, leftovers in product(
        machines, ("", "Unrecognized setting"), (0, 1), (None, False, True), (None, False, True), (False, True), ((), ("vol-2",))
    ):
        if (compared is not None or consistent is None) and not (stopped and compared is not None) and (machine or compared is None):
            yield Seen(
                now=NOW, machine=machine, since=NOW if machine and machine.state == "running" else None, answers=compared is not None,
                stopped=stopped, inspected=inspected, inspected_at=NOW if inspected else None, compared=compared, consistent=consistent,
                launching=launching, leftovers=leftovers,
            )  # fmt: skip


def way(decide: Callable[[Seen], Any], seen: Seen) -> list[tuple[Seen, Any]]:
    """The states on the way, with the move from each, to its end."""
    passed = []
    for _ in range(60):
        move = decide(seen)
        passed.append((seen, move))
        if isinstance(move, Done | Refuse):
            return passed
        seen = steps.after(seen, move)
    raise AssertionError(f"it never ends: {[str(move) for _, move in passed[-6:]]}")


rehearse = partial(steps.decide, WANT)


def test_only_what_was_compared_is_consistent_and_runs_has_passed() -> None:
    for seen in worlds():
        for state, move in way(rehearse, seen):
            match move:
                case steps.Note(verdict="passed") | Done(outcome="passed"):
                    assert state.compared
                    assert state.consistent
                    assert not state.stopped
                case steps.CheckConsistency():
                    assert state.compared is not None  # what stops Neo4j comes after what asks it
                    assert state.machine
                    assert state.machine.state == "running"
                case steps.Launch():
                    assert state.machine is None


def test_a_database_that_does_not_run_fails_without_a_look_at_its_store() -> None:
    for seen in worlds():
        if seen.stopped and seen.machine and seen.machine.state in {"pending", "running"}:
            moves = [move for _, move in way(rehearse, seen) if isinstance(move, Step)]
            assert moves == [steps.Note("snap-1", "ami-2", "failed")]


def test_from_every_state_nothing_is_left_at_the_end() -> None:
    for seen in worlds():
        for state, _ in way(rehearse, seen):
            *_, (last, end) = way(steps.remove, state)
            assert end == Done("removed")
            assert last.machine is None or last.machine.state == "terminated"
            assert not last.leftovers
            assert not (last.machine is None and last.launching)


def test_a_clone_that_is_silent_is_looked_after_again_and_again_but_not_for_ever() -> None:
    running = Machine(instance="i-2", state="running", launched=NOW)
    silent = Seen(now=NOW, machine=running, since=NOW, why_not="connection refused")
    assert isinstance(rehearse(silent), Wait)
    later = replace(silent, now=NOW + steps.INSPECTED_FIRST)
    assert rehearse(later) == steps.Inspect("i-2", 1)
    looked = steps.after(later, steps.Inspect("i-2", 1))
    assert isinstance(rehearse(looked), Wait)
    assert rehearse(replace(looked, now=looked.now + steps.INSPECTED_EVERY)) == steps.Inspect("i-2", 2)
    end = rehearse(replace(looked, now=WANT.give_up))
    assert isinstance(end, Refuse)
    assert "connection refused" in end.faults[0].what


def test_nothing_is_waited_for_for_ever() -> None:
    for seen in worlds():
        assert not isinstance(rehearse(replace(seen, now=WANT.give_up)), Wait)


def test_the_way_of_a_rehearsal_from_nothing() -> None:
    sent = [str(move) for _, move in way(rehearse, Seen(now=NOW, machine=None)) if isinstance(move, Step)]
    assert sent == [
        "launch a scratch instance of ami-2 with b",
        "check the consistency of the store on the scratch instance",
        "note on snap-1: the rehearsal with ami-2 passed",
    ]
