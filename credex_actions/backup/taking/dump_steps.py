"""How a dump is taken: Neo4j stops for as long as the dump takes, not for its upload. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from credex_actions.backup.taking.stopping import DowntimeStep, NoteStop, RemoveNote, StartDatabase, StopDatabase, after_step, back, stop
from credex_actions.core.loop import Decision, Done, Step, Wait


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


DumpStep: TypeAlias = Dump | Upload | TagDump | RemoveFile | DowntimeStep


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
    rolled_by: str = ""


def decide(want: WantDump, seen: SeenDump) -> Decision[DumpStep]:
    if not seen.dumped:
        return stop(want, seen) or Dump(want.database, want.instance, want.backup)
    if seen.stopped_by or not seen.running or not seen.answers:
        return back(want, seen)
    if not seen.verified:
        return Upload(want.place, want.instance, want.backup)
    if not seen.tagged:
        return TagDump(want.place)
    if not seen.removed:
        return RemoveFile(want.instance, want.backup)
    return Done("taken", want.place)


def after(seen: SeenDump, step: DumpStep | Wait) -> SeenDump:
    match step:
        case Dump():
            return replace(seen, dumped=True)
        case NoteStop() | StopDatabase() | StartDatabase() | RemoveNote():
            return after_step(seen, step, seen.now)
        case Upload():
            return replace(seen, verified=True)
        case TagDump():
            return replace(seen, tagged=True)
        case RemoveFile():
            return replace(seen, removed=True)
        case Wait():
            return replace(seen, answers=seen.running)
