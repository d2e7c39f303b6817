"""Takes a snapshot of a database's volume: the effects at the edge of steps.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import botocore.exceptions

from credex_actions.backup.archive import BACKUP, UP_TO, Backup, as_list, tags_of
from credex_actions.backup.context import Context, Target
from credex_actions.backup.live import Live
from credex_actions.backup.reading import of_snapshot as of_snapshot_record
from credex_actions.backup.taking.downtime import Downtime
from credex_actions.backup.taking.guarantees import of_snapshot
from credex_actions.backup.taking.steps import (
    Checkpoint,
    NoteTransaction,
    Seen,
    Snapshot,
    SnapshotStep,
    TakeSnapshot,
    Want,
    after,
    back,
    decide,
)
from credex_actions.core.aws.clients import code_of, one_write
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
                    with self.run.clock.last_asks():
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
        return of_snapshot(self.want.quiesce, checkpointed=self.checkpointed)

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
        if any(isinstance(step, TakeSnapshot) for step in self.run.sent):
            self.taken = self._look_for_snapshot()
        downtime = self.downtime
        answers = downtime.answers
        if self.taken is not None and answers and not self.transaction_read:
            self.transaction, self.transaction_read = self.live.last_transaction(), True
        return Seen(
            now=self.run.clock.now(),
            checkpointed=self.checkpointed,
            stopped_by=downtime.stopped_by,
            running=downtime.running,
            answers=answers,
            down_since=downtime.down_since,
            snapshot=self.taken,
            transaction=self.transaction,
            noted=self.noted,
        )

    def _look_for_snapshot(self) -> Snapshot | None:
        """By its id, or by the tag of the backup where the response with its id was lost."""
        ec2 = self.context.clients.read("ec2")
        which: dict[str, Any] = (
            {"SnapshotIds": [self.taken.id]}
            if self.taken
            else {"OwnerIds": ["self"], "Filters": [{"Name": f"tag:{BACKUP}", "Values": [self.want.backup]}]}
        )
        try:
            found = look_again(self.run.clock, lambda: ec2.describe_snapshots(**which))["Snapshots"]
        except botocore.exceptions.ClientError as error:
            if code_of(error) == "InvalidSnapshot.NotFound":
                return self.taken  # it does not show at once
            raise
        return _snapshot(found[0]) if found else self.taken

    def act(self, step: SnapshotStep) -> None:
        ec2 = self.context.clients.write("ec2")
        match step:
            case Checkpoint():
                self.live.checkpoint()
                self.checkpointed = True
            case TakeSnapshot():
                with one_write():
                    answer = ec2.create_snapshot(
                        VolumeId=step.volume,
                        Description=f"Backup {step.backup} of {self.target.name}",
                        TagSpecifications=[{"ResourceType": "snapshot", "Tags": as_list(self._tags())}],
                    )
                self.taken = _snapshot(answer)
            case NoteTransaction():
                with one_write():
                    ec2.create_tags(Resources=[step.snapshot], Tags=[{"Key": UP_TO, "Value": str(step.transaction)}])
                self.noted = step.transaction
            case _:
                self.downtime.act(step)

    def _tags(self) -> dict[str, str]:
        identity = self.fingerprint.identity
        return tags_of(
            self.want.backup, self.target.name, self.context.asked.environment, self.want.run, tag_of(self.fingerprint), identity.version
        ) | {"Name": self.want.backup}


def _snapshot(record: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        id=record["SnapshotId"],
        state=record.get("State", "pending"),
        progress=record.get("Progress", ""),
        why=record.get("StateMessage", ""),
    )
