"""How the writes to a database are stopped before it stops, and let in again whatever happens: pure.

A gate is what keeps writes out: the database's access mode, or the desired count of the service that writes. It bears a note, in AWS, from before it is
closed until after it is open again: whoever comes later knows what it was before, and opens it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from credex_actions.core.faults import Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait

Way: TypeAlias = Literal["read-only", "service", "shutdown", "none"]
"""`shutdown`: no gate; open transactions get their time, and the clean stop of Neo4j ends the writes."""
ALONE: Final = "Community Edition cannot become read-only while it runs: the clean stop of Neo4j ends the writes"
"""Tried on 5.26.16: ALTER DATABASE … SET ACCESS is an unsupported administration command there, and dbms.setConfigValue does not exist;
server.databases.default_to_read_only does work, but only from a restart on."""


@dataclass(frozen=True)
class NoteGate(Step):
    says = "note on {place} that writes to {database} are stopped"
    harmless = True
    twice = "nothing: the same tag"
    place: str
    database: str
    before: str
    run: str


@dataclass(frozen=True)
class CloseGate(Step):
    says = "stop the writes to {database}: {how}"
    harmless = True
    twice = "nothing: the same access mode, or the same desired count"
    database: str
    how: str


@dataclass(frozen=True)
class OpenGate(Step):
    says = "let writes to {database} in again: {how}"
    harmless = True
    twice = "nothing: the same access mode, or the same desired count"
    database: str
    how: str
    before: str


@dataclass(frozen=True)
class RemoveGateNote(Step):
    says = "remove the note from {place}: writes to {database} are let in"
    harmless = True
    twice = "nothing: it is gone"
    place: str
    database: str


WriteStep: TypeAlias = NoteGate | CloseGate | OpenGate | RemoveGateNote


class Note(NamedTuple):
    """`before`: what the gate was before it was closed. `held`: until when the run that wrote it may be alive; None if it is over for certain."""

    run: str
    before: str
    held: datetime | None


@dataclass(frozen=True, kw_only=True)
class Want:
    """`place`: what bears the note. `closing`, `opening`: how, in words; `opening` may have a gap for what was before."""

    database: str
    place: str
    run: str
    way: Way
    closing: str = ""
    opening: str = ""
    within: float = 30.0
    poll: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`state`: the gate, as it is now. `closed`: whether that keeps writes out. `busy`: what was in progress when the gate was closed and still is, a
    sentence each. `draining_since`: when this run first saw it closed.
    """

    now: datetime
    note: Note | None = None
    state: str = ""
    closed: bool = False
    busy: tuple[str, ...] = ()
    draining_since: datetime | None = None


def way_of(drain: str, edition: str) -> Way:
    if drain == "stop-writes":
        return "read-only" if edition == "enterprise" else "shutdown"
    return "service" if drain == "service" else "none"


def decide_stop(want: Want, seen: Seen) -> Decision[WriteStep]:
    if want.way == "none":
        return Done("nothing", "writes are not stopped: rollout.drain is none")
    if want.way == "shutdown":
        return _drained(want, seen, Done("drained", ALONE))
    if seen.note is None and seen.closed:
        return _drained(want, seen, Done("closed before", f"nothing writes to {want.database}: {want.closing} was so before"))
    if seen.note is None or seen.note.run != want.run:
        if seen.note and seen.note.held:
            return _at_work(want, seen.note, seen.note.held)
        return NoteGate(want.place, want.database, seen.note.before if seen.note else seen.state, want.run)
    if not seen.closed:
        return CloseGate(want.database, want.closing)
    return _drained(want, seen, Done("stopped", f"{want.database}: {want.closing}"))


def _drained(want: Want, seen: Seen, done: Done) -> Wait | Done:
    """What does not end in time is ended by Neo4j's own shutdown, and rolled back: nobody was told that it is committed."""
    if not seen.busy:
        return done
    since = seen.draining_since or seen.now
    if (seen.now - since).total_seconds() >= want.within:
        return Done(done.outcome, f"{done.why}; after {want.within:g} s still in progress, and ended by the stop: {'; '.join(seen.busy)}")
    return Wait(f"{want.database}: waiting for the end of {'; '.join(seen.busy)}", want.poll)


def decide_resume(want: Want, seen: Seen) -> Decision[WriteStep]:
    """Opens only what a run of ours has closed, to what it was before. What somebody has opened meanwhile stays as it is."""
    if want.way in {"none", "shutdown"} or seen.note is None:
        return Done("open")
    if seen.note.run != want.run and seen.note.held:
        return _at_work(want, seen.note, seen.note.held)
    if seen.closed and seen.note.before != seen.state:
        return OpenGate(want.database, want.opening.format(before=seen.note.before), seen.note.before)
    return RemoveGateNote(want.place, want.database)


def _at_work(want: Want, note: Note, held: datetime) -> Refuse:
    what = f"refused: the run {note.run}, which is at work, has stopped the writes to {want.database}"
    hint = f"Wait for it. If it was killed: from {held:%H:%M:%S} UTC on, the same command continues, and --mode sweep lets writes in again."
    return Refuse((Fault(what, hint),))


def after(seen: Seen, step: WriteStep | Wait) -> Seen:
    """The world if `step` works."""
    match step:
        case NoteGate():
            return replace(seen, note=Note(step.run, step.before, None))
        case CloseGate():
            return replace(seen, closed=True, state="closed", draining_since=seen.now)
        case OpenGate():
            return replace(seen, closed=False, state=step.before)
        case RemoveGateNote():
            return replace(seen, note=None)
        case Wait():
            return replace(seen, busy=())
