"""Jobs of AWS Backup: a snapshot is taken into a vault, or becomes a volume again."""

from typing import Any
from uuid import uuid4

from credex_actions.sandbox.aws.backup.records import DAY, Backups, Document, Job, Point, invalid, missing, refused
from credex_actions.sandbox.aws.ec2 import taking
from credex_actions.sandbox.aws.ec2.site import BACKUP

MEMBERS = {"volumeType", "iops", "throughput", "encrypted", "kmsKeyId", "volumeSize", "availabilityZone"}
"""Of the metadata of a restore. Source: AWS Backup developer guide, "Restore an Amazon EBS volume"."""


def start_backup_job(backups: Backups, request: Document, now: float) -> Document:
    vault = backups.vault(request["BackupVaultName"])
    volume = _volume(backups, request["ResourceArn"])
    lifecycle = request.get("Lifecycle", {})
    _fits_lock(vault, lifecycle)
    tags = dict(request.get("RecoveryPointTags", {})) | {BACKUP: request["ResourceArn"]}
    snapshot = taking.pending(backups.site, volume, "This snapshot is created by the AWS Backup service.", tags)
    taking.copy(backups.site, [snapshot])
    arn = f"arn:aws:ec2:{backups.site.region}::snapshot/{snapshot.id}"
    point = Point(arn, request["BackupVaultName"], request["ResourceArn"], request["IamRoleArn"], snapshot, now, lifecycle)
    job = Job(str(uuid4()).upper(), point, request["IamRoleArn"], now, "RUNNING")
    backups.points[arn], backups.jobs[job.id] = point, job
    backups.count(point.vault)

    def completed() -> None:
        if job.state == "RUNNING":
            job.state, job.completed, point.completed = "COMPLETED", job.created, job.created

    taking.finish(backups.site, [snapshot], "backup", completed)
    return {"BackupJobId": job.id, "CreationDate": now, "IsParent": False}  # of a volume without its recovery point; the job tells it


def _volume(backups: Backups, arn: str) -> Any:
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if not arn.startswith(f"arn:aws:ec2:{backups.site.region}:{backups.site.account}:") or kind != "volume":
        raise invalid(f"Unsupported resource type: {arn} (the sandbox backs up EBS volumes).")
    volume = backups.site.records.volumes.get(name)
    if volume is None:
        raise missing(f"EBS volume {name} does not exist.")
    return volume


def _fits_lock(vault: Any, lifecycle: Document) -> None:
    """A locked vault takes no recovery point that would be kept for less, or for more, than it says."""
    days = lifecycle.get("DeleteAfterDays")
    least, most = vault.min_retention_days, vault.max_retention_days
    if vault.locked and ((least and days is not None and days < least) or (most and (days is None or days > most))):
        raise invalid("Retention period does not fulfill the vault's minimum and maximum retention period.")


def stop_backup_job(backups: Backups, request: Document, now: float) -> Document:
    job = _job(backups.jobs, request["BackupJobId"])
    if job.state != "RUNNING":
        raise refused(f"Backup job {job.id} cannot be stopped: it is {job.state}.")
    job.state, job.completed = "ABORTED", now
    del backups.points[job.point.arn]
    backups.site.records.snapshots.pop(job.point.snapshot.id, None)
    backups.count(job.point.vault)
    return {}


def _job(jobs: dict[str, Job], wanted: str) -> Job:
    found = jobs.get(wanted)
    if found is None:
        raise missing(f"Could not find job with ID {wanted}.")
    return found


def describe_backup_job(backups: Backups, request: Document, now: float) -> Document:
    del now
    return _backup_job(backups, _job(backups.jobs, request["BackupJobId"]))


def list_backup_jobs(backups: Backups, request: Document, now: float) -> Document:
    del now
    wanted = {
        "ResourceArn": request.get("ByResourceArn"),
        "State": request.get("ByState"),
        "BackupVaultName": request.get("ByBackupVaultName"),
    }
    described = [_backup_job(backups, each) for each in reversed(backups.jobs.values())]
    return {"BackupJobs": [each for each in described if all(value in {None, each[name]} for name, value in wanted.items())]}


def _backup_job(backups: Backups, job: Job) -> Document:
    vault = backups.vaults.get(job.point.vault)
    document = {
        "AccountId": backups.site.account,
        "BackupJobId": job.id,
        "BackupVaultName": job.point.vault,
        "RecoveryPointArn": job.point.arn,
        "ResourceArn": job.point.resource,
        "ResourceType": "EBS",
        "CreationDate": job.created,
        "State": job.state,
        "PercentDone": "100.0" if job.state == "COMPLETED" else "0.0",
        "IamRoleArn": job.role,
        "BackupSizeInBytes": job.point.snapshot.volume_size * 2**30,
        "IsParent": False,
    }
    more = {"BackupVaultArn": vault.backup_vault_arn} if vault else {}
    return document | more | ({"CompletionDate": job.completed} if job.completed is not None else {})


def start_restore_job(backups: Backups, request: Document, now: float) -> Document:
    point = backups.point(request["RecoveryPointArn"])
    if point.status != "COMPLETED":
        raise refused(f"Recovery point {point.arn} is not in a state from which it can be restored.")
    metadata = request["Metadata"]
    if "availabilityZone" not in metadata:
        raise invalid("Invalid restore metadata: availabilityZone is required.")
    if backups.site.records.get_zone_by_name(metadata["availabilityZone"]) is None:
        raise invalid(f"Invalid restore metadata: the zone {metadata['availabilityZone']} does not exist.")
    if "IamRoleArn" not in request:
        raise invalid("Iam role ARN is required.")
    job = Job(str(uuid4()).upper(), point, request["IamRoleArn"], now, "RUNNING")
    backups.restores[job.id] = job

    def completed() -> None:
        volume = backups.site.create(**_restored(point, metadata))
        if request.get("CopySourceTagsToRestoredResource"):
            tags = backups.site.records.tags[point.snapshot.id]
            volume.add_tags({name: value for name, value in tags.items() if not name.startswith("aws:")})
        job.volume = f"arn:aws:ec2:{backups.site.region}:{backups.site.account}:volume/{volume.id}"
        job.state, job.completed, point.restored = "COMPLETED", job.created, job.created

    backups.site.changes.later("restore", now, completed)
    return {"RestoreJobId": job.id}


def _restored(point: Point, metadata: dict[str, str]) -> Document:
    encrypted = point.snapshot.encrypted or metadata.get("encrypted") == "true"
    kind = metadata.get("volumeType", "gp3")
    given: Document = {
        "size": int(metadata.get("volumeSize") or point.snapshot.volume_size),
        "zone_name": metadata["availabilityZone"],
        "snapshot_id": point.snapshot.id,
        "encrypted": encrypted,
        "volume_type": kind,
    }
    key = metadata.get("kmsKeyId") or point.snapshot.kms_key_id
    numbers = {"iops": metadata.get("iops"), "throughput": metadata.get("throughput")} if kind == "gp3" else {}
    return given | ({"kms_key_id": key} if encrypted and key else {}) | {name: int(value) for name, value in numbers.items() if value}


def describe_restore_job(backups: Backups, request: Document, now: float) -> Document:
    del now
    job = _job(backups.restores, request["RestoreJobId"])
    document = {
        "AccountId": backups.site.account,
        "RestoreJobId": job.id,
        "RecoveryPointArn": job.point.arn,
        "SourceResourceArn": job.point.resource,
        "CreationDate": job.created,
        "Status": job.state,
        "PercentDone": "100.00%" if job.state == "COMPLETED" else "0.00%",
        "IamRoleArn": job.role,
        "BackupSizeInBytes": job.point.snapshot.volume_size * 2**30,
        "ResourceType": "EBS",
        "RecoveryPointCreationDate": job.point.created,
        "IsParent": False,
    }
    more = {"CreatedResourceArn": job.volume, "CompletionDate": job.completed} if job.completed is not None else {}
    return document | more


def lifecycle_of(point: Point) -> Document:
    """When it is moved and deleted."""
    days = {"DeleteAt": "DeleteAfterDays", "MoveToColdStorageAt": "MoveToColdStorageAfterDays"}
    return {name: point.created + point.lifecycle[after] * DAY for name, after in days.items() if after in point.lifecycle}
