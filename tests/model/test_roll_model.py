"""A roll and a rollback, cut off before and after every step, continued and turned round: how they can end, and what must be true on the way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from credex_actions.core.faults import Exit
from credex_actions.core.loop import Done, Refuse, Step, Wait
from credex_actions.neo4j.fingerprint import Tag
from credex_actions.rollout.back import deciding, preparing
from credex_actions.rollout.back import steps as back_steps
from credex_actions.rollout.back import world as back
from credex_actions.rollout.swap import deciding as swap_deciding
from credex_actions.rollout.swap import steps as swap
from credex_actions.rollout.swap import world as swap_world
from credex_actions.rollout.swap.note import Note, Side, State
from credex_actions.rollout.user_data.steps import StartInstance
from credex_actions.rollout.versions.version import Version

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE = Tag(id="S", transaction=7, nodes=3, relationships=1, content="0" * 32, basis="exact")
OLD = Side(image="ami-old", version=Version(5, 26, 0), root="vol-old")
SAME, CHANGED = Version(5, 26, 16), Version(2025, 10, 1)


def note_of(run: str, version: Version, state: State = "rolling", root: str = "") -> Note:
    new = Side(image="ami-new", version=version, root=root)
    return Note(state=state, run=run, since=NOW, old=OLD, new=new, volume="vol-data", backup=f"b-{run}", before=BEFORE)


def want_swap(run: str, version: Version) -> swap_world.Want:
    return swap_world.Want(
        name="ledger", instance="i-1", volume="vol-data", run=run, old="ami-old", new="ami-new", version=str(version), backup=f"b-{run}",
        give_up=NOW + timedelta(hours=1),
    )  # fmt: skip


def at_first() -> swap_world.Seen:
    return swap_world.Seen(
        now=NOW,
        note=None,
        stopped=False,
        state="running",
        root="vol-old",
        swapped=False,
        current=False,
        kept=False,
        running=True,
        answers=True,
    )


class Rolling:
    """Moves as the loop does; what happens to a run's memory when it ends, happens to it."""

    def __init__(self, version: Version, seen: swap_world.Seen) -> None:
        self.version = version
        self.seen = seen

    def run(self, name: str, cut: Callable[[int, str], bool] = lambda _number, _when: False) -> Any:
        """Its end; None if it was cut off."""
        want = want_swap(name, self.version)
        self.seen = replace(self.seen, wrong=None, down_since=None, timed=False)
        if self.seen.note and not self.seen.swapped and self.seen.snapshot is None:
            self.seen = replace(
                self.seen, running=self.seen.state in {"running", "pending"}
            )  # it may: nobody has waited for the end of its stop
        for number in range(60):
            move = swap_deciding.decide(want, self.seen)
            check_roll(want, self.seen, move)
            if move == Done("back"):  # now it is watched, and runs well
                want = replace(want, baked=True)
                continue
            if isinstance(move, Done | Refuse):
                return move
            if isinstance(move, Step) and cut(number, "before"):
                return None
            self.seen = swap_world.after_note(want, self.note(name), self.seen, move)
            if isinstance(move, Step) and cut(number, "after"):
                return None
        raise AssertionError("it never ends")

    def note(self, name: str) -> Note:
        return note_of(name, self.version)

    def undo(self, name: str) -> Any:
        self.seen = replace(self.seen, running=self.seen.running and self.seen.answers)
        for _ in range(60):
            move = swap_deciding.undo(want_swap(name, self.version), self.seen)
            if isinstance(move, Done | Refuse):
                return move
            self.seen = swap_world.after_note(want_swap(name, self.version), self.note(name), self.seen, move)
        raise AssertionError("it never ends")


def check_roll(want: swap_world.Want, seen: swap_world.Seen, move: object) -> None:
    """What must be true of each move."""
    if isinstance(move, Step) and not isinstance(move, swap.NoteRoll | swap.TakeOver):
        assert seen.note
        assert seen.note.run == want.run  # nothing is written below another run's note
    match move:
        case swap.StopDatabase():
            assert seen.stopped
            assert seen.note
            assert seen.note.unfinished
            assert not seen.swapped
            assert (
                seen.note.restarted or not seen.note.changes_user_data
            )  # whoever was restarted has proven itself before it is stopped for good
        case swap.TakeSnapshot():
            assert not seen.running
            assert not seen.swapped
        case swap.ReplaceRoot():
            assert not seen.running
            assert seen.timed  # no timer of a run that was killed starts it meanwhile
            assert seen.kept
            assert seen.snapshot
            assert seen.note
            assert seen.note.same_store or seen.snapshot.state == "completed"
            assert not seen.note.changes_user_data or seen.user_data == seen.note.new.user_data  # its first boot runs them
        case swap.NoteRolled():
            assert seen.swapped
            assert seen.answers
            assert seen.wrong == ""
            assert want.baked
            assert not seen.stopped
        case swap.ForgetRoll():
            raise AssertionError("only what undoes forgets")


def cuts() -> Iterator[tuple[int, str]]:
    return iter(product(range(16), ("before", "after")))


def well(seen: swap_world.Seen) -> None:
    assert seen.swapped
    assert seen.answers
    assert not seen.stopped
    assert seen.note
    assert seen.note.state == "rolled"


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
def test_a_roll_that_is_cut_off_anywhere_is_continued(version: Version) -> None:
    for first, second in product(cuts(), cuts()):
        world = Rolling(version, at_first())
        for name, (number, when) in (("one", first), ("two", second)):
            end = world.run(name, lambda at, side, n=number, w=when: (at, side) == (n, w))  # type: ignore[misc]
            if end is not None:
                break
        if end is None:
            end = world.run("three")
        assert end == Done("current")
        well(world.seen)


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
def test_as_long_as_nothing_is_replaced_what_undoes_ends_with_a_database_that_runs_and_no_note(version: Version) -> None:
    for number, when in cuts():
        world = Rolling(version, at_first())
        world.run("one", lambda at, side, n=number, w=when: (at, side) == (n, w))  # type: ignore[misc]
        before = world.seen
        assert world.undo("one") == Done("left")
        if before.swapped or before.task is not None:
            assert replace(world.seen, running=before.running) == before
        else:
            assert world.seen.note is None
            assert world.seen.running
            assert world.seen.answers
            assert not world.seen.stopped


def test_an_end_without_a_database_that_responds_says_so() -> None:
    late = NOW - timedelta(hours=1)
    note = note_of("one", SAME)
    down: list[tuple[dict[str, Any], Exit, str]] = [
        ({"swapped": True, "root": "vol-new", "down_since": late, "running": True, "answers": False}, Exit.FAILED, "did not come back"),
        ({"root": "", "task": swap_world.Task(id="t", state="failed-detached")}, Exit.FAILED, "is down: i-1 has no root volume"),
        ({"state": "stopped", "running": False, "answers": False}, Exit.REMOTE, "is down: its instance i-1 is stopped"),
        ({"swapped": True, "root": "vol-new", "wrong": "another database"}, Exit.FAILED, "mismatch"),
        ({"task": swap_world.Task(id="t", state="failed"), "running": False}, Exit.FAILED, "the old one is still attached"),
        ({"snapshot": swap_world.Snapshot(id="s", state="error"), "running": False}, Exit.REMOTE, "the snapshot s of ledger failed"),
        ({"snapshot": swap_world.Snapshot(id="s", state="completed")}, Exit.REMOTE, "was started by somebody else"),
    ]
    for changes, code, words in down:
        end = swap_deciding.decide(want_swap("one", SAME), replace(at_first(), note=note, **changes))
        assert isinstance(end, Refuse), changes
        assert end.code is code
        assert words in end.faults[0].what


def test_another_target_is_refused_as_long_as_one_is_half_done() -> None:
    other = replace(want_swap("two", SAME), new="ami-newer")
    end = swap_deciding.decide(other, replace(at_first(), note=note_of("one", SAME)))
    assert isinstance(end, Refuse)
    assert "half-way to ami-new" in end.faults[0].what
    assert "--image ami-new" in end.faults[0].hint


@pytest.mark.parametrize("run", ["one", "two"])
def test_what_is_another_database_than_was_noted_is_not_moved_and_its_note_is_not_written_over(run: str) -> None:
    end = swap_deciding.decide(
        want_swap(run, SAME), replace(at_first(), note=note_of("one", SAME), answers=False, another="another database")
    )
    assert isinstance(end, Refuse)
    assert (end.code, end.faults[0].what.startswith("mismatch: ledger")) == (Exit.FAILED, True)
    assert "Neo4j runs, and takes writes" in end.faults[0].hint


class GoingBack:
    def __init__(self, version: Version, seen: back.Seen) -> None:
        self.version = version
        self.seen = seen

    def run(self, name: str, cut: Callable[[int, str], bool] = lambda _number, _when: False) -> Any:
        snapshot = "snap-1" if self.version == CHANGED and not self._before() else ""
        want = back.Want(name="ledger", instance="i-1", run=name, snapshot=snapshot)
        self.seen = replace(self.seen, wrong=None, down_since=None)
        for number in range(80):
            move = deciding.decide(want, self.seen)
            check_back(self.seen, move)
            if isinstance(move, Done | Refuse):
                return move
            if isinstance(move, Step) and cut(number, "before"):
                return None
            self.seen = deciding.after_note(want, self.seen, move)
            if isinstance(move, Step) and cut(number, "after"):
                return None
        raise AssertionError("it never ends")

    def _before(self) -> bool:
        note = self.seen.note
        return note is not None and note.state == "rolling" and self.seen.root == note.old.root and self.seen.task is None


def on_new(version: Version, state: State = "rolled", *, answers: bool = True) -> back.Seen:
    note = note_of("one", version, state, root="vol-new" if state == "rolled" else "")
    return back.Seen(
        now=NOW, note=note, stopped=state == "rolling", state="running", root="vol-new", old_root="available", kept=False, data=True, data_found=True,
        data_kept=False, running=True, answers=answers,
    )  # fmt: skip


def check_back(seen: back.Seen, move: object) -> None:
    """Never two roots mixed up: the new version never starts on what was restored, and what it has changed is detached only below the old root."""
    note = seen.note
    on_new_root = note is not None and seen.root != note.old.root
    match move:
        case back_steps.NoteBack() | swap.StopDatabase():  # from here on there is nothing that it could stay on
            assert seen.old_root == "available"
            assert note
            assert note.same_store or (seen.restored and seen.restored.state == "available")
        case back_steps.DetachData() | back_steps.AttachData():
            assert not on_new_root
            assert seen.state == "stopped"
            assert seen.restored
            assert seen.data_kept
        case StartInstance():
            assert not (on_new_root and seen.restored and seen.restored.attached)
            assert seen.data or (seen.restored and seen.restored.attached)
        case back_steps.SetAside():
            assert seen.restored
            assert seen.restored.attached
            assert seen.restored.found
        case swap.ReplaceRoot():
            assert on_new_root
            assert seen.kept
            assert not seen.running
        case back_steps.NoteBacked():
            assert not on_new_root
            assert seen.answers
            assert seen.wrong == ""
            assert not seen.stopped


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
@pytest.mark.parametrize("state", ["rolled", "rolling"])
def test_a_rollback_that_is_cut_off_anywhere_is_continued(version: Version, state: State) -> None:
    for first, second in product(product(range(26), ("before", "after")), product(range(0, 26, 3), ("after",))):
        world = GoingBack(version, on_new(version, state))
        for name, (number, when) in (("two", first), ("three", second)):
            end = world.run(name, lambda at, side, n=number, w=when: (at, side) == (n, w))  # type: ignore[misc]
            if end is not None:
                break
        if end is None:
            end = world.run("four")
        assert end == Done("rolled-back")
        seen = world.seen
        assert seen.root == "vol-old"
        assert seen.answers
        assert not seen.stopped
        assert seen.note
        assert seen.note.state == "rolled-back"
        if version == CHANGED:
            assert seen.restored
            assert seen.restored.attached
            assert not seen.data
            assert not seen.data_found
        else:
            assert seen.data
            assert seen.restored is None


@pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])
def test_a_roll_that_is_cut_off_anywhere_can_be_turned_round(version: Version) -> None:
    for number, when in cuts():
        rolling = Rolling(version, at_first())
        if rolling.run("one", lambda at, side, n=number, w=when: (at, side) == (n, w)) is not None:  # type: ignore[misc]
            continue
        cut = rolling.seen
        world = GoingBack(
            version,
            back.Seen(
                now=NOW, note=cut.note, stopped=cut.stopped, state=cut.state, root=cut.root, old_root="available", kept=False, data=True,
                data_found=True, data_kept=False, running=cut.running, answers=cut.answers, task=cut.task,
            ),
        )  # fmt: skip
        assert world.run("two") == Done("rolled-back")
        assert world.seen.root == "vol-old"
        assert world.seen.answers or cut.note is None
        assert not world.seen.stopped


def test_a_database_that_does_not_come_back_is_said_to_be_down() -> None:
    note = replace(note_of("two", SAME, "going-back", root="vol-new"))
    seen = replace(on_new(SAME), note=note, root="vol-old", answers=False, down_since=NOW - timedelta(hours=1))
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    end = deciding.decide(want, seen)
    assert isinstance(end, Refuse)
    assert "ledger is down" in end.faults[0].what
    assert end.code is Exit.FAILED


def test_a_replacement_that_has_ended_and_does_not_show_yet_is_waited_for_and_not_asked_for_again() -> None:
    """Reads lag: the task has ended, and the instance still shows the root volume from before."""
    done = swap_world.Task(id="t", state="succeeded")
    forwards = replace(
        at_first(), note=note_of("one", SAME), running=False, kept=True, snapshot=swap_world.Snapshot(id="s", state="completed")
    )
    assert isinstance(swap_deciding.decide(want_swap("one", SAME), forwards), swap.ReplaceRoot)
    assert isinstance(swap_deciding.decide(want_swap("one", SAME), replace(forwards, task=done)), Wait)
    seen = replace(on_new(SAME), note=note_of("two", SAME, "going-back", root="vol-new"), running=False, kept=True)
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    assert deciding.decide(want, seen) == swap.ReplaceRoot("i-1", "vol-old")
    assert isinstance(deciding.decide(want, replace(seen, task=done)), Wait)


@pytest.mark.parametrize("task", [None, swap_world.Task(id="t", state="succeeded")], ids=["no task shows", "the task has ended"])
def test_a_root_volume_that_does_not_show_yet_is_not_attached_by_hand(task: swap_world.Task | None) -> None:
    """Between the two: the old one is detached, and the new one does not show."""
    forwards = replace(at_first(), note=note_of("one", SAME), running=False, kept=True, root="", task=task)
    backwards = replace(on_new(SAME), note=note_of("two", SAME, "going-back", root="vol-new"), running=False, kept=True, root="", task=task)
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    for rootless, kind in ((0.0, Wait), (59.0, Wait), (61.0, Refuse)):
        assert isinstance(swap_deciding.decide(want_swap("one", SAME), replace(forwards, rootless=rootless)), kind)
        assert isinstance(deciding.decide(want, replace(backwards, rootless=rootless)), kind)


def test_the_ami_takes_the_place_of_a_root_volume_only_if_that_is_gone() -> None:
    seen = replace(on_new(SAME), note=note_of("two", SAME, "going-back", root="vol-new"), running=False, kept=True)
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    for unusable in ("missing", "unencrypted"):
        assert deciding.decide(want, replace(seen, old_root=unusable)) == swap.ReplaceRoot("i-1", "ami-old")
    assert isinstance(deciding.decide(want, replace(seen, old_root="in-use")), Wait)
    late = deciding.decide(want, replace(seen, old_root="in-use", now=NOW + timedelta(hours=1)))
    assert isinstance(late, Refuse)
    assert "vol-old of ledger that was kept is in-use" in late.faults[0].what


UNPREPARED: dict[str, tuple[dict[str, Any], str]] = {
    "the old root is attached elsewhere": ({"old_root": "in-use"}, "vol-old of ledger that was kept is in-use"),
    "neither root nor AMI": ({"old_root": "missing", "old_image": False}, "vol-old is gone, and its AMI ami-old is gone, too"),
    "an unencrypted root, and no AMI": (
        {"old_root": "unencrypted", "old_image": False},
        "vol-old is not encrypted, and EC2 puts none in the place",
    ),
    "the restored volume failed": (
        {"restored": back.Restored(id="vol-r", state="error", device="/dev/sdf")},
        "vol-r that was made from snap-1",
    ),
}


@pytest.mark.parametrize(("changes", "words"), UNPREPARED.values(), ids=UNPREPARED)
def test_what_it_goes_back_to_is_there_before_the_database_is_stopped(changes: dict[str, Any], words: str) -> None:
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="snap-1")
    seen = replace(on_new(CHANGED), now=NOW + timedelta(hours=1), **changes)
    end = deciding.decide(want, seen)
    assert isinstance(end, Refuse)
    assert (end.code, words in end.faults[0].what) == (Exit.REFUSED, True)
    begun = replace(seen, note=note_of("two", CHANGED, "going-back", root="vol-new"))
    assert isinstance(deciding.decide(want, begun), Refuse)


@pytest.mark.parametrize("former", ["rolled", ""])
def test_a_rollback_that_replaced_nothing_leaves_a_database_that_runs(former: str) -> None:
    want = back.Want(name="ledger", instance="i-1", run="two", snapshot="")
    note = note_of("two", SAME, "going-back", root="vol-new")
    seen = replace(on_new(SAME), note=note, stopped=True, running=False, answers=False, task=swap_world.Task(id="t", state="failed"))
    for _ in range(9):
        move = preparing.undo(want, seen, former)
        if isinstance(move, Done | Refuse):
            break
        seen = deciding.after_note(want, seen, move)
    assert (seen.running, seen.stopped) == (True, False)
    assert seen.note
    assert seen.note.state == (former or "going-back")
    busy = replace(seen, running=False, task=swap_world.Task(id="t", state="in-progress"))
    assert preparing.undo(want, busy, former) == Done("left")


def test_what_somebody_else_has_replaced_is_left_alone() -> None:
    end = deciding.decide(back.Want(name="ledger", instance="i-1", run="two", snapshot=""), replace(on_new(SAME), root="vol-unknown"))
    assert isinstance(end, Refuse)
    assert end.code is Exit.REFUSED


def test_waiting_is_for_what_changes_by_itself() -> None:
    for state, task, answers in product(("running", "stopped", "stopping", "pending"), (None, "pending", "succeeded"), (False, True)):
        made = swap_world.Task(id="t", state=task) if task else None
        seen = replace(on_new(SAME, "rolling", answers=answers), state=state, task=made)
        move = deciding.decide(back.Want(name="ledger", instance="i-1", run="one", snapshot=""), seen)
        if isinstance(move, Wait):
            assert state in {"stopping", "pending"} or task == "pending"
