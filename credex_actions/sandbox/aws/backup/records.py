"""What AWS Backup keeps in one account and region besides moto's vaults: recovery points of EBS volumes, and jobs."""

from dataclasses import dataclass, field
from typing import Any

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2.site import Site
from credex_actions.sandbox.aws.refusals import Refusal

Document = dict[str, Any]
DAY = 86400.0


@dataclass
class Point:
    """`snapshot`: the record of the snapshot that it is."""

    arn: str
    vault: str
    resource: str
    role: str
    snapshot: Any
    created: float
    lifecycle: Document
    completed: float | None = None
    restored: float | None = None

    @property
    def status(self) -> str:
        return "COMPLETED" if self.completed is not None else "CREATING"


@dataclass
class Job:
    """`state`: BackupJobState or RestoreJobStatus."""

    id: str
    point: Point
    role: str
    created: float
    state: str
    completed: float | None = None
    volume: str = ""
    """ARN of the volume that a restore has created."""


@dataclass
class Backups:
    """`answered`: (operation, token) -> what was asked, what was answered."""

    site: Site
    points: dict[str, Point] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    restores: dict[str, Job] = field(default_factory=dict)
    answered: dict[tuple[str, str], tuple[Document, Document]] = field(default_factory=dict)

    @property
    def vaults(self) -> Any:
        """Moto's."""
        return backend("backup", self.site.account, self.site.region).vaults

    def vault(self, name: str) -> Any:
        found = self.vaults.get(name)
        if found is None:
            raise missing(f"Backup vault {name} does not exist.")
        return found

    def point(self, arn: str, vault: str | None = None) -> Point:
        found = self.points.get(arn)
        if found is None or vault not in {None, found.vault}:
            raise missing(f"Cannot find recovery point {arn}.")
        return found

    def count(self, vault: str) -> None:
        """What DescribeBackupVault tells."""
        record = self.vaults[vault]
        record.number_of_recovery_points = record.num_of_recovery_points = sum(each.vault == vault for each in self.points.values())


def missing(message: str) -> Refusal:
    return Refusal("ResourceNotFoundException", message)


def invalid(message: str) -> Refusal:
    return Refusal("InvalidParameterValueException", message)


def refused(message: str) -> Refusal:
    return Refusal("InvalidRequestException", message)
