"""Takes a snapshot of a database's volume: the effects at the edge of steps.py."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import botocore.exceptions

from credex_actions.backup.archive import UP_TO, Backup, tags_of
from credex_actions.backup.context import Context, Target
from credex_actions.backup.live import Live
from credex_actions.backup.reading import of_snapshot as of_snapshot_record
from credex_actions.backup.taking.downtime import Downtime
from credex_actions.backup.taking.guarantees import of_snapshot
from credex_actions.backup.taking.sources import Source, tag_snapshot
from credex_actions.backup.taking.steps import (
    Checkpoint,
    NoteTransaction,
    Seen,
    Snapshot,
    SnapshotStep,
    StartBackupJob,
    TakeSnapshot,
    Want,
    after,
    decide,
)
from credex_actions.backup.taking.stopping import back
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Decision, Operation, Run, Step, drive, plan
from credex_actions.neo4j.fingerprint import Fingerprint, tag_of


@dataclass
class SnapshotTaking:
    context: Context
    target: Target
    live: Live
    fingerprint: Fingerprint
    want: Want
    run: Run
    downtime: Downtime
    source: Source
    checkpointed: bool = False
    taken: Snapshot | None = None
    transaction: int | None = None
    transaction_read: bool = False
    noted: int | None = None

    def take(self) -> None:
        """Raises Failure, and Cancelled: the database runs again then, or the failure says that it does not."""
        if self.want.quiesce == "stop":
            self.downtime.look()
        with self.downtime.lease:
            try:
                drive(self._operation(partial(decide, self.want)), self.run)
            except (Cancelled, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                if self.downtime.stopped_by == self.want.run:
                    with self.downtime.way_back():
                        drive(self._operation(partial(back, self.want)), self.run)
                raise

    def _operation(self, by: Callable[[Seen], Decision[SnapshotStep]]) -> Operation[Seen, SnapshotStep]:
        return Operation(self.observe, by, self.act, after)

    def plan(self) -> list[str]:
        """What `take` would do."""
        moves = plan(self._operation(partial(decide, self.want)), self.observe())
        return [str(move) for move in moves if isinstance(move, Step)]

    @property
    def guarantee(self) -> str:
        return of_snapshot(self.want.quiesce, checkpointed=self.checkpointed, started_meanwhile=self.downtime.found_running)

    def backup(self) -> Backup:
        """As AWS has it now. Raises Failure where it cannot be read."""
        assert self.taken
        ec2, snapshot = self.context.clients.read("ec2"), self.taken.id
        found = look_again(self.run.clock, lambda: ec2.describe_snapshots(SnapshotIds=[snapshot]))["Snapshots"]
        backup = of_snapshot_record(found[0]) if found else None
        if backup is None or not backup.good:
            what = f"the snapshot {snapshot} has lost its tags" if backup is None else f"the snapshot {snapshot}: {backup.why}"
            raise Failure(Exit.FAILED, Fault(what, "Without them it is no backup. Find out who changes them, and take another one."))
        return backup

    def observe(self) -> Seen:
        if any(isinstance(step, TakeSnapshot | StartBackupJob) for step in self.run.sent):
            self.taken = self.source.look(self.want.backup, self.taken)
        downtime = self.downtime
        answers = downtime.answers
        begun = self.taken is not None and (
            not self.want.vault or self.taken.state == "completed"
        )  # a job begins its snapshot when it likes
        if begun and answers and not self.transaction_read:
            self.transaction, self.transaction_read = self.live.last_transaction(), True
        return Seen(
            now=self.run.clock.now(),
            checkpointed=self.checkpointed,
            rolled_by=downtime.rolled_by,
            stopped_by=downtime.stopped_by,
            running=downtime.running,
            answers=answers,
            down_since=downtime.down_since,
            snapshot=self.taken,
            transaction=self.transaction,
            noted=self.noted,
        )

    def act(self, step: SnapshotStep) -> None:
        match step:
            case Checkpoint():
                self.live.checkpoint()
                self.checkpointed = True
            case TakeSnapshot() | StartBackupJob():
                self.taken = self.source.begin(step.volume, step.backup, self._tags())
            case NoteTransaction():
                tag_snapshot(self.context.clients, step.snapshot, {UP_TO: str(step.transaction)})
                self.noted = step.transaction
            case _:
                self.downtime.act(step)

    def _tags(self) -> dict[str, str]:
        identity = self.fingerprint.identity
        return tags_of(
            self.want.backup, self.target.name, self.context.asked.environment, self.want.run, tag_of(self.fingerprint), identity.version
        ) | {"Name": self.want.backup}
