"""AWS Backup in the sandbox: recovery points of volumes, and volumes from recovery points."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
ROLE = "arn:aws:iam::123456789012:role/backup"
ZONE = "af-south-1a"


@pytest.fixture
def backup(sandbox: "Sandbox") -> Any:
    client = sandbox.client("backup")
    client.create_backup_vault(BackupVaultName="databases", BackupVaultTags={"For": "Neo4j"})
    return client


@pytest.fixture
def volume(sandbox: "Sandbox") -> str:
    made: str = sandbox.client("ec2").create_volume(Size=3, AvailabilityZone=ZONE, Encrypted=True)["VolumeId"]
    disks(sandbox).folder(made).joinpath("store").write_text("before")
    return made


def disks(sandbox: "Sandbox") -> Any:
    return sandbox._cloud.site(sandbox.account, sandbox.region).disks


def arn(sandbox: "Sandbox", volume: str) -> str:
    return f"arn:aws:ec2:{sandbox.region}:{sandbox.account}:volume/{volume}"


def take(sandbox: "Sandbox", volume: str, **given: Any) -> dict[str, Any]:
    """The job, which tells its recovery point; the answer to its start does not."""
    client: Any = sandbox.client("backup")
    made = client.start_backup_job(BackupVaultName="databases", ResourceArn=arn(sandbox, volume), IamRoleArn=ROLE, **given)
    assert "RecoveryPointArn" not in made
    return dict(client.describe_backup_job(BackupJobId=made["BackupJobId"]))


def refused(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**given)
    return str(caught.value.response["Error"]["Code"])


def test_a_volume_comes_back_as_it_was(sandbox: "Sandbox", backup: Any, volume: str) -> None:
    sandbox.slow(backup=600, restore=600)
    asked = {"IdempotencyToken": "1", "RecoveryPointTags": {"credex:backup": "1"}, "Lifecycle": {"DeleteAfterDays": 30}}
    made = take(sandbox, volume, **asked)
    assert take(sandbox, volume, **asked)["BackupJobId"] == made["BackupJobId"]
    disks(sandbox).folder(volume).joinpath("store").write_text("after")
    job, point = made["BackupJobId"], {"BackupVaultName": "databases", "RecoveryPointArn": made["RecoveryPointArn"]}
    assert backup.describe_backup_job(BackupJobId=job)["State"] == "RUNNING"
    assert backup.describe_recovery_point(**point)["Status"] == "CREATING"
    restore = {"RecoveryPointArn": made["RecoveryPointArn"], "IamRoleArn": ROLE, "Metadata": {"availabilityZone": ZONE}}
    assert refused(backup.start_restore_job, **restore) == "InvalidRequestException"
    assert refused(backup.delete_recovery_point, **point) == "InvalidResourceStateException"
    sandbox.slow(backup=0)
    assert backup.describe_backup_job(BackupJobId=job)["State"] == "COMPLETED"

    (listed,) = backup.list_recovery_points_by_backup_vault(BackupVaultName="databases", ByResourceArn=arn(sandbox, volume))[
        "RecoveryPoints"
    ]
    assert (listed["Status"], listed["IsEncrypted"], listed["ResourceType"]) == ("COMPLETED", True, "EBS")
    assert (listed["CalculatedLifecycle"]["DeleteAt"] - listed["CreationDate"]).days == 30
    assert backup.describe_backup_vault(BackupVaultName="databases")["NumberOfRecoveryPoints"] == 1
    metadata = backup.get_recovery_point_restore_metadata(**point)["RestoreMetadata"]
    assert metadata == {"volumeId": volume, "volumeSize": "3", "encrypted": "true"}
    given = restore | {"Metadata": metadata | {"availabilityZone": ZONE, "volumeType": "gp3"}, "CopySourceTagsToRestoredResource": True}
    restored = backup.start_restore_job(**given)["RestoreJobId"]
    assert backup.describe_restore_job(RestoreJobId=restored)["Status"] == "RUNNING"
    sandbox.slow(restore=0)
    assert backup.describe_restore_job(RestoreJobId=restored)["Status"] == "COMPLETED"
    again = backup.describe_restore_job(RestoreJobId=restored)["CreatedResourceArn"].rpartition("/")[2]
    assert disks(sandbox).folder(again).joinpath("store").read_text() == "before"
    (described,) = sandbox.client("ec2").describe_volumes(VolumeIds=[again])["Volumes"]
    assert (described["Encrypted"], described["Size"], described["Tags"]) == (True, 3, [{"Key": "credex:backup", "Value": "1"}])


def test_a_recovery_point_is_a_snapshot_that_only_aws_backup_deletes(sandbox: "Sandbox", backup: Any, volume: str) -> None:
    made = take(sandbox, volume)["RecoveryPointArn"]
    snapshot = made.rpartition("/")[2]
    assert refused(backup.tag_resource, ResourceArn=made, Tags={"credex:drilled": "yes"}) == "InvalidParameterValueException"
    assert refused(backup.untag_resource, ResourceArn=made, TagKeyList=["credex:drilled"]) == "InvalidParameterValueException"
    sandbox.client("ec2").create_tags(Resources=[snapshot], Tags=[{"Key": "credex:drilled", "Value": "yes"}])
    assert backup.list_tags(ResourceArn=made)["Tags"]["credex:drilled"] == "yes"
    vault = backup.describe_backup_vault(BackupVaultName="databases")["BackupVaultArn"]
    assert backup.list_tags(ResourceArn=vault)["Tags"] == {"For": "Neo4j"}
    assert refused(sandbox.client("ec2").delete_snapshot, SnapshotId=snapshot) == "InvalidParameterValue"
    assert refused(backup.delete_backup_vault, BackupVaultName="databases") == "InvalidRequestException"
    backup.delete_recovery_point(BackupVaultName="databases", RecoveryPointArn=made)
    assert sandbox.client("ec2").describe_snapshots()["Snapshots"] == []
    backup.delete_backup_vault(BackupVaultName="databases")


def test_a_locked_vault_keeps_what_it_has(sandbox: "Sandbox", backup: Any, volume: str) -> None:
    made = take(sandbox, volume, Lifecycle={"DeleteAfterDays": 30})["RecoveryPointArn"]
    backup.put_backup_vault_lock_configuration(BackupVaultName="databases", MinRetentionDays=7, MaxRetentionDays=90)
    assert refused(backup.delete_recovery_point, BackupVaultName="databases", RecoveryPointArn=made) == "InvalidRequestException"
    for days in (6, 91):
        with pytest.raises(ClientError, match="Retention period"):
            take(sandbox, volume, Lifecycle={"DeleteAfterDays": days})


def test_what_does_not_exist_is_not_backed_up(sandbox: "Sandbox", backup: Any, volume: str) -> None:
    given = {"BackupVaultName": "databases", "ResourceArn": arn(sandbox, volume), "IamRoleArn": ROLE}
    assert refused(backup.start_backup_job, **given | {"BackupVaultName": "nowhere"}) == "ResourceNotFoundException"
    assert refused(backup.start_backup_job, **given | {"ResourceArn": arn(sandbox, "vol-1")}) == "ResourceNotFoundException"
    other = f"arn:aws:dynamodb:{sandbox.region}:{sandbox.account}:table/t"
    assert refused(backup.start_backup_job, **given | {"ResourceArn": other}) == "InvalidParameterValueException"
    assert refused(backup.describe_backup_job, BackupJobId="1") == "ResourceNotFoundException"
    sandbox.slow(backup=60)
    job = backup.start_backup_job(**given)["BackupJobId"]
    backup.stop_backup_job(BackupJobId=job)
    assert [each["State"] for each in backup.list_backup_jobs(ByResourceArn=arn(sandbox, volume))["BackupJobs"]] == ["ABORTED"]
    assert "StartBackupJob" in {call.operation for call in sandbox.calls()}
