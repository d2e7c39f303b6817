"""How the data of a database gets from the root volume to a volume of its own: pure.

What was done shows on the volume's tags, on the instance's, and on the instance itself, so that a run that is killed anywhere is continued by the next one.
The order keeps every state in between harmless. Neo4j runs from the old folder until it is stopped; the copy is compared file by file; before the old folder
is renamed, systemd is told not to start Neo4j unless the volume is mounted, so that no half-way state can start an empty database.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.rollout.moving.steps import (
    AttachVolume,
    CopyData,
    CreateVolume,
    Format,
    MoveStep,
    NoteBefore,
    NoteMoved,
    NoteStop,
    RemoveNote,
    StartDatabase,
    StopDatabase,
    SwitchBack,
    SwitchOver,
)
from credex_actions.rollout.moving.world import Seen, Volume, Want

POLL: Final = 2.0
ROOT: Final = "the root volume"


def decide(want: Want, seen: Seen) -> Decision[MoveStep]:
    """To a database that runs from its own volume, and is the one from before."""
    if seen.noted and seen.noted != want.run and seen.held:
        return _at_work(want, seen.noted, seen.held)
    if seen.volume and seen.volume.moved and seen.place.mounted and seen.place.running and not seen.noted and seen.answers:
        return Done("moved", seen.volume.id)
    if seen.place.mounted:
        return _on_volume(want, seen)
    if seen.now >= want.give_up and seen.place.running:
        what = f"timed out: the data of {want.name} were not moved; it runs from the root volume"
        return Refuse((Fault(what, "Run the same command again, with more --wait-for-minutes: it continues."),), Exit.REMOTE)
    return _before(want, seen)


def _before(want: Want, seen: Seen) -> Decision[MoveStep]:
    """While the data are on the root volume. The database runs for as long as nothing needs it to be stopped."""
    volume, place = seen.volume, seen.place
    if volume is None:
        return CreateVolume(want.name, want.size, want.zone)
    if not volume.attached:
        return _attach(want, volume)
    if not place.device:
        return Wait(f"{want.instance} does not show {volume.id} yet", POLL)
    if not place.staged and not place.kept:
        return Format(volume.id, want.name)
    if place.running:
        return _stop(want, seen, volume)
    if not volume.before:
        what = f"{want.name} is stopped, and what it was before is not known: no run of this command has stopped it"
        return Refuse((Fault(what, "Start the database, then run the same command again."),), Exit.REMOTE)
    if seen.noted != want.run:
        return NoteStop(want.instance, want.run)
    if not place.copied and not place.kept:
        return CopyData(want.name, volume.id)
    return SwitchOver(want.name, volume.id, want.kept)


def _stop(want: Want, seen: Seen, volume: Volume) -> MoveStep | Wait:
    if not seen.now_is:
        return Wait(f"{want.name}: its fingerprint is not read yet", POLL)
    if volume.before != seen.now_is:
        return NoteBefore(volume.id, want.name, seen.now_is)
    return StopDatabase(want.instance) if seen.noted == want.run else NoteStop(want.instance, want.run)


def _attach(want: Want, volume: Volume) -> Decision[MoveStep]:
    if volume.state == "available":
        return AttachVolume(volume.id, want.instance, want.device)
    if volume.state == "creating" or volume.at == want.instance:
        return Wait(f"volume {volume.id} is {'being created' if volume.state == 'creating' else 'being attached'}", POLL)
    if volume.state == "in-use":
        what = f"the volume {volume.id}, which is for {want.name}, is attached to {volume.at or 'another instance'}"
        return Refuse((Fault(what, "Detach it, or delete its tag credex:move if it is not for this."),), Exit.REMOTE)
    what = f"the volume {volume.id} for {want.name} is {volume.state}"
    return Refuse((Fault(what, "Delete it, and run the same command again: it creates another one."),), Exit.REMOTE)


def _on_volume(want: Want, seen: Seen) -> Decision[MoveStep]:
    """Once the volume is in the place of the data."""
    assert seen.volume
    if seen.noted != want.run and not (seen.place.running and seen.answers):
        return NoteStop(want.instance, want.run)
    if not seen.place.running:
        return StartDatabase(want.instance, seen.volume.id)
    if not seen.answers:
        return _until_it_answers(want, seen, seen.volume.id)
    if seen.proven is None:
        return Wait(f"{want.name} responds; its fingerprint is not read yet", POLL)
    if seen.proven:
        what = f"mismatch: seen from before it moved, {want.name} on {seen.volume.id} is: {seen.proven}"
        return Refuse((Fault(what),), Exit.FAILED)
    if not seen.volume.moved:
        return NoteMoved(seen.volume.id, want.name)
    return RemoveNote(want.instance)


def _until_it_answers(want: Want, seen: Seen, place: str) -> Wait | Refuse:
    since = seen.started or seen.now
    if (seen.now - since).total_seconds() > want.start_within:
        what = f"{want.name} did not come back from {place}: Neo4j on {want.instance} does not respond after {want.start_within:.0f} s"
        return Refuse((Fault(what, "Look at its log on the instance: journalctl -u neo4j."),), Exit.FAILED)
    return Wait(f"Neo4j starts on {want.instance}, from {place}", POLL)


def prepare(want: Want, seen: Seen) -> Decision[MoveStep]:
    """As far as it goes while the database runs and is written to."""
    place = seen.place
    return Done("prepared") if place.staged or place.kept or place.mounted or not place.running else decide(want, seen)


def back(want: Want, seen: Seen, *, failed: bool) -> Decision[MoveStep]:
    """After a failure or a signal: the database runs again. From the root volume, where it `failed` to come back from the other one (`nothing_written`), or did
    not get there; else from the other one, where it may have been written to. The volume stays, for an investigation and for the next try.
    """
    place, volume = seen.place, seen.volume.id if seen.volume else ""
    moved = seen.volume is not None and seen.volume.moved
    returns = place.kept and not moved and (failed or not place.mounted)
    if seen.noted != want.run:
        mine = place.mounted or place.kept or not place.running
        return NoteStop(want.instance, want.run) if mine and (returns or not place.running) else Done("as it was")
    if returns:
        return StopDatabase(want.instance) if place.running else SwitchBack(want.name, volume)
    where = volume if place.mounted or moved else ROOT
    if not place.running:
        return StartDatabase(want.instance, where)
    if not seen.answers:
        return _until_it_answers(want, seen, where)
    return RemoveNote(want.instance)


def nothing_written(sent: Iterable[Step], *, answered: bool) -> bool:
    """Whether nobody can have written to the database on its volume: this run has mounted it there, and since then Bolt never responded."""
    return not answered and any(isinstance(step, SwitchOver) for step in sent)


def _at_work(want: Want, run: str, held: datetime) -> Refuse:
    what = f"refused: the database {want.name} is stopped by the run {run}, which is at work"
    return Refuse((Fault(what, f"Wait for it. If it was killed: from {held:%H:%M:%S} UTC on, the same command continues."),))
