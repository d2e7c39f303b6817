"""How one database goes back: pure. The old root comes first: an old version refuses a store that it does not know, a new one would change an old store again."""

from dataclasses import replace

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Wait
from credex_actions.rollout.back.preparing import another_volume, old_user_data_unknown, prepare, where_it_is
from credex_actions.rollout.back.steps import (
    AttachData,
    BackStep,
    DetachData,
    HoldDatabase,
    KeepData,
    NoteBack,
    NoteBacked,
    NoteStays,
    RestoreVolume,
    SetAside,
    TakeTags,
)
from credex_actions.rollout.back.world import UNUSABLE, Restored, Seen, Want
from credex_actions.rollout.successor import deciding as succession
from credex_actions.rollout.successor.steps import AttachTo, DetachFrom, HandOver, SuccessorStep
from credex_actions.rollout.successor.world import Pair
from credex_actions.rollout.swap.deciding import POLL, another_database, without_root
from credex_actions.rollout.swap.note import Note, rollback_of
from credex_actions.rollout.swap.steps import (
    ForgetRoll,
    KeepRoot,
    LeaveStopped,
    RemoveStop,
    ReplaceRoot,
    StartDatabase,
    StopDatabase,
    TakeOver,
)
from credex_actions.rollout.swap.world import BUSY, Task
from credex_actions.rollout.user_data.steps import KeepUserData, SetUserData, StartAgain, StartInstance, StopBeforeRestart, StopInstance


def decide(want: Want, seen: Seen) -> Decision[BackStep]:
    """To `back`, once the database is well where it was before; and from there, once its address was followed, to the note that it went back."""
    want, note = where_it_is(want, seen), seen.note
    if seen.handed and seen.pair and (again := succession.unshown(seen.pair, shown=_shows(note, seen.pair))):
        return again
    if note is None or note.state == "rolled-back":
        return Done("rolled-back")
    if seen.task and seen.task.state in BUSY:
        return Wait(f"the root volume of {want.instance} is being replaced ({seen.task.state})", POLL)
    if not seen.root:
        return without_root(want.name, want.instance, note, seen.task, seen.rootless)
    if note.state == "going-back":
        return TakeOver(want.instance, note.run) if note.run != want.run else _back(want, seen, note)
    if note.state == "rolling" and seen.root == note.old.root:
        return _before_anything(want, seen, note)
    if seen.root == note.old.root or (note.new.root and seen.root != note.new.root):
        what = (
            f"{want.name}: the root volume of {want.instance} is {seen.root}, not that of the roll-out ({note.new.root or note.new.image})"
        )
        return Refuse((Fault(what, "Somebody has replaced it since: there is nothing that this could go back from."),))
    return another_volume(want, seen, note) or prepare(want, seen, note) or NoteBack(want.instance, note.old.image)


def _shows(note: Note | None, pair: Pair) -> bool:
    """Whether the notes have come along. What goes back to the former instance is no roll-out any more: a note of one is from before."""
    return note is not None and (note.state != "rolling" or pair.serving == pair.successor)


def _before_anything(want: Want, seen: Seen, note: Note) -> Decision[BackStep]:
    """A roll that had replaced nothing yet: its database is to run."""
    if note.former and seen.pair:
        return _from_half_way(want, seen, note, seen.pair)
    if _has_new_user_data(seen, note):
        refused = old_user_data_unknown(want, seen, note)
        begun = TakeOver(want.instance, note.run) if note.run != want.run else None  # it is stopped for that: no backup is to start it
        return refused or begun or _change_user_data(want, seen, note)
    return _until_it_runs(want, seen, "user data") or ForgetRoll(want.instance)


def _until_it_runs(want: Want, seen: Seen, changed: str) -> Decision[BackStep] | None:
    """`changed`: for what the instance was stopped. None once the database responds."""
    if seen.state == "stopped":
        return StartInstance(want.instance, changed)
    if seen.state != "running":
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if seen.wrong and seen.started:  # an empty store on the root volume would take writes that nobody finds again
        if seen.running:
            return StopDatabase(want.instance)
        return LeaveStopped(want.instance) if seen.stopped else another_database(want.name, want.instance, seen.wrong, stopped=True)
    if not seen.running:
        return StartDatabase(want.instance)
    if not seen.answers or seen.wrong is None:
        return _until_it_answers(want, seen)
    return another_database(want.name, want.instance, seen.wrong, stopped=False) if seen.wrong else None


def _from_half_way(want: Want, seen: Seen, note: Note, pair: Pair) -> Decision[BackStep]:
    """Before it was handed over. What has the volume already gets it wholly: from there the way back is the usual one."""
    if note.run != want.run:
        return TakeOver(want.instance, note.run)
    if pair.on_successor and not note.same_store:
        what = f"{want.name} is half-way onto {pair.successor}, where Neo4j {note.new.version} may have changed its store"
        return Refuse((Fault(what, f"Continue with --mode apply; then {rollback_of(want.name)} says what going back loses."),))
    if pair.on_successor:
        return succession.arrived(_place(want, note), pair)
    assert note.former
    if back := succession.put_back(note.volume, note.former, pair):
        return back
    return _until_it_runs(want, seen, succession.STOPPED_FOR) or succession.discard(pair) or ForgetRoll(want.instance)


def _place(want: Want, note: Note) -> succession.Place:
    """Going back is not given up for time."""
    assert note.former
    return succession.Place(name=want.name, former=note.former, volume=note.volume, image=note.new.image, backup=note.backup, late=False)


def _has_new_user_data(seen: Seen, note: Note) -> bool:
    return note.changes_user_data and seen.user_data != note.old.user_data


def _change_user_data(want: Want, seen: Seen, note: Note) -> Decision[BackStep]:
    """Those that somebody else has set since are overwritten too, for no roll-out can wait for them, and kept: nothing is lost."""
    if seen.user_data not in {note.old.user_data, note.new.user_data} and not seen.user_data_kept:
        return KeepUserData(want.instance, seen.user_data)
    if seen.state == "running":
        return StopBeforeRestart(want.instance) if seen.running else _stop_instance(want, seen, note)
    if seen.state == "stopped":
        return SetUserData(want.instance, note.old.user_data)
    return Wait(f"instance {want.instance} is {seen.state}", POLL)


def _stop_instance(want: Want, seen: Seen, note: Note) -> BackStep:
    held = seen.held or seen.root == note.old.root
    return StopInstance(want.instance, "user data") if held else HoldDatabase(want.instance)


def _back(want: Want, seen: Seen, note: Note) -> Decision[BackStep]:
    """The user data come after the data: the instance is stopped for both at once. A boot of the old root does not run them."""
    if note.former and seen.pair and seen.root == note.new.root:
        return _from_successor(want, seen, note, seen.pair)
    if seen.root == note.new.root:
        return _from_new(want, seen, note)
    if want.snapshot and not (seen.restored and seen.restored.attached and seen.restored.found and not seen.data_found):
        return _restore(want, seen, note)
    if _has_new_user_data(seen, note):
        return _change_user_data(want, seen, note)
    if seen.state == "stopped":
        return StartInstance(want.instance, "data volume" if want.snapshot or note.former else "user data")
    if seen.state != "running":
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if not seen.answers or seen.wrong is None:
        return _until_it_answers(want, seen)
    if seen.wrong:
        what = f"mismatch: {want.name}, back on {note.old.image}: {seen.wrong}"
        return Refuse((Fault(what, f"Its data volume is attached, and nothing was deleted; backup {note.backup}."),), Exit.FAILED)
    if seen.stopped:
        return RemoveStop(want.instance)
    if seen.pair and (left := succession.settle(seen.pair)):
        return left
    return NoteBacked(want.instance, note.old.image) if want.followed else Done("back")


def _from_successor(want: Want, seen: Seen, note: Note, pair: Pair) -> Decision[BackStep]:
    """The data volume goes back to the former instance; if the store was changed, that gets the one from before instead."""
    if first := prepare(want, seen, note):
        return first
    if seen.state == "running":
        return StopDatabase(want.instance) if seen.running else StopInstance(want.instance, succession.STOPPED_FOR)
    if seen.state != "stopped":
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if not want.snapshot:
        return succession.give_back(_place(want, note), pair, note.volume, there=pair.data_on == pair.former)
    assert seen.restored
    if pair.on_successor and not seen.data_kept:
        return KeepData(note.volume)
    return succession.give_back(_place(want, note), pair, seen.restored.id, there=bool(seen.restored.attached))


def _from_new(want: Want, seen: Seen, note: Note) -> Decision[BackStep]:
    """The old root comes first. Only one that is made from the AMI, since the old one is gone, needs the user data before: its first boot runs them."""
    sets_first = seen.old_root in UNUSABLE and _has_new_user_data(seen, note)
    if seen.state == "stopped" and sets_first:
        return old_user_data_unknown(want, seen, note) or _change_user_data(want, seen, note)
    if seen.state == "stopped":
        return StartInstance(want.instance, "user data before its root volume")  # EC2 replaces the root of an instance that runs
    if seen.state != "running":
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if seen.task and seen.task.state == "succeeded":  # reads lag: it is never asked for twice
        return Wait(f"the old root volume of {want.instance} does not show yet", POLL)
    if seen.task:
        what = (
            f"EC2 could not replace the root volume of {want.instance}: {seen.task.id} is {seen.task.state}; the new one is still attached"
        )
        return Refuse((Fault(what, "Run the same command again."),), Exit.FAILED)
    if first := prepare(want, seen, note):
        return first
    if sets_first:
        return _change_user_data(want, seen, note)
    if seen.running:
        return StopDatabase(want.instance)
    if not seen.kept:
        return KeepRoot(note.new.root, str(note.new.version))
    return ReplaceRoot(want.instance, note.old.image if seen.old_root in UNUSABLE else note.old.root)


def _restore(want: Want, seen: Seen, note: Note) -> Decision[BackStep]:
    restored = seen.restored
    if restored is None:
        return RestoreVolume(want.snapshot, note.backup)
    if restored.state == "creating":
        return Wait(f"the volume {restored.id} is being created from {want.snapshot}", POLL)
    if not restored.attached and seen.data and not seen.data_kept:
        return KeepData(note.volume)
    if not restored.attached:
        if seen.state == "running":
            return StopInstance(want.instance)
        if seen.state != "stopped":
            return Wait(f"instance {want.instance} is {seen.state}", POLL)
        return DetachData(note.volume) if seen.data else AttachData(restored.id, restored.device)
    return SetAside(note.volume) if restored.found else TakeTags(restored.id, note.volume)


def _until_it_answers(want: Want, seen: Seen) -> Wait | Refuse:
    since = seen.down_since or seen.now
    if (seen.now - since).total_seconds() > want.start_within:
        why = f" ({seen.why_not})" if seen.why_not else ""
        what = f"{want.name} is down: it did not come back on {want.instance} within {want.start_within:.0f} s{why}"
        return Refuse((Fault(what, "Look at its log on the instance: journalctl -u neo4j. Nothing was deleted."),), Exit.FAILED)
    if seen.answers:
        return Wait(f"{want.name} responds; its fingerprint is not read yet", POLL)
    return Wait(f"Neo4j starts on {want.instance}", POLL)


def after(seen: Seen, step: BackStep | Wait) -> Seen:
    """The world if `step` works."""
    match step:
        case RestoreVolume() | KeepData() | DetachData() | AttachData() | TakeTags() | SetAside():
            return _of_the_data(seen, step)
        case StopDatabase() | StopBeforeRestart():
            return replace(seen, running=False, answers=False)
        case KeepRoot():
            return replace(seen, kept=True)
        case ReplaceRoot():
            return replace(seen, task=Task(id="the task", state="pending"))
        case SetUserData():
            return replace(seen, user_data=step.digest)
        case HoldDatabase():
            return replace(seen, held=True)
        case KeepUserData():
            return replace(seen, user_data_kept=True)
        case StopInstance():
            return _stopping(seen, step)
        case StartInstance() | StartAgain():
            return replace(seen, state="pending", pair=succession.started(seen.pair, step.instance) if seen.pair else None)
        case StartDatabase():
            return replace(seen, running=True)
        case Wait():
            return _later(seen)
        case _:
            return _succeeding(seen, step) if isinstance(step, SuccessorStep) else _noted(seen, step)


def _stopping(seen: Seen, step: StopInstance) -> Seen:
    if seen.pair is None:
        return replace(seen, state="stopping", running=False, answers=False)
    pair = succession.stopped(seen.pair, step.instance)
    return replace(seen, pair=pair, state="stopping" if step.instance == pair.serving else seen.state, running=False, answers=False)


def _succeeding(seen: Seen, step: SuccessorStep) -> Seen:
    assert seen.pair
    pair = succession.after(seen.pair, step)
    match step:
        case AttachTo() if seen.restored and step.volume == seen.restored.id:
            pair = replace(pair, data_on=seen.pair.data_on, moving=False)
            return replace(seen, pair=pair, restored=replace(seen.restored, attached=step.device))
        case DetachFrom() if seen.restored:
            return replace(seen, pair=pair, data=False)
        case HandOver() if seen.note and seen.note.state == "rolling":
            return replace(seen, pair=pair, root="the new root", running=True, state=pair.successor_state)
        case HandOver():
            return replace(seen, pair=pair, root=seen.note.old.root if seen.note else "", running=False, state=pair.former_state)
        case _:
            return replace(seen, pair=pair)


def _of_the_data(seen: Seen, step: RestoreVolume | KeepData | DetachData | AttachData | TakeTags | SetAside) -> Seen:
    restored = seen.restored
    match step:
        case RestoreVolume():
            return replace(seen, restored=Restored(id="the volume", state="creating", device="its device"))
        case KeepData():
            return replace(seen, data_kept=True)
        case DetachData():
            return replace(seen, data=False)
        case AttachData():
            return replace(seen, restored=replace(restored, attached=step.device) if restored else None)
        case TakeTags():
            return replace(seen, restored=replace(restored, found=True) if restored else None)
        case SetAside():
            return replace(seen, data_found=False)


def _noted(seen: Seen, step: BackStep) -> Seen:
    match step:
        case RemoveStop() | LeaveStopped():
            return replace(seen, stopped=False)
        case ForgetRoll():
            return replace(seen, note=None, stopped=False)
        case NoteBacked():
            return replace(seen, note=replace(seen.note, state="rolled-back") if seen.note else None)
        case NoteStays():
            return replace(seen, note=replace(seen.note, state="rolled") if seen.note else None)
        case _:
            raise AssertionError(f"the edge knows whose note it is, after_note: {step}")


def after_note(want: Want, seen: Seen, step: BackStep | Wait) -> Seen:
    """`after`, with what only the run knows."""
    match step:
        case NoteBack() if seen.note:
            new = replace(seen.note.new, root=seen.root)
            return replace(seen, note=replace(seen.note, state="going-back", run=want.run, new=new), stopped=True, task=None)
        case TakeOver():
            task = seen.task if seen.task and seen.task.state in BUSY else None  # one that has ended bears the mark of the run before
            return replace(seen, note=replace(seen.note, run=want.run) if seen.note else None, stopped=True, task=task)
        case _:
            return after(seen, step)


def _later(seen: Seen) -> Seen:
    note = seen.note
    if seen.task and seen.task.state in BUSY:
        ended = replace(seen.task, state="succeeded")
        to = "the new root" if note and note.state == "rolling" else note.old.root if note else ""
        return replace(seen, task=ended, root=to, running=True, answers=False, down_since=seen.now)
    state = {"pending": "running", "stopping": "stopped"}.get(seen.state, seen.state)
    restored = replace(seen.restored, state="available") if seen.restored and seen.restored.state == "creating" else seen.restored
    back = replace(seen, state=state, restored=restored, pair=seen.pair.later() if seen.pair else None)
    if state == "running" and not seen.answers:
        return replace(back, answers=True, running=True)
    return replace(back, wrong="") if seen.answers and seen.wrong is None else back
