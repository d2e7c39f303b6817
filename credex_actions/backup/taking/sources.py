"""Who takes a copy of a volume: EBS at once, or AWS Backup by a job, into a vault. Either way it becomes an EBS snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import botocore.exceptions

from credex_actions.aws.tags import as_list
from credex_actions.backup.archive import BACKUP
from credex_actions.backup.taking.steps import Snapshot
from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock

GOING: Final = frozenset(("CREATED", "PENDING", "RUNNING", "ABORTING"))
"""States of a backup job that has not ended. Source: AWS Backup API, DescribeBackupJob."""


class Source(Protocol):
    def begin(self, volume: str, backup: str, tags: Mapping[str, str]) -> Snapshot:
        """Raises NoEffect and Lost."""

    def look(self, backup: str, known: Snapshot | None) -> Snapshot | None:
        """What became of it; by the tag of the backup where the response that named it was lost."""


@dataclass
class Ebs:
    clients: Clients
    clock: Clock

    def begin(self, volume: str, backup: str, tags: Mapping[str, str]) -> Snapshot:
        specified = [{"ResourceType": "snapshot", "Tags": as_list(tags)}]
        with one_write():
            answer = self.clients.write("ec2").create_snapshot(VolumeId=volume, Description=f"Backup {backup}", TagSpecifications=specified)
        return _snapshot(answer)

    def look(self, backup: str, known: Snapshot | None) -> Snapshot | None:
        ec2 = self.clients.read("ec2")
        by_tag = {"OwnerIds": ["self"], "Filters": [{"Name": f"tag:{BACKUP}", "Values": [backup]}]}
        which: dict[str, Any] = {"SnapshotIds": [known.id]} if known else by_tag
        try:
            found = look_again(self.clock, lambda: ec2.describe_snapshots(**which))["Snapshots"]
        except botocore.exceptions.ClientError as error:
            if code_of(error) == "InvalidSnapshot.NotFound":
                return known  # it does not show at once
            raise
        return _snapshot(found[0]) if found else known


def tag_snapshot(clients: Clients, snapshot: str, tags: Mapping[str, str]) -> None:
    """Also one that AWS Backup made: its own TagResource takes no ARN of EC2."""
    with one_write():
        clients.write("ec2").create_tags(Resources=[snapshot], Tags=as_list(tags))


def _snapshot(record: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        id=record["SnapshotId"],
        state=record.get("State", "pending"),
        progress=record.get("Progress", ""),
        why=record.get("StateMessage", ""),
    )


@dataclass
class BackupVault:
    """`role`: what AWS Backup assumes. `owner`: of the volume's ARN, `PARTITION:ec2:REGION:ACCOUNT`."""

    clients: Clients
    clock: Clock
    vault: str
    role: str
    owner: str
    job: str = ""

    def begin(self, volume: str, backup: str, tags: Mapping[str, str]) -> Snapshot:
        with one_write():
            answer = self.clients.write("backup").start_backup_job(
                BackupVaultName=self.vault,
                ResourceArn=f"arn:{self.owner}:volume/{volume}",
                IamRoleArn=self.role,
                IdempotencyToken=backup,
                RecoveryPointTags=dict(tags),
            )
        self.job = answer["BackupJobId"]
        return Snapshot(
            id="", state="pending"
        )  # StartBackupJob names no recovery point of a volume. Source: AWS Backup API, StartBackupJob

    def look(self, backup: str, known: Snapshot | None) -> Snapshot | None:
        del backup  # a job whose response was lost is started again with its token, and is the same one then
        if known is None:
            return None
        answer = look_again(self.clock, lambda: self.clients.read("backup").describe_backup_job(BackupJobId=self.job))
        state = "completed" if answer["State"] == "COMPLETED" else "pending" if answer["State"] in GOING else "error"
        why = f"backup job {self.job} is {answer['State']}: {answer.get('StatusMessage', 'AWS Backup says no more')}"
        snapshot = answer.get("RecoveryPointArn", "").rpartition("/")[2]
        return Snapshot(id=snapshot or known.id, state=state, progress=f"{answer.get('PercentDone') or '0'}%", why=why)
