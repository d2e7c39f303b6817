"""neo4j-backup --mode list where there is nothing to list: whoever misspells an environment or a region is told so, and not that a backup is missing."""

from pathlib import Path

from credex_actions.backup.archive import tags_of
from credex_actions.neo4j.fingerprint import read_tag
from credex_actions.sandbox import Sandbox
from tests.integration.backing_up import BackingUp
from tests.integration.called import told


def test_an_environment_without_instances_is_no_stale_backup(sandbox: Sandbox, tmp_path: Path) -> None:
    listing = BackingUp(sandbox, tmp_path, environment="prod")
    listing.configure()
    told(listing.run("list"), 2, "no instance has the tags Role=LedgerSpace", "the region (AWS_REGION)")


def test_backups_of_another_environment_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    ec2 = sandbox.client("ec2")
    volume = ec2.create_volume(Size=1, AvailabilityZone="af-south-1a")["VolumeId"]
    fingerprint = read_tag(f"v1 db=A txn=1 nodes=1 relationships=0 content={'0' * 32} by=exact")
    tags = tags_of("ledger-1", "ledger", "production", "1", fingerprint, "5.26.16")
    written = [{"Key": key, "Value": value} for key, value in tags.items()]
    ec2.create_snapshot(VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": written}])
    listing = BackingUp(sandbox, tmp_path, environment="staging")
    listing.configure()
    told(
        listing.run("prune"),
        0,
        "environment: no backup is of staging; backups are of the environment production (1)",
        "Did you mean production?",
    )


def test_an_unknown_region_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    listing = BackingUp(sandbox, tmp_path)
    listing.configure()
    got = listing.run("list", AWS_REGION="eu-north-9")
    told(got, 2, "AWS does not know the region", "Check AWS_REGION.", "State: nothing was changed.")


def test_what_is_not_aws_is_a_failure_to_look(sandbox: Sandbox, tmp_path: Path) -> None:
    listing = BackingUp(sandbox, tmp_path)
    listing.configure()
    for nth in range(1, 40):
        sandbox.fault("DescribeSnapshots", nth=nth, kind="page")
    got = listing.run("list")
    told(got, 4, "DescribeSnapshots was answered by something other than AWS", "State: nothing was changed.")
