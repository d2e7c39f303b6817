"""From a method to what takes a backup by it."""

from datetime import datetime
from secrets import token_hex
from typing import Final

from credex_actions.backup.context import Context, Target
from credex_actions.backup.live import Live
from credex_actions.backup.taking.downtime import Downtime
from credex_actions.backup.taking.dump import DumpTaking
from credex_actions.backup.taking.dump_steps import WantDump
from credex_actions.backup.taking.snapshot import SnapshotTaking
from credex_actions.backup.taking.sources import BackupVault, Ebs
from credex_actions.backup.taking.steps import Want
from credex_actions.core.loop import Run
from credex_actions.neo4j.fingerprint import Fingerprint

DEFAULT_ROLE: Final = "role/service-role/AWSBackupDefaultServiceRole"
"""What AWS Backup makes for itself. Source: AWS Backup developer guide, "IAM service roles"."""


def new_id(database: str, now: datetime) -> str:
    """Of a backup: it sorts by time, and no two are the same. On an instance it is the name of a folder."""
    return f"{database.replace('/', '-')}-{now:%Y%m%dT%H%M%SZ}-{token_hex(3)}"


def open_taking(context: Context, target: Target, live: Live, fingerprint: Fingerprint, run: Run) -> SnapshotTaking | DumpTaking:
    downtime = Downtime(context, target, live)
    backup = new_id(target.name, context.clock.now())
    if context.asked.method == "dump":
        want = WantDump(
            backup=backup,
            database=target.database.database,
            name=target.name,
            instance=target.found.instance_id,
            place=f"s3://{context.asked.bucket}/{context.asked.prefix}{target.name}/{backup}.dump",
            run=context.run,
        )
        return DumpTaking(context, target, live, fingerprint, want, run, downtime)
    configured = context.asked.configuration.backup
    quiesce = configured.quiesce
    source: Ebs | BackupVault = Ebs(context.clients, context.clock)
    vault = context.asked.vault if context.asked.method == "aws-backup" else ""
    if vault:
        role = configured.role if isinstance(configured.role, str) else f"arn:{context.partition}:iam::{context.account}:{DEFAULT_ROLE}"
        source = BackupVault(
            context.clients, context.clock, vault, role, f"{context.partition}:ec2:{context.clients.region}:{context.account}"
        )
    wanted = Want(
        backup=backup,
        name=target.name,
        instance=target.found.instance_id,
        volume=target.found.volume_id,
        run=context.run,
        quiesce=quiesce,
        can_checkpoint=quiesce == "checkpoint" and live.can_checkpoint(),
        give_up=context.give_up,
        vault=vault,
    )
    return SnapshotTaking(context, target, live, fingerprint, wanted, run, downtime, source)
