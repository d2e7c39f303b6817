"""User data changed with a roll, and changed back: cut off before and after every step, continued, undone and turned round."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from credex_actions.core.faults import Exit
from credex_actions.core.loop import Done, Refuse, Wait
from credex_actions.rollout.back import deciding, preparing
from credex_actions.rollout.back import world as back
from credex_actions.rollout.swap import deciding as swap_deciding
from credex_actions.rollout.swap import steps as swap
from credex_actions.rollout.swap import world as swap_world
from credex_actions.rollout.swap.note import Note, State
from credex_actions.rollout.user_data import steps as user_data
from tests.model.test_roll_model import CHANGED, NOW, SAME, GoingBack, Rolling, at_first, check_back, note_of, on_new, want_swap, well

OLD, NEW = "0" * 64, "1" * 64


def with_user_data(note: Note) -> Note:
    return replace(note, old=replace(note.old, user_data=OLD), new=replace(note.new, user_data=NEW))


class Changing(Rolling):
    def note(self, name: str) -> Note:
        return with_user_data(super().note(name))


def begun() -> swap_world.Seen:
    return replace(at_first(), user_data=OLD)


def all_cuts() -> list[tuple[int, str]]:
    """The way is longer by a restart."""
    return [*product(range(26), ("before", "after"))]


def cut_off(version: Any, number: int, when: str) -> tuple[Changing, Any]:
    world = Changing(version, begun())
    return world, world.run("one", lambda at, side: (at, side) == (number, when))


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
def test_a_roll_with_new_user_data_that_is_cut_off_anywhere_is_continued(version: Any) -> None:
    for first, second in product(all_cuts(), all_cuts()[::3]):
        world = Changing(version, begun())
        for name, (number, when) in (("one", first), ("two", second)):
            end = world.run(name, lambda at, side, n=number, w=when: (at, side) == (n, w))  # type: ignore[misc]
            if end is not None:
                break
        if end is None:
            end = world.run("three")
        assert end == Done("current")
        well(world.seen)
        assert world.seen.user_data == NEW


def test_as_long_as_nothing_is_replaced_what_undoes_ends_with_a_database_that_runs() -> None:
    """Where the user data were changed already the note stays: a database that runs from other user data than its instance has is not forgotten."""
    for number, when in all_cuts():
        world, _ = cut_off(SAME, number, when)
        before = world.seen
        if before.swapped or before.task is not None:
            continue
        assert world.undo("one") == Done("left")
        assert (world.seen.running, world.seen.answers, world.seen.stopped, world.seen.state) == (True, True, False, "running")
        assert (world.seen.note is None) == (before.user_data == OLD)
        if world.seen.note:
            assert world.run("two") == Done("current")
            well(world.seen)


def on_new_with(version: Any, state: State = "rolled") -> back.Seen:
    seen = on_new(version, state)
    assert seen.note
    return replace(seen, note=with_user_data(seen.note), user_data=NEW)


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
@pytest.mark.parametrize("state", ["rolled", "rolling"])
def test_a_rollback_that_is_cut_off_anywhere_ends_with_the_old_user_data(version: Any, state: State) -> None:
    for first, second in product(product(range(34), ("before", "after")), product(range(0, 34, 3), ("after",))):
        world = GoingBack(version, on_new_with(version, state))
        for name, (number, when) in (("two", first), ("three", second)):
            end = world.run(name, lambda at, side, n=number, w=when: (at, side) == (n, w))  # type: ignore[misc]
            if end is not None:
                break
        if end is None:
            end = world.run("four")
        assert end == Done("rolled-back")
        assert (world.seen.user_data, world.seen.root, world.seen.answers, world.seen.stopped) == (OLD, "vol-old", True, False)


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
def test_a_roll_that_is_cut_off_anywhere_can_be_turned_round(version: Any) -> None:
    for number, when in all_cuts():
        rolling, end = cut_off(version, number, when)
        if end is not None:
            continue
        cut = rolling.seen
        assert cut.user_data == OLD or cut.user_data_kept
        seen = back.Seen(
            now=NOW, note=cut.note, stopped=cut.stopped, state=cut.state, root=cut.root, old_root="available", kept=False, data=True,
            data_found=True, data_kept=False, running=cut.running, answers=cut.answers, task=cut.task, user_data=cut.user_data,
        )  # fmt: skip
        world = GoingBack(version, seen)
        assert world.run("two") == Done("rolled-back")
        assert (world.seen.root, world.seen.user_data, world.seen.stopped) == ("vol-old", OLD, False)
        assert world.seen.answers or cut.note is None


@pytest.mark.parametrize("has", [OLD, NEW])
def test_a_roll_that_replaced_nothing_and_is_turned_round_without_success_leaves_an_instance_that_runs(has: str) -> None:
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    note = with_user_data(note_of("two", SAME))
    for state in ("running", "stopping", "stopped", "pending"):
        seen = replace(on_new_with(SAME), note=note, root="vol-old", stopped=True, state=state, running=False, answers=False, user_data=has)
        for _ in range(12):
            move = preparing.undo(want, seen, "")
            if isinstance(move, Done | Refuse):
                break
            seen = deciding.after_note(want, seen, move)
        assert move == Done("left")
        assert (seen.state, seen.running, seen.stopped) == ("running", True, False)
        assert seen.note == note


def test_a_database_that_is_stopped_to_turn_a_roll_round_is_noted_as_stopped() -> None:
    for number, when in all_cuts():
        rolling, end = cut_off(SAME, number, when)
        if end is None and rolling.seen.note and not rolling.seen.swapped and rolling.seen.user_data == NEW and rolling.seen.task is None:
            seen = replace(on_new_with(SAME), note=rolling.seen.note, root="vol-old", stopped=False, state="running")
            want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
            assert isinstance(deciding.decide(want, seen), swap.TakeOver)


def test_the_way_there_stops_the_instance_once_and_takes_the_snapshot_after_that() -> None:
    world, seen = Changing(SAME, begun()), begun()
    steps: list[str] = []
    for _ in range(60):
        move = swap_deciding.decide(want_swap("one", SAME), seen)
        if isinstance(move, Done | Refuse):
            break
        steps.append(type(move).__name__)
        seen = swap_world.after_note(want_swap("one", SAME), world.note("one"), seen, move)
    assert [step for step in steps if step != "Wait"] == [
        "NoteRoll", "KeepUserData", "StopBeforeRestart", "StopInstance", "SetUserData", "StartInstance", "NoteRestarted", "StopDatabase", "TakeSnapshot",
        "KeepRoot", "ReplaceRoot", "RemoveStop",
    ]  # fmt: skip


def test_user_data_that_somebody_else_has_set_are_left_alone() -> None:
    seen = replace(begun(), note=with_user_data(note_of("one", SAME)), stopped=True, user_data="2" * 64)
    end = swap_deciding.decide(want_swap("one", SAME), seen)
    assert isinstance(end, Refuse)
    assert (end.code, "somebody else has changed them" in end.faults[0].what) == (Exit.REMOTE, True)


def test_a_database_that_does_not_respond_after_the_restart_is_not_moved() -> None:
    seen = replace(
        begun(), note=with_user_data(note_of("one", SAME)), stopped=True, user_data=NEW, answers=False, down_since=NOW, why_not="no route"
    )  # fmt: skip
    want = want_swap("one", SAME)
    end = swap_deciding.decide(replace(want, start_within=-1), seen)
    assert isinstance(end, Refuse)
    assert "i-1 was restarted to change its user data, and Neo4j 5.26.0 does not respond (no route)" in end.faults[0].what


def test_without_the_old_user_data_nothing_is_begun_that_could_not_end() -> None:
    seen = replace(on_new_with(SAME), user_data_known=False)
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    end = deciding.decide(want, seen)
    assert isinstance(end, Refuse)
    assert f"{OLD[:12]}, are not in the launch template credex-user-data-ledger-{OLD}" in end.faults[0].what
    by_hand = replace(seen, user_data=OLD)
    check_back(by_hand, deciding.decide(want, by_hand))
    assert not isinstance(deciding.decide(want, by_hand), Refuse)


@pytest.mark.parametrize(
    ("state", "has", "stays"),
    [("stopped", NEW, "rolled"), ("stopped", OLD, "going-back"), ("running", NEW, "rolled"), ("running", OLD, "going-back")],
)
def test_a_rollback_that_replaced_nothing_leaves_an_instance_that_runs(state: str, has: str, stays: str) -> None:
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    note = with_user_data(note_of("two", SAME, "going-back", root="vol-new"))
    seen = replace(on_new_with(SAME), note=note, stopped=True, state=state, running=False, answers=False, user_data=has)
    for _ in range(12):
        move = preparing.undo(want, seen, "rolled")
        if isinstance(move, Done | Refuse):
            break
        seen = deciding.after_note(want, seen, move)
    assert move == Done("left")
    assert seen.note
    assert (seen.state, seen.running, seen.stopped, seen.note.state) == ("running", True, False, stays)


def test_every_step_says_what_it_changes() -> None:
    assert str(user_data.StopInstance("i-1", "user data")) == "stop i-1, to change its user data"
    assert str(user_data.StopInstance("i-1")) == "stop i-1, to change its data volume"


def test_another_database_after_the_restart_is_not_moved_and_takes_no_writes() -> None:
    """A volume that the first boot alone mounts is missing after the restart: Neo4j then runs with an empty store on the root volume."""
    note = with_user_data(note_of("one", SAME))
    seen = replace(begun(), note=note, stopped=True, user_data=NEW, answers=False, another="another database")
    want = want_swap("one", SAME)
    end = swap_deciding.decide(want, seen)
    assert isinstance(end, Refuse)
    assert (end.code, end.faults[0].what.startswith("mismatch: ledger")) == (Exit.FAILED, True)
    assert swap_deciding.undo(want, seen) == swap.StopDatabase("i-1")
    stopped = swap_world.after(seen, swap.StopDatabase("i-1"))
    assert swap_deciding.undo(want, stopped) == swap.LeaveStopped("i-1")  # a sweep starts what is noted as stopped by a run that is over
    assert swap_deciding.undo(want, swap_world.after(stopped, swap.LeaveStopped("i-1"))) == Done("left")


def test_a_run_that_continues_after_the_restart_stops_nothing_before_the_database_has_proven_itself() -> None:
    note = with_user_data(note_of("one", SAME))
    seen = replace(begun(), note=note, user_data=NEW, answers=False)
    want = want_swap("two", SAME)
    assert swap_deciding.decide(want, seen) == swap.TakeOver("i-1", "one")
    taken = swap_world.after_note(want, note, seen, swap.TakeOver("i-1", "one"))
    assert isinstance(swap_deciding.decide(want, taken), Wait)
    assert swap_deciding.decide(want, replace(taken, answers=True)) == user_data.NoteRestarted("i-1")
    another = replace(taken, another="another database, and it is empty")
    end = swap_deciding.decide(want, another)
    assert isinstance(end, Refuse)
    assert "Neo4j is stopped again" in end.faults[0].hint
    assert swap_deciding.undo(want, another) == swap.StopDatabase("i-1")


def test_a_roll_is_not_turned_round_to_another_database() -> None:
    seen = replace(on_new_with(SAME), note=with_user_data(note_of("one", SAME)), root="vol-old", user_data=OLD)
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    assert isinstance(deciding.decide(want, seen), Wait)  # it responds, and has not proven itself
    assert deciding.decide(want, replace(seen, wrong="")) == swap.ForgetRoll("i-1")
    end = deciding.decide(want, replace(seen, wrong="another database, and it is empty"))
    assert isinstance(end, Refuse)
    assert (end.code, end.faults[0].what.startswith("mismatch: ledger")) == (Exit.FAILED, True)
