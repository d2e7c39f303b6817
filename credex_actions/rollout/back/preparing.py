"""What a database goes back to, before it is stopped, and how it stays where it is if going back comes to nothing: pure."""

from dataclasses import replace

from credex_actions.core.faults import Fault
from credex_actions.core.loop import Decision, Done, Refuse, Wait
from credex_actions.rollout.back.steps import BackStep, NoteStays, RestoreVolume
from credex_actions.rollout.back.world import UNUSABLE, Seen, Want
from credex_actions.rollout.successor.deciding import put_back
from credex_actions.rollout.successor.steps import AttachTo
from credex_actions.rollout.successor.world import ENDED, Former, Pair
from credex_actions.rollout.swap.deciding import POLL
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.steps import RemoveStop, StartDatabase
from credex_actions.rollout.swap.world import BUSY
from credex_actions.rollout.user_data.content import short
from credex_actions.rollout.user_data.keeping import name_of
from credex_actions.rollout.user_data.steps import StartAgain

STAYS = "Nothing was replaced."


def prepare(want: Want, seen: Seen, note: Note) -> Decision[BackStep] | None:
    """None once the old root and, where the store was changed, the restored volume are there: going back has no way back of its own."""
    if refused := old_user_data_unknown(want, seen, note):
        return refused
    if seen.pair and seen.pair.former_state in ENDED:
        what = f"{want.name} cannot go back: its instance {seen.pair.former} does not exist any more"
        return Refuse((Fault(what, f"{STAYS} Restore a backup on an instance of Neo4j {note.old.version}."),))
    if seen.old_root in UNUSABLE:
        if not seen.old_image:
            what = f"{want.name} cannot go back: its root volume {note.old.root} {UNUSABLE[seen.old_root]}, and its AMI {note.old.image} is gone, too"
            return Refuse((Fault(what, f"{STAYS} Restore a backup on an instance of Neo4j {note.old.version}."),))
    elif seen.old_root != "available":
        return _not_available(want, seen, note)
    if not want.snapshot or (seen.restored and seen.restored.attached):
        return None
    restored = seen.restored
    if restored is None:
        return RestoreVolume(want.snapshot, note.backup)
    if restored.state == "creating":
        return Wait(f"the volume {restored.id} is being created from {want.snapshot}", POLL)
    if restored.state != "available":
        what = f"the volume {restored.id} that was made from {want.snapshot} for {want.name} is {restored.state}"
        return Refuse((Fault(what, f"{STAYS} Delete it if nothing uses it, then run the same command again."),))
    return None


def another_volume(want: Want, seen: Seen, note: Note) -> Refuse | None:
    """What would be restored takes the place of the data that the roll-out has changed; of no others, which somebody has attached since."""
    there = seen.pair.data_on == seen.pair.serving if seen.pair else seen.data
    if there or not want.snapshot:
        return None
    what = f"{want.name} cannot go back: the data volume of the roll-out, {note.volume}, is not attached to {want.instance} any more"
    hint = f"{STAYS} The snapshot of {note.backup} would take the place of other data. Attach {note.volume} again, or restore a backup on an instance of Neo4j {note.old.version}."
    return Refuse((Fault(what, hint),))


def old_user_data_unknown(want: Want, seen: Seen, note: Note) -> Refuse | None:
    if not note.changes_user_data or seen.user_data == note.old.user_data or seen.user_data_known:
        return None
    what = f"{want.name} cannot go back: its user data from before, {short(note.old.user_data)}, are not in the launch template {name_of(want.name, note.old.user_data)}"
    hint = f"{STAYS} Set them by hand while {want.instance} is stopped, start it, then run the same command again."
    return Refuse((Fault(what, hint),))


def _not_available(want: Want, seen: Seen, note: Note) -> Wait | Refuse:
    """EC2 may still be detaching it; or somebody has attached it to something else."""
    if (seen.now - note.since).total_seconds() <= want.start_within:
        return Wait(f"the root volume {note.old.root} that was kept is {seen.old_root}", POLL)
    what = f"the root volume {note.old.root} of {want.name} that was kept is {seen.old_root}"
    return Refuse((Fault(what, f"{STAYS} Detach it from where it is, then run the same command again."),))


def _volume_first(want: Want, seen: Seen, note: Note, former: Former, pair: Pair) -> Decision[BackStep] | None:
    """An instance is started again only with its data volume; None once it has it."""
    if note.state == "rolling":
        return Done("left") if pair.on_successor else put_back(note.volume, former, pair)
    if (seen.restored and seen.restored.attached) or pair.data_on == pair.former:
        return Done("left")  # half of it is done: the next run continues
    if pair.moving:
        return Wait(f"{note.volume} is between two states", POLL)
    return None if pair.data_on else AttachTo(note.volume, want.instance, former.device)


def where_it_is(want: Want, seen: Seen) -> Want:
    """The instance that has the database may become another one."""
    return replace(want, instance=seen.pair.serving) if seen.pair else want


def undo(want: Want, seen: Seen, former: str) -> Decision[BackStep]:
    """After a failure or a signal, as long as nothing was replaced. `former`: the state that this run found; "" if a run before it had begun to go back."""
    want, note = where_it_is(want, seen), seen.note
    if note is None or note.run != want.run or seen.root != (note.old.root if note.state == "rolling" else note.new.root):
        return Done("left")
    if seen.pair and note.former and (first := _volume_first(want, seen, note, note.former, seen.pair)):
        return first
    stops = note.changes_user_data or note.former is not None
    if stops and seen.state == "stopped":
        return StartAgain(want.instance)
    if stops and seen.state in {"stopping", "pending"} and (seen.now - note.since).total_seconds() <= want.start_within:
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if seen.state != "running":
        return Done("left")
    if seen.task and (seen.task.state in BUSY or seen.task.state == "succeeded"):
        return Done("left")
    if seen.wrong and seen.started:
        return Done("left")  # it was stopped, since it is another database
    if not seen.running:
        return StartDatabase(want.instance)
    if seen.stopped:
        return RemoveStop(want.instance)
    if note.changes_user_data and seen.user_data == note.old.user_data:
        return Done("left")  # half of it is done: the next run continues
    return NoteStays(want.instance, note.new.image) if former and note.state == "going-back" else Done("left")
