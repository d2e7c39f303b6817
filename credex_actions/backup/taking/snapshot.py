"""Takes a snapshot of a database's volume: the effects at the edge of steps.py."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import botocore.exceptions

from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.run_command import succeeded
from credex_actions.aws.script import Script
from credex_actions.backup.archive import BACKUP, UP_TO, Backup, as_list, as_mapping, tags_of
from credex_actions.backup.context import Context, Target
from credex_actions.backup.heartbeat import held
from credex_actions.backup.lease import own_lease
from credex_actions.backup.live import Live
from credex_actions.backup.reading import of_snapshot as of_snapshot_record
from credex_actions.backup.taking.commands import RUNS, START, STARTS_WITHIN, STOP, STOPS_WITHIN
from credex_actions.backup.taking.guarantees import of_snapshot
from credex_actions.backup.taking.steps import (
    STOPPED_BY,
    Checkpoint,
    NoteStop,
    NoteTransaction,
    RemoveNote,
    Seen,
    Snapshot,
    SnapshotStep,
    StartDatabase,
    StopDatabase,
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
from credex_actions.core.loop import Done, Operation, Run, Step, drive, plan
from credex_actions.neo4j.fingerprint import Fingerprint, tag_of


@dataclass
class SnapshotTaking:
    context: Context
    target: Target
    live: Live
    fingerprint: Fingerprint
    want: Want
    run: Run
    checkpointed: bool = False
    running: bool = True
    stopped_by: str = ""
    down_since: datetime | None = None
    taken: Snapshot | None = None
    transaction: int | None = None
    transaction_read: bool = False
    noted: int | None = None
    lease: ExitStack = field(default_factory=ExitStack)

    def take(self) -> Done:
        """Raises Failure, and Cancelled: the database runs again then, or the failure says that it does not."""
        if self.want.quiesce == "stop":
            self._look_at_instance()
        operation = Operation(self.observe, partial(decide, self.want), self.act, after)
        with self.lease:
            try:
                return drive(operation, self.run)
            except (Cancelled, Failure):
                self._start_again()
                raise

    def plan(self) -> list[str]:
        """What `take` would do."""
        seen = replace(self.observe(), stopped_by="")
        moves = plan(Operation(self.observe, partial(decide, self.want), self.act, after), seen)
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

    def _start_again(self) -> None:
        """Whatever happened: a database that this run stopped is started."""
        if self.stopped_by != self.want.run:
            return
        with self.run.clock.last_asks():
            drive(Operation(self.observe, partial(back, self.want), self.act, after), self.run)

    def _look_at_instance(self) -> None:
        answer = look_again(
            self.run.clock,
            lambda: self.context.clients.read("ec2").describe_instances(InstanceIds=[self.target.found.instance_id]),
        )
        self.stopped_by = as_mapping(answer["Reservations"][0]["Instances"][0].get("Tags")).get(STOPPED_BY, "").partition(" ")[0]
        ended = self._command(RUNS, 60, "is Neo4j active")
        self.running = ended.output.strip() == "active"

    def observe(self) -> Seen:
        asked = any(isinstance(step, TakeSnapshot) for step in self.run.sent)
        if asked:
            self.taken = self._look_for_snapshot()
        answers = True
        if self.want.quiesce == "stop" and self.taken is not None and self.running and self.down_since:
            answers = self.live.answers()
        if self.taken is not None and self.running and answers and not self.transaction_read:
            self.transaction, self.transaction_read = self.live.last_transaction(), True
        return Seen(
            now=self.run.clock.now(),
            checkpointed=self.checkpointed,
            stopped_by=self.stopped_by,
            running=self.running,
            answers=answers,
            down_since=self.down_since,
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
            case NoteStop():
                with one_write():
                    ec2.create_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY, "Value": self._note()}])
                self.stopped_by = step.run
                self.lease.enter_context(held(self.context.clients, self.run.clock, [step.instance], STOPPED_BY, f"{step.run} "))
            case StopDatabase():
                succeeded(self._command(STOP, STOPS_WITHIN, "stop Neo4j for a snapshot"), "stopping Neo4j")
                self.running, self.down_since = False, self.run.clock.now()
            case TakeSnapshot():
                with one_write():
                    answer = ec2.create_snapshot(
                        VolumeId=step.volume,
                        Description=f"Backup {step.backup} of {self.target.name}",
                        TagSpecifications=[{"ResourceType": "snapshot", "Tags": as_list(self._tags())}],
                    )
                self.taken = _snapshot(answer)
            case StartDatabase():
                succeeded(self._command(START, STARTS_WITHIN, "start Neo4j after a snapshot"), "starting Neo4j")
                self.running, self.down_since = True, self.run.clock.now()
            case RemoveNote():
                self.lease.close()
                with one_write():
                    ec2.delete_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY}])
                self.stopped_by = ""
            case NoteTransaction():
                with one_write():
                    ec2.create_tags(Resources=[step.snapshot], Tags=[{"Key": UP_TO, "Value": str(step.transaction)}])
                self.noted = step.transaction

    def _note(self) -> str:
        return f"{self.want.run} {own_lease(self.run.clock.now())}"

    def _tags(self) -> dict[str, str]:
        identity = self.fingerprint.identity
        return tags_of(
            self.want.backup, self.target.name, self.context.asked.environment, self.want.run, tag_of(self.fingerprint), identity.version
        ) | {"Name": self.want.backup}

    def _command(self, text: str, within: float, comment: str) -> Any:
        script = Script(text, self.context.runner.redact)
        clients = self.context.clients
        return run_command(clients, self.run.clock, self.target.found.instance_id, script, within=within, comment=comment)


def _snapshot(record: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        id=record["SnapshotId"],
        state=record.get("State", "pending"),
        progress=record.get("Progress", ""),
        why=record.get("StateMessage", ""),
    )
