"""Deletes the backups that the configuration does not keep."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import botocore.exceptions

from credex_actions.backup.ages import pruning
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context
from credex_actions.backup.outcome import Result
from credex_actions.backup.reading import bucket_and_key
from credex_actions.core.aws.clients import code_of, message_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run, Step

GONE: Final = frozenset(("InvalidSnapshot.NotFound", "NoSuchKey", "ResourceNotFoundException"))
HELD: Final = {
    "InvalidSnapshot.InUse": "an AMI uses it: deregister that first",
    "SnapshotLocked": "it is locked, until its lock expires",
    "InvalidSnapshot.Locked": "it is locked, until its lock expires",
    "ResourceNotFoundException": "it is not in the vault that backup.vault names: set it to the one that has it",
    "AccessDenied": "the bucket, or an object lock, does not allow it",
}


@dataclass(frozen=True)
class DeleteBackup(Step):
    says = "delete the backup {backup} ({place})"
    harmless = True
    twice = "nothing: it is gone"
    backup: str
    place: str


def prune(result: Result, context: Context, backups: list[Backup]) -> None:
    """What cannot be deleted stays, is told, and stops no other."""
    keep = context.asked.configuration.backup.keep
    chosen = pruning(backups, keep.last, timedelta(days=keep.days), context.clock.now())
    result.lines += [f"kept: {each.backup.id} ({each.why})" for each in chosen.stays]
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", tuple(str(DeleteBackup(each.id, each.place)) for each in chosen.goes)
        return
    run = result.run = Run(context.clock)
    faults = []
    for backup in chosen.goes:
        step = DeleteBackup(backup.id, backup.place)
        if backup.method == "aws-backup" and not context.asked.vault:
            faults.append(
                Fault(f"{backup.id} ({backup.place}) was not deleted: no vault is configured", "Set backup.vault to the one that has it.")
            )
            continue
        try:
            _until_answered(context, run, step, backup)
        except botocore.exceptions.ClientError as error:
            why = HELD.get(code_of(error)) or f"{code_of(error)}: {message_of(error)}"
            faults.append(Fault(f"{backup.id} ({backup.place}) was not deleted: {why}", "It stays a backup."))
    deleted = len(run.sent)
    result.outcome = "pruned"
    result.says = f"{deleted} {'backup' if deleted == 1 else 'backups'} deleted, {len(chosen.stays) + len(faults)} kept"
    if faults:
        result.code, result.faults, result.left = Exit.REMOTE, tuple(faults), run.state()


def _until_answered(context: Context, run: Run, step: DeleteBackup, backup: Backup) -> None:
    """A deletion is sent again where its response was lost: that of what is gone is a success."""
    for _ in range(3):
        with run.sending(step):
            _delete(context, backup)
        if (sent := run.sent.get(step)) and sent.ended:
            return
        context.clock.sleep(1.0)
    what = f"the response to the deletion of {step.place} was lost three times"
    raise Failure(Exit.REMOTE, Fault(what, "Run the same command again."), left=run.state())


def _delete(context: Context, backup: Backup) -> None:
    try:
        with one_write():
            match backup.method:
                case "dump":
                    bucket, key = bucket_and_key(backup.place)
                    context.clients.write("s3").delete_object(Bucket=bucket, Key=key)
                case "aws-backup":
                    point = f"arn:{context.partition}:ec2:{context.clients.region}::snapshot/{backup.place}"
                    context.clients.write("backup").delete_recovery_point(BackupVaultName=context.asked.vault, RecoveryPointArn=point)
                case "snapshot":
                    context.clients.write("ec2").delete_snapshot(SnapshotId=backup.place)
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in GONE or (backup.method == "aws-backup" and _is_kept(context, backup.place)):
            raise


def _is_kept(context: Context, snapshot: str) -> bool:
    """A vault says the same of a recovery point that is gone and of one that another vault keeps."""
    ec2 = context.clients.read("ec2")
    try:
        return bool(look_again(context.clock, lambda: ec2.describe_snapshots(SnapshotIds=[snapshot]))["Snapshots"])
    except botocore.exceptions.ClientError as error:
        if code_of(error) != "InvalidSnapshot.NotFound":
            raise
        return False
