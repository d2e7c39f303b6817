"""How one database is moved to another AMI: pure. The note on its instance says what was begun; what is done shows in EC2 itself."""

from dataclasses import replace
from typing import Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Wait
from credex_actions.rollout.successor import deciding as succession
from credex_actions.rollout.swap.note import KEYS, Note, rollback_of
from credex_actions.rollout.swap.steps import (
    ForgetRoll,
    KeepRoot,
    KeepStopped,
    LeaveStopped,
    NoteRoll,
    NoteRolled,
    RemoveStop,
    ReplaceRoot,
    StartDatabase,
    StopDatabase,
    SwapStep,
    TakeOver,
    TakeSnapshot,
)
from credex_actions.rollout.swap.world import Seen, Snapshot, Task, Want, busy
from credex_actions.rollout.user_data.steps import (
    KeepUserData,
    NoteRestarted,
    SetUserData,
    StartAgain,
    StartInstance,
    StopBeforeRestart,
    StopInstance,
    changed_by_others,
)

POLL: Final = 2.0
SHOWS_WITHIN: Final = 60.0
"""Seconds for what EC2 has attached to show."""


def decide(want: Want, seen: Seen) -> Decision[SwapStep]:
    """To `back`, once the database is the one from before on its new root volume; and from there, once it was watched, to the note that it was moved."""
    want, note = _where_it_is(want, seen), seen.note
    if note is None and seen.pair and (again := succession.unshown(seen.pair, shown=seen.pair.serving != seen.pair.successor)):
        return again
    if note is None or not note.unfinished:
        return Done("current") if seen.current else NoteRoll(want.instance, want.old, want.new, want.backup)
    if note.new.image != want.new:
        return _another(want, note)
    if note.run != want.run:
        if seen.another and not _restarts(seen, note):
            return another_database(want.name, want.instance, seen.another, stopped=False)
        serves = seen.answers and not seen.swapped and not busy(seen) and not (seen.pair and seen.pair.successor)
        return NoteRoll(want.instance, want.old, want.new, want.backup) if serves else TakeOver(want.instance, note.run)
    if seen.task and busy(seen):
        return Wait(f"the root volume of {want.instance} is being replaced ({seen.task.state})", POLL)
    if not seen.root:
        return without_root(want.name, want.instance, note, seen.task, seen.rootless)
    if seen.swapped:
        return _new(want, seen, note)
    if seen.task and seen.task.state == "succeeded":  # reads lag: it is never asked for twice
        return Wait(f"the new root volume of {want.instance} does not show yet", POLL)
    return _failed(want, seen.task) if seen.task else _old(want, seen, note)


def _where_it_is(want: Want, seen: Seen) -> Want:
    """The instance that has the database may become another one."""
    return replace(want, instance=seen.pair.serving) if seen.pair else want


def _another(want: Want, note: Note) -> Refuse:
    what = f"{want.name} is half-way to {note.new.image} (Neo4j {note.new.version}): the run {note.run} has not ended that"
    hint = f"Continue with --image {note.new.image}, or go back with {rollback_of(want.name)}."
    return Refuse((Fault(what, hint),))


def _restarts(seen: Seen, note: Note) -> bool:
    """Whether the instance was started with other user data, and its database has not proven itself since."""
    return note.changes_user_data and not note.restarted and seen.user_data == note.new.user_data


def another_database(name: str, instance: str, how: str, *, stopped: bool) -> Refuse:
    """`stopped`: whether what undoes stops it."""
    what = f"mismatch: {name}, on {instance} with its previous root volume, is another database: {how}"
    state = "Nothing was replaced, and Neo4j is stopped again." if stopped else "Nothing was replaced; Neo4j runs, and takes writes."
    mount = "Check that a boot mounts the data volume (/etc/fstab, systemd), not the first boot alone; mount it, start Neo4j, then run the same command again."
    meant = f"If it was restored or loaded on purpose, remove the tags {', '.join(KEYS)} from {instance}."
    return Refuse((Fault(what, f"{state} {mount} {meant}"),), Exit.FAILED)


def without_root(name: str, instance: str, note: Note, task: Task | None, missing: float) -> Wait | Refuse:
    """`missing`: for how many seconds this run has seen none. While EC2 exchanges the two, neither may show; whoever believed that at once would attach the old one by hand."""
    if missing < SHOWS_WITHIN and not (task and task.state.startswith("failed")):
        return Wait(f"{instance} shows no root volume", POLL)
    told = f" ({task.id} is {task.state})" if task else ""
    what = f"{name} is down: {instance} has no root volume{told}"
    hint = f"Stop the instance, attach {note.old.root} to it as its root device, and start it. The data volume was not touched."
    return Refuse((Fault(what, hint),), Exit.FAILED)


def _failed(want: Want, task: Task) -> Refuse:
    what = f"EC2 could not replace the root volume of {want.instance}: {task.id} is {task.state}; the old one is still attached"
    return Refuse((Fault(what, "Check the AMI and its snapshots, then run the same command again."),), Exit.FAILED)


def _old(want: Want, seen: Seen, note: Note) -> Decision[SwapStep]:
    """As long as the old root is attached."""
    if seen.another:
        return another_database(want.name, want.instance, seen.another, stopped=_restarts(seen, note))
    if note.former and seen.pair and seen.pair.on_successor:
        return succession.take(_place(want, seen, note), seen.pair)
    if note.former and seen.pair and seen.state != "running":
        return _secured(want, seen, note) or succession.take(_place(want, seen, note), seen.pair)
    if note.changes_user_data and seen.user_data != note.new.user_data:
        return _change_user_data(want, seen, note)
    if note.changes_user_data and seen.state == "stopped":
        return StartInstance(want.instance, "user data")
    if seen.state != "running":
        return _not_up(want, seen)
    if note.changes_user_data and not note.restarted:
        return NoteRestarted(want.instance) if seen.answers else _until_restarted(want, seen, note)
    if seen.running and seen.snapshot:
        return Refuse((started_by_others(want.name),), Exit.REMOTE)
    if seen.running:
        return StopDatabase(want.instance)
    if (first := _secured(want, seen, note)) is not None:
        return first
    if note.former and seen.pair:
        return succession.take(_place(want, seen, note), seen.pair)
    if not seen.kept:
        return KeepRoot(note.old.root, str(note.old.version))
    return ReplaceRoot(want.instance, note.new.image)


def _secured(want: Want, seen: Seen, note: Note) -> Decision[SwapStep] | None:
    """Of a database that is stopped: None once there is a way back, and no timer starts it meanwhile."""
    if seen.snapshot is None:
        return TakeSnapshot(want.volume, note.backup)
    if seen.snapshot.state == "error":
        what = f"the snapshot {seen.snapshot.id} of {want.name} failed: EBS could not complete it"
        return Refuse((Fault(what, "Nothing was replaced. Run the same command again."),), Exit.REMOTE)
    if seen.state == "running" and not seen.timed:
        return KeepStopped(want.instance)
    if not note.same_store and seen.snapshot.state != "completed":
        return _until_complete(want, seen, seen.snapshot)
    return None


def _place(want: Want, seen: Seen, note: Note) -> succession.Place:
    assert note.former
    late = seen.now >= want.give_up
    return succession.Place(name=want.name, former=note.former, volume=note.volume, image=note.new.image, backup=note.backup, late=late)


def _change_user_data(want: Want, seen: Seen, note: Note) -> Decision[SwapStep]:
    """What is kept is kept while the database still runs; the snapshot comes after the restart, since writes may come in until the stop after it."""
    if seen.user_data != note.old.user_data:
        return changed_by_others(want.name, want.instance)
    if not seen.user_data_kept:
        return KeepUserData(want.instance, note.old.user_data)
    if seen.state == "running":
        return StopBeforeRestart(want.instance) if seen.running else StopInstance(want.instance, "user data")
    return SetUserData(want.instance, note.new.user_data) if seen.state == "stopped" else _not_up(want, seen)


def _until_restarted(want: Want, seen: Seen, note: Note) -> Wait | Refuse:
    """It has to respond as it did, before anything is replaced."""
    if seen.down_since and (seen.now - seen.down_since).total_seconds() > want.start_within:
        why = f" ({seen.why_not})" if seen.why_not else ""
        what = f"{want.name} did not come back: {want.instance} was restarted to change its user data, and Neo4j {note.old.version} does not respond{why}"
        return Refuse(
            (
                Fault(
                    what,
                    "Nothing was replaced. Check that a boot starts it (systemctl is-enabled neo4j), and its log: journalctl -u neo4j.",
                ),
            ),
            Exit.FAILED,
        )
    return Wait(f"Neo4j {note.old.version} starts on {want.instance}, which was restarted", POLL)


def started_by_others(name: str) -> Fault:
    return Fault(f"{name} was started by somebody else while this run had stopped it", "Nothing was replaced. Run the same command again.")


def _until_complete(want: Want, seen: Seen, snapshot: Snapshot) -> Wait | Refuse:
    """The new version changes the store: the snapshot is the only way back, so it has to be there first."""
    if seen.now >= want.give_up:
        what = f"timed out: the snapshot {snapshot.id} of {want.name}, the only way back from Neo4j {want.version}, is not complete"
        return Refuse((Fault(what, "Nothing was replaced. Run the same command again, with more --wait-for-minutes."),), Exit.REMOTE)
    return Wait(f"snapshot {snapshot.id} is {snapshot.state}, {snapshot.progress or '0%'}", POLL)


def _not_up(want: Want, seen: Seen) -> Wait | Refuse:
    if seen.state in {"pending", "stopping", "rebooting"} and seen.now < want.give_up:
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    what = f"{want.name} is down: its instance {want.instance} is {seen.state or 'not there'}"
    return Refuse((Fault(what, "Start the instance, then run the same command again."),), Exit.REMOTE)


def _new(want: Want, seen: Seen, note: Note) -> Decision[SwapStep]:
    """Once another root is attached: until the database has proven that it is the one from before."""
    if not seen.answers or seen.wrong is None:
        return _until_it_answers(want, seen)
    if seen.wrong:
        what = f"mismatch: {want.name} on {note.new.image}: {seen.wrong}"
        return Refuse((Fault(what),), Exit.FAILED)
    if seen.stopped:
        return RemoveStop(want.instance)
    if not want.baked:
        return Done("back")
    if seen.pair and (left := succession.settle(seen.pair)):
        return left
    return NoteRolled(want.instance, note.new.image)


def _until_it_answers(want: Want, seen: Seen) -> Wait | Refuse:
    since = seen.down_since or seen.now
    if (seen.now - since).total_seconds() > want.start_within:
        what = f"{want.name} did not come back: Neo4j {want.version} on {want.instance} does not respond after {want.start_within:.0f} s"
        why = f" ({seen.why_not})" if seen.why_not else ""
        return Refuse((Fault(f"{what}{why}"),), Exit.FAILED)
    if seen.answers:
        return Wait(f"{want.name} responds; its fingerprint is not read yet", POLL)
    return Wait(f"Neo4j {want.version} starts on {want.instance}", POLL)


def undo(want: Want, seen: Seen) -> Decision[SwapStep]:
    """After a failure or a signal, as long as nothing was replaced: the database runs again, and nothing is noted."""
    want, note = _where_it_is(want, seen), seen.note
    if note is None or note.state != "rolling" or note.run != want.run or seen.swapped:
        return Done("left")
    if busy(seen) or not seen.root:
        return Done("left")
    if seen.another and (_restarts(seen, note) or note.former):
        return _stopped_for_good(want, seen)
    if note.former and seen.pair:
        if seen.pair.on_successor:
            return Done("left")
        if back := succession.put_back(note.volume, note.former, seen.pair):
            return back
    stops = note.changes_user_data or note.former is not None
    if stops and seen.state == "stopped":
        return StartAgain(want.instance)
    if stops and seen.state != "running" and not _late(want, seen):
        return Wait(f"instance {want.instance} is {seen.state}", POLL)
    if not seen.running:
        return StartDatabase(want.instance)
    if not seen.answers:
        if _late(want, seen):
            what = f"{want.name} did not come back: Neo4j on {want.instance} was started, and does not respond"
            return Refuse((Fault(what, "Look at its log on the instance: journalctl -u neo4j."),), Exit.FAILED)
        return Wait(f"Neo4j starts on {want.instance}", POLL)
    if (
        note.changes_user_data and seen.user_data != note.old.user_data
    ):  # to change them back it would have to stop once more: going back does
        return RemoveStop(want.instance) if seen.stopped else Done("left")
    return (succession.discard(seen.pair) if seen.pair else None) or ForgetRoll(want.instance)


def _stopped_for_good(want: Want, seen: Seen) -> Decision[SwapStep]:
    """An empty store on the root volume would take writes that nobody finds again."""
    if seen.running:
        return StopDatabase(want.instance)
    return LeaveStopped(want.instance) if seen.stopped else Done("left")


def _late(want: Want, seen: Seen) -> bool:
    return (seen.now - (seen.down_since or seen.now)).total_seconds() > want.start_within
