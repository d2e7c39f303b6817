"""How a database is stopped for a backup, and started again whatever happens: pure, and the same for a snapshot and a dump."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STOPPED_BY: Final = "credex:stopped-by"
"""A tag of the instance, from before its database is stopped until it runs again: whoever comes later knows that it has to be started."""


@dataclass(frozen=True)
class NoteStop(Step):
    says = "note on {instance} that its database is stopped for a backup"
    harmless = True
    twice = "nothing: the same tag"
    instance: str
    run: str


@dataclass(frozen=True)
class StopDatabase(Step):
    says = "stop Neo4j on {instance}"
    harmless = True
    twice = "nothing: it is stopped already"
    instance: str


@dataclass(frozen=True)
class StartDatabase(Step):
    says = "start Neo4j on {instance}"
    harmless = True
    twice = "nothing: it runs already"
    instance: str


@dataclass(frozen=True)
class RemoveNote(Step):
    says = "remove the note from {instance}: its database runs again"
    harmless = True
    twice = "nothing: it is gone"
    instance: str


DowntimeStep: TypeAlias = NoteStop | StopDatabase | StartDatabase | RemoveNote


class Wanted(Protocol):
    """`name`: of the database, for people."""

    @property
    def name(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def start_within(self) -> float: ...


class Down(Protocol):
    """`rolled_by`: the run whose roll-out of it is half-done, "" if none is. `stopped_by`: what the instance's note says. `running`: whether Neo4j runs, as systemd says. `answers`: whether Bolt does, too."""

    @property
    def now(self) -> datetime: ...
    @property
    def rolled_by(self) -> str: ...
    @property
    def stopped_by(self) -> str: ...
    @property
    def running(self) -> bool: ...
    @property
    def answers(self) -> bool: ...
    @property
    def down_since(self) -> datetime | None: ...


def stop(want: Wanted, seen: Down) -> NoteStop | StopDatabase | Refuse | None:
    """The way to a database that this run has stopped; None once it is. One that is watched after a swap would be taken for one that went wrong."""
    if seen.rolled_by:
        what = f"{want.name} is not stopped for a backup: a roll-out of it by {seen.rolled_by} is half-done"
        return Refuse(
            (Fault(what, "Wait for its end; if that run is over, neo4j-ami-rollout continues it. Or back up with quiesce: checkpoint."),)
        )
    if seen.stopped_by and seen.stopped_by != want.run:
        what = f"the database {want.name} was stopped for a backup by {seen.stopped_by}, which has not started it again"
        return Refuse((Fault(what, "If that run is over, start the database with --mode sweep, then run this again."),))
    if not seen.stopped_by:
        return NoteStop(want.instance, want.run)
    return StopDatabase(want.instance) if seen.running else None


def back(want: Wanted, seen: Down) -> Decision[Any]:
    """The way to a database that runs again; what a failed and a cancelled run do too."""
    if not seen.running:
        return StartDatabase(want.instance)
    if not seen.answers:
        since = seen.down_since or seen.now
        if (seen.now - since).total_seconds() > want.start_within:
            what = (
                f"{want.name} did not come back: Neo4j on {want.instance} was started, and does not respond after {want.start_within:.0f} s"
            )
            hint = f"Look at its log on the instance: journalctl -u neo4j. The note {STOPPED_BY} on {want.instance} stays until it runs."
            return Refuse((Fault(what, hint),), Exit.FAILED)
        return Wait(f"Neo4j starts on {want.instance}", 2.0)
    if seen.stopped_by:
        return RemoveNote(want.instance)
    return Done("runs")


S = TypeVar("S", bound="DataclassInstance")


def after_step(seen: S, step: DowntimeStep, now: datetime) -> S:
    """The world if `step` works."""
    changes: dict[str, Any]
    match step:
        case NoteStop():
            changes = {"stopped_by": step.run}
        case StopDatabase():
            changes = {"running": False, "answers": False, "down_since": now}
        case StartDatabase():
            changes = {"running": True}
        case RemoveNote():
            changes = {"stopped_by": ""}
    return replace(seen, **changes)
