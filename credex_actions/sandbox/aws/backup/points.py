"""Recovery points: listed, described, deleted unless a vault lock holds them, and tagged by EC2 as the snapshots that they are."""

from typing import Any

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.backup.jobs import lifecycle_of
from credex_actions.sandbox.aws.backup.records import Backups, Document, Point, refused
from credex_actions.sandbox.aws.refusals import Refusal

PAGE = 1000


def list_recovery_points(backups: Backups, request: Document, now: float) -> Document:
    del now
    name = request["BackupVaultName"]
    backups.vault(name)
    found = [
        point
        for point in backups.points.values()
        if point.vault == name
        and request.get("ByResourceArn") in {None, point.resource}
        and request.get("ByResourceType") in {None, "EBS"}
        and float(request.get("ByCreatedAfter", 0)) <= point.created <= float(request.get("ByCreatedBefore", "inf"))
    ]
    start = int(request.get("NextToken") or 0)
    end = start + int(request.get("MaxResults") or PAGE)
    more = {"NextToken": str(end)} if end < len(found) else {}
    return {"RecoveryPoints": [_described(backups, each) for each in found[start:end]]} | more


def describe_recovery_point(backups: Backups, request: Document, now: float) -> Document:
    del now
    return _described(backups, backups.point(request["RecoveryPointArn"], request["BackupVaultName"])) | {"StorageClass": "WARM"}


def _described(backups: Backups, point: Point) -> Document:
    snapshot = point.snapshot
    document = {
        "RecoveryPointArn": point.arn,
        "BackupVaultName": point.vault,
        "BackupVaultArn": backups.vault(point.vault).backup_vault_arn,
        "ResourceArn": point.resource,
        "ResourceType": "EBS",
        "IamRoleArn": point.role,
        "Status": point.status,
        "CreationDate": point.created,
        "BackupSizeInBytes": snapshot.volume_size * 2**30,
        "Lifecycle": point.lifecycle,
        "CalculatedLifecycle": lifecycle_of(point),
        "IsEncrypted": bool(snapshot.encrypted),
        "IsParent": False,
        "VaultType": "BACKUP_VAULT",
    }
    more = {"CompletionDate": point.completed, "LastRestoreTime": point.restored, "EncryptionKeyArn": snapshot.kms_key_id}
    return document | {name: value for name, value in more.items() if value is not None}


def get_recovery_point_restore_metadata(backups: Backups, request: Document, now: float) -> Document:
    del now
    point = backups.point(request["RecoveryPointArn"], request["BackupVaultName"])
    metadata = {
        "volumeId": point.resource.rpartition("/")[2],
        "volumeSize": str(point.snapshot.volume_size),
        "encrypted": str(bool(point.snapshot.encrypted)).lower(),
    }
    vault = backups.vault(point.vault).backup_vault_arn
    return {"BackupVaultArn": vault, "RecoveryPointArn": point.arn, "RestoreMetadata": metadata, "ResourceType": "EBS"}


def delete_recovery_point(backups: Backups, request: Document, now: float) -> Document:
    del now
    point = backups.point(request["RecoveryPointArn"], request["BackupVaultName"])
    if point.status != "COMPLETED":
        raise Refusal("InvalidResourceStateException", f"Recovery point {point.arn} cannot be deleted: it is {point.status}.")
    if backups.vault(point.vault).locked:
        raise refused(f"Recovery point {point.arn} cannot be deleted: backup vault {point.vault} is configured with a lock.")
    for image in backups.site.records.amis.values():
        if point.snapshot.id in {each.get("Ebs", {}).get("SnapshotId") for each in image.block_device_mappings}:
            raise refused(f"The snapshot {point.snapshot.id} is currently in use by {image.id}")
    del backups.points[point.arn]
    backups.site.records.snapshots.pop(point.snapshot.id, None)
    backups.count(point.vault)
    return {}


def delete_backup_vault(backups: Backups, request: Document, now: float) -> Document:
    del now
    name = request["BackupVaultName"]
    backups.vault(name)
    if any(point.vault == name for point in backups.points.values()):
        raise refused("Backup vault cannot be deleted because it contains recovery points.")
    del backups.vaults[name]
    return {}


def tag_resource(backups: Backups, request: Document, now: float) -> Document:
    del now
    _records(backups).tag_resource(_its_own(request["ResourceArn"]), request["Tags"])
    return {}


def untag_resource(backups: Backups, request: Document, now: float) -> Document:
    del now
    _records(backups).untag_resource(_its_own(request["ResourceArn"]), request["TagKeyList"])
    return {}


def list_tags(backups: Backups, request: Document, now: float) -> Document:
    del now
    if point := backups.points.get(request["ResourceArn"]):
        return {"Tags": dict(backups.site.records.tags[point.snapshot.id])}
    return {"Tags": _records(backups).list_tags(request["ResourceArn"])}


def _its_own(arn: str) -> str:
    """The recovery point of a volume is a snapshot of EC2, and tagged there. Source: AWS Backup API, TagResource."""
    if ":backup:" not in arn:
        raise Refusal("InvalidParameterValueException", f"Invalid ARN {arn}: it cannot be tagged by AWS Backup.")
    return arn


def _records(backups: Backups) -> Any:
    return backend("backup", backups.site.account, backups.site.region)
