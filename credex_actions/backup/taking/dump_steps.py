"""How a dump is taken: Neo4j stops for as long as the dump takes, not for its upload. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from credex_actions.backup.taking.steps import NoteStop, RemoveNote, StartDatabase, StopDatabase, stopped_by_another
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait


@dataclass(frozen=True)
class Dump(Step):
    says = "dump {database} on {instance}"
    harmless = True
    twice = "nothing: the file is written again"
    database: str
    instance: str
    backup: str


@dataclass(frozen=True)
class Upload(Step):
    says = "upload the dump to {place}"
    harmless = True
    twice = "nothing: the same object; in a bucket with versions, an older version of it"
    place: str
    instance: str
    backup: str


@dataclass(frozen=True)
class TagDump(Step):
    says = "mark {place} as a complete backup"
    harmless = True
    twice = "nothing: the same tags"
    place: str


@dataclass(frozen=True)
class RemoveFile(Step):
    says = "remove the dump from {instance}"
    harmless = True
    twice = "nothing: it is gone"
    instance: str
    backup: str


DumpStep: TypeAlias = NoteStop | StopDatabase | Dump | StartDatabase | RemoveNote | Upload | TagDump | RemoveFile


@dataclass(frozen=True, kw_only=True)
class WantDump:
    backup: str
    database: str
    name: str
    instance: str
    place: str
    run: str
    start_within: float = 600.0


@dataclass(frozen=True, kw_only=True)
class SeenDump:
    """`dumped`: the file is on the instance; `verified`: the object in S3 is that file; `removed`: the file is gone from the instance."""

    now: datetime
    stopped_by: str
    running: bool
    answers: bool
    down_since: datetime | None
    dumped: bool
    verified: bool
    tagged: bool
    removed: bool


def decide(want: WantDump, seen: SeenDump) -> Decision[DumpStep]:
    if not seen.dumped:
        return _before(want, seen)
    if seen.stopped_by or not seen.running or not seen.answers:
        return back(want, seen)
    if not seen.verified:
        return Upload(want.place, want.instance, want.backup)
    if not seen.tagged:
        return TagDump(want.place)
    if not seen.removed:
        return RemoveFile(want.instance, want.backup)
    return Done("taken", want.place)


def _before(want: WantDump, seen: SeenDump) -> Decision[DumpStep]:
    if seen.stopped_by and seen.stopped_by != want.run:
        return stopped_by_another(want.name, seen.stopped_by)
    if not seen.stopped_by:
        return NoteStop(want.instance, want.run)
    if seen.running:
        return StopDatabase(want.instance)
    return Dump(want.database, want.instance, want.backup)


def back(want: WantDump, seen: SeenDump) -> Decision[DumpStep]:
    """The way to a database that runs again; what a failed and a cancelled run do too."""
    if not seen.running:
        return StartDatabase(want.instance)
    if not seen.answers:
        since = seen.down_since or seen.now
        if (seen.now - since).total_seconds() > want.start_within:
            what = (
                f"{want.name} did not come back: Neo4j on {want.instance} was started, and does not respond after {want.start_within:.0f} s"
            )
            return Refuse((Fault(what, "Look at its log on the instance: journalctl -u neo4j."),), Exit.FAILED)
        return Wait(f"Neo4j starts on {want.instance}", 2.0)
    if seen.stopped_by:
        return RemoveNote(want.instance)
    return Done("runs")


def after(seen: SeenDump, step: DumpStep | Wait) -> SeenDump:
    match step:
        case NoteStop():
            return replace(seen, stopped_by=step.run)
        case StopDatabase():
            return replace(seen, running=False, answers=False, down_since=seen.now)
        case Dump():
            return replace(seen, dumped=True)
        case StartDatabase():
            return replace(seen, running=True)
        case RemoveNote():
            return replace(seen, stopped_by="")
        case Upload():
            return replace(seen, verified=True)
        case TagDump():
            return replace(seen, tagged=True)
        case RemoveFile():
            return replace(seen, removed=True)
        case Wait():
            return replace(seen, answers=seen.running)
