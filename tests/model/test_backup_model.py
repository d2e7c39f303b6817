"""Every state that a backup, its undoing, a drill and its removal can get into, and what must be true in all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.aws.scratch.machine import Machine
from credex_actions.aws.tags import ROLL
from credex_actions.backup.drill import steps as drill
from credex_actions.backup.taking import dump_steps, stopping
from credex_actions.backup.taking import steps as taking
from credex_actions.backup.taking.downtime import Downtime
from credex_actions.core.loop import Done, Refuse, Wait

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SNAPSHOTS = [None, *(taking.Snapshot(id="snap-1", state=state) for state in ("pending", "completed", "error"))]


def want(quiesce: Any) -> taking.Want:
    return taking.Want(
        backup="b", name="ledger", instance="i-1", volume="vol-1", run="r", quiesce=quiesce, can_checkpoint=quiesce == "checkpoint",
        give_up=NOW + timedelta(hours=1),
    )  # fmt: skip


def worlds(quiesce: str = "stop") -> Iterator[taking.Seen]:
    """Also those that no run of ours leaves behind: a person, or another run, may have. Before a checkpoint the database runs: its fingerprint was read."""
    for checkpointed, stopped_by, running, answers, snapshot, transaction, noted in product(
        (False, True), ("", "r"), (False, True), (False, True), SNAPSHOTS, (None, 7), (None, 7)
    ):
        if answers <= running and (running or quiesce == "stop"):
            yield taking.Seen(
                now=NOW, checkpointed=checkpointed, stopped_by=stopped_by, running=running, answers=answers, down_since=None,
                snapshot=snapshot, transaction=transaction, noted=noted,
            )  # fmt: skip


def way(decide: Callable[[Any], Any], after: Callable[[Any, Any], Any], seen: Any) -> list[tuple[Any, Any]]:
    """The states on the way, with the move from each, to its end."""
    passed = []
    for _ in range(60):
        move = decide(seen)
        passed.append((seen, move))
        if isinstance(move, Done | Refuse):
            return passed
        seen = after(seen, move)
    raise AssertionError(f"it never ends: {[str(move) for _, move in passed[-6:]]}")


@pytest.mark.parametrize("quiesce", ["checkpoint", "stop"])
def test_a_backup_ends_from_wherever_it_begins_and_the_database_runs_then(quiesce: str) -> None:
    for seen in worlds(quiesce):
        *_, (last, end) = way(partial(taking.decide, want(quiesce)), taking.after, seen)
        if isinstance(end, Done):
            assert last.running
            assert last.snapshot.state == "completed"
            assert last.transaction is None or last.noted is not None
            assert quiesce == "checkpoint" or (last.answers and not last.stopped_by)
        else:
            assert last.snapshot.state == "error"
            assert quiesce == "checkpoint" or last.running


@pytest.mark.parametrize("quiesce", ["checkpoint", "stop"])
def test_no_database_is_stopped_without_a_note_and_no_clean_snapshot_is_taken_of_one_that_runs(quiesce: str) -> None:
    for seen in worlds(quiesce):
        for state, move in way(partial(taking.decide, want(quiesce)), taking.after, seen):
            if isinstance(move, stopping.StopDatabase):
                assert state.stopped_by == "r"
                assert quiesce == "stop"
            if isinstance(move, taking.TakeSnapshot):
                assert quiesce == "checkpoint" or (not state.running and state.stopped_by == "r")
            if isinstance(move, stopping.RemoveNote):
                assert state.running
                assert state.answers


def test_from_every_state_of_a_backup_the_way_back_leads_to_a_database_that_runs_and_bears_no_note() -> None:
    for seen in worlds():
        for state, _ in way(partial(taking.decide, want("stop")), taking.after, seen):
            *_, (last, end) = way(partial(stopping.back, want("stop")), taking.after, state)
            assert isinstance(end, Done)
            assert last.running
            assert last.answers
            assert not last.stopped_by


def test_another_run_that_stopped_the_database_is_not_interfered_with() -> None:
    for seen in worlds():
        if seen.snapshot is None:
            assert isinstance(taking.decide(want("stop"), replace(seen, stopped_by="another")), Refuse)


def test_nothing_is_noted_on_a_recovery_point_that_only_its_job_knows() -> None:
    for seen in worlds("checkpoint"):
        if seen.snapshot:
            move = taking.decide(want("checkpoint"), replace(seen, snapshot=replace(seen.snapshot, id="")))
            assert isinstance(move, Wait) or (isinstance(move, Refuse) and seen.snapshot.state == "error")


def test_a_database_that_does_not_come_back_is_not_waited_for_forever() -> None:
    seen = next(each for each in worlds() if each.running and not each.answers and each.snapshot)
    late = replace(seen, down_since=NOW - timedelta(hours=1), stopped_by="r")
    end = taking.decide(want("stop"), late)
    assert isinstance(end, Refuse)
    assert "did not come back" in end.faults[0].what


DUMP = dump_steps.WantDump(backup="b", database="neo4j", name="ledger", instance="i-1", place="s3://bucket/b.dump", run="r")


@pytest.mark.parametrize(
    ("state", "stops"), [("rolling", False), ("going-back", False), ("rolled", True), ("rolled-back", True), ("", True)]
)
def test_what_is_watched_after_a_swap_is_not_stopped_for_a_backup(state: str, stops: bool) -> None:
    """It would pass for a database that went wrong, and go back. A copy of one that runs is taken all the same."""
    tags = {ROLL: f"{state} r7 2026-11-28T12:00:00Z"} if state else {}
    context: Any = None
    downtime = Downtime(context, context, context)
    looking: Any = downtime
    looking._tags, looking.command = lambda: tags, lambda *_: SimpleNamespace(output="active\n")
    downtime.look()
    seen = taking.Seen(
        now=NOW, checkpointed=False, rolled_by=downtime.rolled_by, stopped_by="", running=True, answers=True, down_since=None, snapshot=None,
        transaction=None, noted=None,
    )  # fmt: skip
    dump = dump_steps.SeenDump(
        now=NOW, rolled_by=downtime.rolled_by, stopped_by="", running=True, answers=True, down_since=None, dumped=False, verified=False, tagged=False,
        removed=False,
    )  # fmt: skip
    for move in (taking.decide(want("stop"), seen), dump_steps.decide(DUMP, dump)):
        assert isinstance(move, Refuse) is not stops
        assert stops or "by r7 is half-done" in str(move)
    assert not isinstance(taking.decide(want("checkpoint"), seen), Refuse)


def dumps() -> Iterator[dump_steps.SeenDump]:
    yes_or_no = (False, True)
    for noted, running, answers, dumped, verified, tagged, removed in product(*[yes_or_no] * 7):
        if answers <= running:
            yield dump_steps.SeenDump(
                now=NOW, stopped_by="r" if noted else "", running=running, answers=answers, down_since=None, dumped=dumped, verified=verified,
                tagged=tagged, removed=removed,
            )  # fmt: skip


def test_a_dump_is_marked_as_a_backup_only_when_it_is_verified_and_the_database_runs_before_its_upload() -> None:
    for seen in dumps():
        for state, move in way(partial(dump_steps.decide, DUMP), dump_steps.after, seen):
            match move:
                case dump_steps.TagDump():
                    assert state.verified
                case dump_steps.Upload():
                    assert state.running
                    assert state.answers
                    assert not state.stopped_by
                case dump_steps.Dump():
                    assert not state.running
                    assert state.stopped_by == "r"
                case Done():
                    assert state.tagged
                    assert state.removed
                    assert state.running


def test_a_dump_does_not_interfere_with_another_run_that_stopped_the_database() -> None:
    for seen in dumps():
        if not seen.dumped:
            assert isinstance(dump_steps.decide(DUMP, replace(seen, stopped_by="another")), Refuse)


def test_from_every_state_of_a_dump_the_way_back_leads_to_a_database_that_runs() -> None:
    for seen in dumps():
        for state, _ in way(partial(dump_steps.decide, DUMP), dump_steps.after, seen):
            *_, (last, end) = way(partial(stopping.back, DUMP), dump_steps.after, state)
            assert isinstance(end, Done)
            assert last.answers
            assert not last.stopped_by


DRILL = drill.Want(backup="b", place="snap-1", run="r", loads=False, give_up=NOW + timedelta(hours=1))
STATES = ("pending", "running", "stopped", "shutting-down", "terminated")


def drills() -> Iterator[drill.Seen]:
    scratches = [None, *(Machine(instance="i-2", state=state, launched=NOW) for state in STATES)]
    for scratch, loaded, compared, consistent, recorded, launching, leftovers in product(
        scratches, (False, True), (None, False, True), (None, False, True), (False, True), (False, True), ((), ("vol-2",))
    ):
        yield drill.Seen(
            now=NOW, scratch=scratch, loaded=loaded, answers=compared is not None, why_not="", compared=compared, consistent=consistent,
            recorded=recorded, launching=launching, leftovers=leftovers,
        )  # fmt: skip


@pytest.mark.parametrize("loads", [False, True])
def test_a_drill_proves_only_what_was_compared_and_is_consistent(loads: bool) -> None:
    for seen in drills():
        if seen.recorded and (seen.compared is None or seen.consistent is None):
            continue
        for state, move in way(partial(drill.decide, replace(DRILL, loads=loads)), drill.after, seen):
            match move:
                case Done(outcome="proven"):
                    assert state.compared
                    assert state.consistent
                case drill.Record(verdict="proven"):
                    assert state.compared
                    assert state.consistent
                case drill.Launch():
                    assert state.scratch is None


def test_from_every_state_of_a_drill_nothing_is_left_at_the_end() -> None:
    for seen in drills():
        *_, (last, end) = way(drill.remove, drill.after, seen)
        assert isinstance(end, Done)
        assert last.scratch is None or last.scratch.state == "terminated"
        assert not last.leftovers
        assert not (last.scratch is None and last.launching)


def test_a_drill_that_takes_too_long_ends_without_a_verdict() -> None:
    late = next(
        each for each in drills() if each.scratch and each.scratch.state == "running" and each.compared is None and not each.recorded
    )
    end = drill.decide(DRILL, replace(late, now=NOW + timedelta(hours=2), why_not="connection refused"))
    assert isinstance(end, Refuse)
    assert "connection refused" in end.faults[0].what


def test_waiting_is_for_what_changes_by_itself() -> None:
    for seen in drills():
        move = drill.decide(DRILL, seen)
        if isinstance(move, Wait):
            assert seen.scratch
            assert seen.scratch.state in {"pending", "running"}
