"""How a snapshot is taken of a database that runs: pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from credex_actions.backup.taking.stopping import NoteStop, RemoveNote, StartDatabase, StopDatabase, after_step, back, stop
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait


@dataclass(frozen=True)
class Checkpoint(Step):
    says = "write a checkpoint in {database}"
    harmless = True
    twice = "nothing: another checkpoint"
    database: str


@dataclass(frozen=True)
class TakeSnapshot(Step):
    says = "take a snapshot of {volume}"
    harmless = True
    twice = "nothing that is wrong: two good backups of one id; pruning deletes both when they are old"
    unseen = "If it was taken after all, `list` shows it. Running the same command again takes another one."
    volume: str
    backup: str


@dataclass(frozen=True)
class StartBackupJob(Step):
    says = "start a backup job for {volume} into the vault {vault}"
    harmless = True
    twice = "nothing: the same idempotency token"
    volume: str
    vault: str
    backup: str


@dataclass(frozen=True)
class NoteTransaction(Step):
    says = "note on {snapshot} that it holds at most transaction {transaction}"
    harmless = True
    twice = "nothing: the same tag"
    snapshot: str
    transaction: int


SnapshotStep: TypeAlias = (
    Checkpoint | NoteStop | StopDatabase | TakeSnapshot | StartBackupJob | StartDatabase | RemoveNote | NoteTransaction
)


@dataclass(frozen=True, kw_only=True)
class Want:
    """`vault`: of AWS Backup; "" for a snapshot of EBS."""

    backup: str
    name: str
    instance: str
    volume: str
    run: str
    quiesce: Literal["checkpoint", "stop"]
    can_checkpoint: bool
    give_up: datetime
    vault: str = ""
    poll: float = 5.0
    start_within: float = 600.0


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`id`: "" as long as only the backup job knows it."""

    id: str
    state: str
    progress: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`stopped_by`: what the instance's note says. `running`: whether Neo4j runs, as systemd says. `answers`: whether Bolt does, too.

    `transaction`: the last one, read after the snapshot was begun; `noted`: what the snapshot's tag says of it.
    """

    now: datetime
    checkpointed: bool
    stopped_by: str
    running: bool
    answers: bool
    down_since: datetime | None
    snapshot: Snapshot | None
    transaction: int | None
    noted: int | None
    rolled_by: str = ""


def decide(want: Want, seen: Seen) -> Decision[SnapshotStep]:
    if seen.snapshot is None:
        return _before(want, seen)
    if want.quiesce == "stop" and (seen.stopped_by or not seen.running or not seen.answers):
        return back(want, seen)
    if seen.snapshot.state == "error":
        why = seen.snapshot.why or "EBS could not complete it"
        what = f"the snapshot {_of(seen.snapshot, want)} failed: {why}"
        return Refuse((Fault(what, "It is no backup. Run the command again; a sweep removes what failed."),), Exit.FAILED)
    if seen.transaction is not None and seen.noted is None and seen.snapshot.id:
        return NoteTransaction(seen.snapshot.id, seen.transaction)
    if seen.snapshot.state == "completed" and seen.snapshot.id:
        return Done("taken", seen.snapshot.id)
    if seen.now >= want.give_up:
        what = f"the snapshot {_of(seen.snapshot, want)} is still {seen.snapshot.state} ({seen.snapshot.progress or '0%'})"
        return Refuse((Fault(what, "EBS goes on with it; `list` shows when it is complete. Until then it is no backup."),), Exit.REMOTE)
    return Wait(f"snapshot {_of(seen.snapshot, want)} is {seen.snapshot.state}, {seen.snapshot.progress or '0%'}", want.poll)


def _of(snapshot: Snapshot, want: Want) -> str:
    return f"{snapshot.id} of {want.name}".strip()


def _before(want: Want, seen: Seen) -> Decision[SnapshotStep]:
    if want.quiesce == "checkpoint":
        if want.can_checkpoint and not seen.checkpointed:
            return Checkpoint(want.name)
        return StartBackupJob(want.volume, want.vault, want.backup) if want.vault else TakeSnapshot(want.volume, want.backup)
    return stop(want, seen) or TakeSnapshot(want.volume, want.backup)


def after(seen: Seen, step: SnapshotStep | Wait) -> Seen:
    """The world if `step` works."""
    match step:
        case Checkpoint():
            return replace(seen, checkpointed=True)
        case TakeSnapshot() | StartBackupJob():
            return replace(seen, snapshot=Snapshot(id="the new snapshot", state="pending"))
        case NoteStop() | StopDatabase() | StartDatabase() | RemoveNote():
            return after_step(seen, step, seen.now)
        case NoteTransaction():
            return replace(seen, noted=step.transaction)
        case Wait():
            state = replace(seen.snapshot, state="completed") if seen.snapshot and seen.answers else seen.snapshot
            return replace(seen, answers=seen.running, snapshot=state)
