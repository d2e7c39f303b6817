"""A roll-out to a new instance, and back: cut off before and after every write, continued, turned round, by reads that lag. In a small EC2 that rejects what EC2 rejects, and where what must never be is an error."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from credex_actions.core.loop import Done, Operation, Refuse, Step, Wait, plan
from credex_actions.neo4j.fingerprint import Tag
from credex_actions.rollout.back import deciding, preparing
from credex_actions.rollout.back import steps as back_steps
from credex_actions.rollout.back import world as back
from credex_actions.rollout.successor import steps as pair_steps
from credex_actions.rollout.successor.world import Former, Pair
from credex_actions.rollout.swap import deciding as swap_deciding
from credex_actions.rollout.swap import steps as swap
from credex_actions.rollout.swap import world as swap_world
from credex_actions.rollout.swap.note import Note, Side, State
from credex_actions.rollout.user_data.steps import StartAgain, StartInstance, StopInstance
from credex_actions.rollout.versions.version import Version

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE = Tag(id="S", transaction=7, nodes=3, relationships=1, content="0" * 32, basis="exact")
SAME, CHANGED = Version(5, 26, 16), Version(2025, 10, 1)
OLD, NEW, DATA, RESTORED = "i-old", "i-new", "vol-data", "vol-restored"
BY_ITSELF = {"pending": "running", "stopping": "stopped", "shutting-down": "terminated"}


@dataclass
class Cloud:
    """What is so. `on`: where each volume is attached. `runs`: where Neo4j does. `changed`: whether the new version has written to the data volume."""

    version: Version
    states: dict[str, str] = field(default_factory=lambda: {OLD: "running"})
    on: dict[str, str] = field(default_factory=lambda: {DATA: OLD})
    moving: bool = False
    serving: str = OLD
    notes: dict[str, Note] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    runs: str = OLD
    unproven: bool = False
    snapshot: str = ""
    changed: bool = False
    restored: str = ""
    found: set[str] = field(default_factory=lambda: {DATA})
    kept: bool = False
    launches: int = 0
    deleted_with: bool = False

    def copy(self) -> "Cloud":
        return replace(
            self, states=dict(self.states), on=dict(self.on), notes=dict(self.notes), stopped=set(self.stopped), found=set(self.found)
        )

    def pair(self) -> Pair:
        other = NEW if self.serving == OLD else OLD
        return Pair(
            former=OLD, former_state=self.states[OLD], successor=NEW if NEW in self.states else "", successor_state=self.states.get(NEW, ""),
            serving=self.serving, data_on=self.on[DATA], moving=self.moving, deleted_with=self.deleted_with, unproven=self.unproven,
            left=other in self.notes,
        )  # fmt: skip

    def tick(self) -> None:
        for each, state in self.states.items():
            self.states[each] = BY_ITSELF.get(state, state)
            if state == "pending":
                self._boots(each)
        self.moving = False
        self.snapshot = "completed" if self.snapshot else ""
        self.restored = "available" if self.restored else ""
        if self.states.get(NEW) == "running" and self.on[DATA] == NEW and not self.runs:
            self._boots(NEW)  # its first boot has waited for the volume

    def _boots(self, instance: str) -> None:
        if instance in {self.on[DATA], self.on.get(RESTORED, "")}:
            self.runs = instance
            self.changed = self.changed or (instance == NEW and self.version == CHANGED)
            assert not (instance == OLD and self.changed and self.on[DATA] == OLD), "an old version on a store that it refuses"

    def act(self, step: Any, note: Note) -> None:  # noqa: PLR0912 - a case a step
        self.deny(step)
        match step:
            case swap.NoteRoll() | swap.TakeOver() | back_steps.NoteBack():
                self.notes[self.serving] = note
                self.stopped.add(self.serving)
            case swap.NoteRolled() | back_steps.NoteBacked() | back_steps.NoteStays():
                self.notes[self.serving] = note
            case swap.StopDatabase():
                self.runs = ""
            case swap.StartDatabase():
                self.runs = step.instance
            case swap.TakeSnapshot():
                self.snapshot = "pending"
            case StopInstance():
                self.runs = "" if self.runs == step.instance else self.runs
                self.states[step.instance] = "stopping"
            case StartInstance() | StartAgain():
                self.states[step.instance] = "pending" if self.states[step.instance] == "stopped" else self.states[step.instance]
            case swap.RemoveStop():
                self.stopped.discard(self.serving)
            case swap.ForgetRoll():
                self.notes.pop(self.serving)
                self.stopped.discard(self.serving)
            case back_steps.RestoreVolume():
                self.restored, self.on[RESTORED] = "creating", ""
            case back_steps.KeepData():
                self.kept = True
            case back_steps.TakeTags():
                self.found.add(step.volume)
            case back_steps.SetAside():
                self.found.discard(step.volume)
            case _:
                self._moves(step, note)

    def _moves(self, step: Any, note: Note) -> None:  # noqa: PLR0912 - a case a step
        match step:
            case swap.KeepStopped():
                pass
            case pair_steps.LaunchSuccessor():
                if NEW not in self.states:  # a client token launches once
                    self.states[NEW], self.unproven, self.launches = "pending", True, self.launches + 1
            case pair_steps.DetachFrom():
                if self.on[step.volume] == step.instance:
                    self.on[step.volume] = ""
            case pair_steps.AttachTo():
                if not self.on[step.volume]:
                    self.on[step.volume], self.moving = step.instance, True
                    self.deleted_with = step.instance == NEW
            case pair_steps.KeepVolume():
                self.deleted_with = False
            case pair_steps.HandOver():
                self.serving = step.to
                self.notes |= {step.to: note, step.former: note}
                self.stopped |= {step.to, step.former}
            case pair_steps.ClearNotes():
                self.notes.pop(step.instance, None)
                self.stopped.discard(step.instance)
            case pair_steps.NoteProven():
                self.unproven = False
            case pair_steps.Discard():
                self.states[step.instance] = "shutting-down"
                self.unproven = False
            case _:
                raise AssertionError(step)

    def deny(self, step: Any) -> None:
        """What must never be sent, whatever the reads say."""
        match step:
            case pair_steps.Discard():
                assert step.instance == NEW
                assert self.on[DATA] == OLD
                assert self.runs == OLD
                assert self.serving == OLD
                assert self.unproven
            case pair_steps.DetachFrom() if self.on[step.volume] == step.instance:
                assert self.states[step.instance] == "stopped", "a volume is taken away from an instance that runs"
                assert self.snapshot
                assert self.version == SAME or self.snapshot == "completed"
            case pair_steps.HandOver():
                assert step.to in {self.on[DATA], self.on.get(RESTORED, "")}
                assert not self.deleted_with or step.to == OLD
            case StartInstance() | StartAgain():
                assert step.instance in {self.on[DATA], self.on.get(RESTORED, "")}, "a database would start without its data"
            case swap.NoteRolled():
                assert self.runs == self.serving == NEW
                assert not self.deleted_with
                assert not self.unproven
            case back_steps.NoteBacked() | swap.ForgetRoll():
                assert self.runs == self.serving == OLD
            case swap.ReplaceRoot() | swap.KeepRoot():
                raise AssertionError("another way")


class World:
    """Runs as the loop does; a run that ends loses its memory. `lag`: how many writes and waits ago instances and volumes were as they are seen. Notes are seen as they are: a run begins
    with the lock, which another one has held until then. `hides`: for how many looks those do not show that a run has set on the instance that it goes to.
    """

    def __init__(self, version: Version, lag: int = 0, begins: Cloud | None = None, hides: int = 0) -> None:
        self.cloud, self.version, self.lag = begins.copy() if begins else Cloud(version), version, lag
        self.history = [self.cloud.copy()]
        self.hides, self.hidden, self.before, self.handed = hides, 0, dict(self.cloud.notes), ""

    def seen(self) -> Cloud:
        seen = self._seen()
        self.hidden -= bool(self.hidden)
        return replace(seen, notes=self.before) if self.hidden else seen

    def _act(self, step: Any, note: Note) -> None:
        self.before = dict(self.cloud.notes)
        self.cloud.act(step, note)
        if isinstance(step, pair_steps.HandOver):
            self.hidden, self.handed = self.hides, step.to

    def _seen(self) -> Cloud:
        if not self.lag:
            return self.cloud
        stale = self.history[max(0, len(self.history) - 1 - self.lag)]
        return replace(stale, notes=self.cloud.notes, serving=self.cloud.serving, stopped=self.cloud.stopped)

    def keep(self) -> None:
        if self.lag:
            self.history = [*self.history[-self.lag :], self.cloud.copy()]

    def drive(self, decide: Callable[[Cloud], Any], note: Callable[[Any, Cloud], Note], cut: Callable[[int, str], bool]) -> Any:
        sent: set[Step] = set()
        number, self.handed = 0, ""
        for _ in range(300):
            move = decide(self.seen())
            if isinstance(move, Done | Refuse):
                return move
            if isinstance(move, Wait) or move in sent:
                self.cloud.tick()
            else:
                if cut(number, "before"):
                    return None
                self._act(move, note(move, self.seen()))
                sent.add(move)
                if cut(number, "after"):
                    self.keep()
                    return None
                number += 1
            self.keep()
        raise AssertionError(f"it never ends: {move}")

    def roll(self, run: str, cut: Callable[[int, str], bool] = lambda _number, _when: False, *, undoing: bool = False) -> Any:
        memory: dict[str, Any] = {"wrong": None, "timed": False, "restarted": False}
        want = swap_world.Want(
            name="ledger", instance=self.cloud.serving, volume=DATA, run=run, old="ami-old", new="ami-new", version=str(self.version),
            backup="b", give_up=NOW + timedelta(hours=1),
        )  # fmt: skip
        baked = False

        def look(cloud: Cloud) -> swap_world.Seen:
            note = cloud.notes.get(cloud.serving)
            swapped = cloud.serving == NEW
            answers = cloud.runs == cloud.serving
            memory["wrong"] = "" if swapped and answers else None
            return swap_world.Seen(
                now=NOW, note=note, stopped=cloud.serving in cloud.stopped, state=cloud.states[cloud.serving], root=f"root of {cloud.serving}",
                swapped=swapped and note is not None and note.unfinished, current=swapped, kept=False,
                running=answers, answers=answers, timed=memory["timed"],
                snapshot=swap_world.Snapshot(id="snap", state=cloud.snapshot) if cloud.snapshot and not swapped else None, wrong=memory["wrong"], pair=cloud.pair(),
            )  # fmt: skip

        def decide(cloud: Cloud) -> Any:
            nonlocal baked
            seen = look(cloud)
            if undoing:
                return swap_deciding.undo(want, seen)
            move = swap_deciding.decide(replace(want, baked=baked), seen)
            if move == Done("back"):
                baked = True
                move = swap_deciding.decide(replace(want, baked=True), seen)
            memory["timed"] = memory["timed"] or isinstance(move, swap.KeepStopped | swap.StopDatabase)
            return move

        return self.drive(decide, lambda step, cloud: self.note(step, cloud, run), cut)

    def note(self, step: Any, cloud: Cloud, run: str) -> Note:
        now = cloud.notes.get(cloud.serving)
        states: dict[type[Any], State] = {
            swap.NoteRolled: "rolled", back_steps.NoteBack: "going-back", back_steps.NoteBacked: "rolled-back", back_steps.NoteStays: "rolled",
        }  # fmt: skip
        if isinstance(step, swap.NoteRoll) or now is None:
            new = Side(image="ami-new", version=self.version)
            old = Side(image="ami-old", version=Version(5, 26, 0), root="root of i-old")
            return Note(
                state="rolling", run=run, since=NOW, old=old, new=new, volume=DATA, backup="b", before=BEFORE, former=Former(OLD, "one", "/dev/sdf"),
            )  # fmt: skip
        if isinstance(step, swap.NoteRolled | back_steps.NoteBack):
            now = replace(now, new=replace(now.new, root="root of i-new"))
        return replace(now, run=run, state=states.get(type(step), now.state))

    def look_back(self, cloud: Cloud) -> back.Seen:
        note = cloud.notes.get(cloud.serving)
        answers = cloud.runs == cloud.serving
        on_old = cloud.serving == OLD
        restored = None
        if cloud.restored:
            at = "/dev/sdf" if cloud.on[RESTORED] else ""
            restored = back.Restored(
                id=RESTORED, state="in-use" if at else cloud.restored, device="/dev/sdf", attached=at, found=RESTORED in cloud.found
            )
        return back.Seen(
            now=NOW, note=note, stopped=cloud.serving in cloud.stopped, state=cloud.states[cloud.serving], root=f"root of {cloud.serving}",
            old_root="available", kept=False, data=bool(cloud.on[DATA]), data_found=DATA in cloud.found, data_kept=cloud.kept, running=answers,
            answers=answers and (on_old or (note is not None and note.state == "rolling")), restored=restored, wrong="" if on_old and answers else None,
            pair=cloud.pair(), handed=self.handed == cloud.serving,
        )  # fmt: skip

    def want_back(self, run: str) -> back.Want:
        begun = self.cloud.notes.get(self.cloud.serving)
        before = begun is not None and begun.state == "rolling" and self.cloud.serving == OLD
        return back.Want(name="ledger", instance=self.cloud.serving, run=run, snapshot="" if self.version == SAME or before else "snap")

    def back(self, run: str, cut: Callable[[int, str], bool] = lambda _number, _when: False) -> Any:
        want, told = self.want_back(run), False

        def decide(cloud: Cloud) -> Any:
            nonlocal told
            move = deciding.decide(replace(want, followed=told), self.look_back(cloud))
            if move == Done("back"):  # here its clients are told
                told = True
                move = deciding.decide(want, self.look_back(cloud))
            return move

        return self.drive(decide, lambda step, cloud: self.note(step, cloud, run), cut)

    def undo_back(self, run: str) -> Any:
        want = self.want_back(run)
        decide = lambda cloud: preparing.undo(want, self.look_back(cloud), "rolled")  # noqa: E731 - as the loop is given it
        return self.drive(decide, lambda step, cloud: self.note(step, cloud, run), lambda _number, _when: False)


def cuts(most: int = 20, every: int = 1) -> Iterator[tuple[int, str]]:
    return iter(product(range(0, most, every), ("before", "after")))


def at(number: int, when: str) -> Callable[[int, str], bool]:
    return lambda n, w: (n, w) == (number, when)


def on_new(cloud: Cloud) -> None:
    assert (cloud.serving, cloud.runs, cloud.on[DATA]) == (NEW, NEW, NEW)
    assert cloud.states == {OLD: "stopped", NEW: "running"}  # kept, and never terminated
    assert cloud.notes.keys() == {NEW}
    assert cloud.notes[NEW].state == "rolled"
    assert cloud.stopped == set()
    assert cloud.launches == 1
    assert not cloud.unproven
    assert not cloud.deleted_with


def on_old(cloud: Cloud) -> None:
    assert (cloud.serving, cloud.runs) == (OLD, OLD)
    assert cloud.states[OLD] == "running"
    assert cloud.stopped <= {NEW}
    assert NEW not in cloud.notes


VERSIONS = pytest.mark.parametrize("version", [SAME, CHANGED], ids=["same store", "changed store"])


@VERSIONS
@pytest.mark.parametrize("lag", [0, 2])
def test_a_roll_to_a_new_instance_that_is_cut_off_anywhere_is_continued(version: Version, lag: int) -> None:
    for first, second in product(cuts(), cuts(20, 4)):
        world = World(version, lag)
        end = world.roll("one", at(*first))
        end = world.roll("two", at(*second)) if end is None else end
        end = world.roll("three") if end is None else end
        for _ in range(3):  # what was started meanwhile by somebody, as far as a stale read tells, is told, and tried again
            end = world.roll("four") if isinstance(end, Refuse) else end
        assert end == Done("current"), (first, second, end)
        on_new(world.cloud)


@VERSIONS
@pytest.mark.parametrize("hides", range(1, 8))
def test_notes_that_do_not_show_at_once_end_nothing(version: Version, hides: int) -> None:
    """Tags lag, too: an instance that bears no note yet is not one of which nothing is left to be done."""
    world = World(version, hides=hides)
    assert world.roll("one") == Done("current")
    on_new(world.cloud)
    half_way = world.cloud.copy()
    half_way.notes[OLD] = replace(half_way.notes[NEW], state="rolling")  # of a roll-out that goes back by itself, before it was settled
    for begins in (world.cloud, half_way):
        back = World(version, begins=begins, hides=hides)
        assert back.back("two") == Done("rolled-back")
        on_old(back.cloud)
        assert back.cloud.states[NEW] == "stopped"


@VERSIONS
def test_as_long_as_the_new_instance_has_not_got_the_volume_what_undoes_ends_with_the_old_one(version: Version) -> None:
    ends = set()
    for number, when in cuts():
        world = World(version)
        if world.roll("one", at(number, when)) is not None:
            continue
        before = world.cloud.copy()
        assert world.roll("one", undoing=True) == Done("left")
        if before.on[DATA] == NEW:
            assert (world.cloud.on[DATA], world.cloud.serving) == (NEW, before.serving)
        elif before.notes:
            on_old(world.cloud)
            assert world.cloud.on[DATA] == OLD
            assert not world.cloud.notes
            assert world.cloud.states.get(NEW, "terminated") in {"shutting-down", "terminated"}
            ends.add(before.launches)
    assert ends == {0, 1}


@VERSIONS
@pytest.mark.parametrize("lag", [0, 2])
def test_a_rollback_to_the_former_instance_that_is_cut_off_anywhere_is_continued(version: Version, lag: int) -> None:
    rolled = World(version)
    assert rolled.roll("one") == Done("current")
    for first, second in product(cuts(22), cuts(22, 5)):
        world = World(version, lag, rolled.cloud)
        end = world.back("two", at(*first))
        end = world.back("three", at(*second)) if end is None else end
        end = world.back("four") if end is None else end
        assert end == Done("rolled-back"), (first, second, end)
        on_old(world.cloud)
        assert world.cloud.states[NEW] == "stopped"  # kept for an investigation
        if version == CHANGED:
            assert (world.cloud.on, world.cloud.found) == ({DATA: "", RESTORED: OLD}, {RESTORED})
            assert world.cloud.kept
        else:
            assert world.cloud.on == {DATA: OLD}


@VERSIONS
def test_a_rollback_whose_clients_were_not_told_is_not_noted_as_ended(version: Version) -> None:
    """Else the next run would find nothing to do, and their URL would name an instance that is stopped for ever."""
    world = World(version)
    assert world.roll("one") == Done("current")
    want = replace(world.want_back("two"), followed=False)
    end = world.drive(
        lambda cloud: deciding.decide(want, world.look_back(cloud)),
        lambda step, cloud: world.note(step, cloud, "two"),
        lambda _number, _when: False,
    )
    assert end == Done("back")
    on_old(world.cloud)
    assert world.cloud.notes[OLD].state == "going-back"
    assert world.back("three") == Done("rolled-back")


@VERSIONS
def test_a_roll_to_a_new_instance_that_is_cut_off_anywhere_can_be_turned_round(version: Version) -> None:
    refused = 0
    for number, when in cuts():
        world = World(version)
        if world.roll("one", at(number, when)) is not None:
            continue
        end = world.back("two")
        if isinstance(end, Refuse):  # it has the volume, and is not noted as the one that has it
            assert (version, world.cloud.on[DATA], world.cloud.serving) == (CHANGED, NEW, OLD)
            assert world.roll("three") == Done("current")
            refused += 1
            continue
        assert end == Done("rolled-back")
        on_old(world.cloud)
    assert bool(refused) is (version == CHANGED)


@VERSIONS
def test_a_rollback_that_is_given_up_on_the_way_leaves_a_database_that_runs_or_is_continued(version: Version) -> None:
    for number, when in cuts(22):
        world = World(version)
        assert world.roll("one") == Done("current")
        if world.back("two", at(number, when)) is not None:
            continue
        handed = world.cloud.serving == OLD or OLD in world.cloud.on.values()
        assert world.undo_back("two") == Done("left")
        if not handed:
            assert world.cloud.runs == NEW
            assert world.cloud.on[DATA] == NEW
        assert world.back("three") == Done("rolled-back")
        on_old(world.cloud)


def test_what_was_launched_and_ended_by_itself_is_told_and_the_old_instance_runs_again() -> None:
    world = World(SAME)
    launched = lambda _number, when: when == "after" and NEW in world.cloud.states  # noqa: E731 - as the loop is given it
    assert world.roll("one", launched) is None
    world.cloud.states[NEW] = "terminated"
    world.keep()
    end = world.roll("one")
    assert isinstance(end, Refuse)
    assert "the new instance i-new of ledger is terminated" in end.faults[0].what
    assert world.roll("one", undoing=True) == Done("left")
    on_old(world.cloud)


@pytest.mark.parametrize("by", ["a rollback", "what undoes"])
def test_an_instance_that_somebody_has_started_without_its_data_is_stopped_before_it_gets_them_back(by: str) -> None:
    """Whoever finds the database down after a run was killed. A volume that is attached to an instance that runs is mounted by nobody."""
    world = World(SAME)
    detached = lambda _number, when: when == "after" and not world.cloud.on[DATA]  # noqa: E731 - as the loop is given it
    assert world.roll("one", detached) is None
    world.cloud.states[OLD] = "running"
    world.keep()
    moves: list[str] = []
    act = world.cloud.act

    def noticed(step: Any, note: Note) -> None:
        moves.append(type(step).__name__)
        act(step, note)

    world.cloud.act = noticed  # type: ignore[method-assign]
    assert world.back("two") == Done("rolled-back") if by == "a rollback" else world.roll("one", undoing=True) == Done("left")
    assert moves.index("StopInstance") < moves.index("AttachTo")
    on_old(world.cloud)
    assert world.cloud.on[DATA] == OLD


def test_a_data_volume_that_somebody_has_attached_elsewhere_is_left_there() -> None:
    pair = replace(Cloud(SAME).pair(), former_state="stopped", data_on="i-other")
    note = World(SAME).note(None, Cloud(SAME), "one")
    seen = swap_world.Seen(
        now=NOW, note=note, stopped=True, state="stopped", root="root of i-old", swapped=False, current=False, kept=False, running=False,
        answers=False, snapshot=swap_world.Snapshot(id="snap", state="completed"), pair=pair,
    )  # fmt: skip
    want = swap_world.Want(
        name="ledger",
        instance=OLD,
        volume=DATA,
        run="one",
        old="ami-old",
        new="ami-new",
        version="5.26.16",
        backup="b",
        give_up=NOW + timedelta(hours=1),
    )
    end = swap_deciding.decide(want, seen)
    assert isinstance(end, Refuse)
    assert "is attached to i-other" in end.faults[0].what


def steps_of(operation: Operation[Any, Any], seen: Any) -> list[str]:
    """What a plan of it says; its end is one that is done."""
    moves = list(plan(operation, seen))
    assert isinstance(moves[-1], Done)
    return [type(move).__name__ for move in moves if isinstance(move, Step)]


@VERSIONS
def test_a_plan_says_what_would_be_done(version: Version) -> None:
    world = World(version)
    first = swap_world.Seen(
        now=NOW, note=None, stopped=False, state="running", root="root of i-old", swapped=False, current=False, kept=False, running=True, answers=True,
        pair=world.cloud.pair(),
    )  # fmt: skip
    want = swap_world.Want(
        name="ledger", instance=OLD, volume=DATA, run="one", old="ami-old", new="ami-new", version=str(version), backup="b", give_up=NOW + timedelta(hours=1)
    )  # fmt: skip
    note = world.note(None, world.cloud, "one")
    forwards: Operation[Any, Any] = Operation(
        lambda: first, partial(swap_deciding.decide, want), lambda _: None, partial(swap_world.after_note, want, note)
    )
    assert steps_of(forwards, first) == [
        "NoteRoll", "StopDatabase", "TakeSnapshot", "StopInstance", "DetachFrom", "LaunchSuccessor", "AttachTo", "HandOver", "RemoveStop",
    ]  # fmt: skip
    assert world.roll("one") == Done("current")
    seen, want_back = world.look_back(world.cloud), world.want_back("two")
    backwards: Operation[Any, Any] = Operation(
        lambda: seen, partial(deciding.decide, want_back), lambda _: None, partial(deciding.after_note, want_back)
    )
    restores, kept = (["RestoreVolume"], ["KeepData"]) if version == CHANGED else ([], [])
    exchanged = ["TakeTags", "SetAside"] if version == CHANGED else []
    assert steps_of(backwards, seen) == [
        *restores, "NoteBack", "StopDatabase", "StopInstance", *kept, "DetachFrom", "AttachTo", "HandOver", *exchanged, "StartInstance", "RemoveStop",
        "ClearNotes", "NoteBacked",
    ]  # fmt: skip
