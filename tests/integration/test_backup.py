"""neo4j-backup against a real database on an instance of the sandbox. Each test has an environment of its own, and so a list of backups of its own."""

import json
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from credex_actions.aws.run_command import run, succeeded
from credex_actions.aws.script import Script
from credex_actions.backup.taking import commands
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.sandbox import Sandbox
from tests.integration.backing_up import PASSWORD, BackingUp
from tests.integration.called import ended, told, under_way
from tests.integration.guarding import PUBLISHED, Guard, published

NUMBERS = count()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def one_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackingUp]:
    with Sandbox(pace=0.05) as sandbox:
        made = BackingUp.provisioned(sandbox, tmp_path_factory.mktemp("backup"))
        made.write(300)
        yield made
        assert sandbox.misfits == []


@pytest.fixture
def backing_up(one_database: BackingUp) -> BackingUp:
    """The database runs, nothing is configured, and no backups exist."""
    one_database.configure(bucket=one_database.bucket)
    with one_database.database():
        return one_database.of(f"e{next(NUMBERS)}")


def test_a_snapshot_is_taken_and_proven_by_a_drill_of_which_nothing_is_left(backing_up: BackingUp) -> None:
    taken = backing_up.run("backup", "--require-age-hours", "1")
    told(taken, 0, "take a snapshot of", "this edition has no db.checkpoint")
    assert taken.outputs["verdict"] == "fresh"
    (name,) = json.loads(taken.outputs["backup-ids"]).values()
    before = backing_up.volumes()
    drilled = backing_up.run("drill", "--require-drill-days", "7", "--evidence-file", "evidence.json")
    told(drilled, 0, "same database, unchanged; its store is consistent, 1 of 1 checks passed")
    assert drilled.outputs["verdict"] == "proven"
    assert backing_up.scratch() == ["terminated"]
    assert backing_up.volumes() == before
    listed = backing_up.run("list", "--require-age-hours", "1", "--require-drill-days", "1")
    told(listed, 0, name, "proven")
    assert [(each["id"], each["proven"], each["method"]) for each in listed.report["backups"]] == [(name, True, "snapshot")]
    evidence = json.loads((backing_up.folder / "evidence.json").read_text())
    (drill,) = evidence["drills"]
    assert drill["verdict"] == "proven"
    assert drill["scratch"]["removed"]
    assert drill["fingerprint"]["counts"]["nodes"] >= 300
    assert drill["consistency"] == {"passed": True, "says": []}
    page = (backing_up.folder / "evidence.html").read_text()
    assert name in page
    assert PASSWORD not in page + json.dumps(evidence)


def test_the_published_policy_is_enough_and_keeps_it_from_other_instances(backing_up: BackingUp) -> None:
    """With its conditions, from a stop of the database to the removal of what the drill launched."""
    backing_up.configure(quiesce="stop", keep="{last: 1, days: 1}")
    text = (PUBLISHED / "neo4j-backup.json").read_text()
    with Guard(backing_up.sandbox, published(text, Role="LedgerSpace")).serving() as guard:
        aws = {"AWS_ENDPOINT_URL": guard.url}
        for mode in ("backup", "drill", "prune", "sweep"):
            told(backing_up.run(mode, **aws), 0)
        assert guard.denied == []
        assert guard.passed >= {"ec2:CreateSnapshot", "ec2:DeleteTags", "ec2:RunInstances", "ec2:TerminateInstances", "ssm:SendCommand"}
    with Guard(backing_up.sandbox, published(text, Role="Other")).serving() as guard:
        refused = backing_up.run("backup", AWS_ENDPOINT_URL=guard.url)
        assert refused.code != 0
        assert "ssm:SendCommand" in refused.stderr
        assert {each.partition(" ")[0] for each in guard.denied} == {"ssm:SendCommand"}


def test_a_clean_stop_lasts_until_the_snapshot_is_begun_and_writes_before_it_are_bounded(backing_up: BackingUp) -> None:
    backing_up.configure(quiesce="stop")
    backing_up.write(5)
    taken = backing_up.run("backup")
    told(taken, 0, "taken while Neo4j was stopped: the store is clean")
    assert backing_up.note() == ""
    assert backing_up.answers()
    (snapshot,) = backing_up.snapshots()
    tags = {each["Key"]: each["Value"] for each in snapshot["Tags"]}
    transaction = tags["credex:fingerprint"].partition("txn=")[2].partition(" ")[0]
    assert tags["credex:up-to-transaction"] == transaction


def test_a_run_that_was_killed_while_the_database_was_stopped_leaves_a_note_by_which_it_is_started(backing_up: BackingUp) -> None:
    backing_up.configure(quiesce="stop")
    backing_up.killed_at("CreateSnapshot", "backup")
    assert backing_up.note()
    assert not backing_up.answers()
    plan = backing_up.run("sweep", "--dry-run")
    told(plan, 0, "start Neo4j on")
    told(backing_up.run("sweep"), 0, "start Neo4j on")
    assert backing_up.note() == ""
    with backing_up.database():
        pass
    told(backing_up.run("list"), 0, "Neo4j 5.26.16, never drilled")  # what was begun was completed by EBS, and is a backup


def test_a_database_that_nobody_starts_again_starts_by_itself(backing_up: BackingUp, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in backing_up.sandbox.environment.items():
        monkeypatch.setenv(name, value)

    def on_instance(text: str) -> str:
        script = Script(text, lambda each: each)
        return succeeded(run(Clients(), SystemClock(), backing_up.instance, script, within=60, comment="a test"), "it").output.strip()

    on_instance(commands.stop(starts_after=12))  # seconds in which a busy machine has to ask whether it is down
    assert not backing_up.answers()
    with backing_up.database():
        pass
    assert on_instance(commands.START) == commands.RUNS_ALREADY
    on_instance(commands.stop())
    assert on_instance(commands.START) == ""
    assert on_instance(commands.START) == commands.RUNS_ALREADY


def test_a_cancelled_run_starts_the_database_again(backing_up: BackingUp) -> None:
    backing_up.configure(quiesce="stop")
    backing_up.sandbox.fault("CreateSnapshot", 1, "slow", 3)
    with under_way(backing_up.begin("backup")) as process:
        backing_up.until_struck(process)
        process.send_signal(signal.SIGTERM)
        got = ended(process, backing_up.folder)
    told(got, 143, "cancelled")
    assert backing_up.note() == ""
    with backing_up.database():
        pass


def test_a_database_that_cannot_be_started_again_is_the_first_thing_that_is_said(backing_up: BackingUp) -> None:
    backing_up.configure(quiesce="stop")
    for number in (3, 4):  # after "is it active" and "stop": "start", and "start" once more on the way back
        backing_up.sandbox.fault("SendCommand", number, "access-denied")
    got = backing_up.run("backup")
    told(got, 1, "ledger may be down", "Start it now: --mode sweep", "AWS does not allow SendCommand", "stop Neo4j on")
    assert "nothing was changed" not in got.stderr
    assert not backing_up.answers()
    told(backing_up.run("sweep"), 0, "start Neo4j on")


def test_a_run_that_the_runner_does_not_wait_for_says_what_it_has_left(backing_up: BackingUp) -> None:
    backing_up.configure(quiesce="stop")
    backing_up.sandbox.fault("CreateSnapshot", 1, "slow", 8)
    with under_way(backing_up.begin("backup", GITHUB_ACTIONS="true")) as process:
        backing_up.until_struck(process)
        process.send_signal(signal.SIGINT)
        got = ended(process, backing_up.folder)
    told(got, 130, "cancelled in the middle of its work", "stop Neo4j on", "Run --mode sweep now")
    assert "nothing was changed" not in got.stderr
    assert backing_up.note()
    told(backing_up.run("sweep"), 0, "start Neo4j on")
    assert backing_up.note() == ""


def test_what_went_wrong_with_a_dump_is_told_also_where_its_file_cannot_be_removed(backing_up: BackingUp) -> None:
    for number in (5, 6):  # after "is it active", "stop", "dump" and "start": "upload", and then "remove"
        backing_up.sandbox.fault("SendCommand", number, "access-denied")
    got = backing_up.run("backup", "--method", "dump")
    told(got, 4, "a copy of ledger may be left on", "credex-backup-", "upload the dump to", "AWS does not allow SendCommand")
    assert backing_up.answers()
    assert backing_up.note() == ""


def test_a_dump_is_taken_proven_and_once_corrupt_never_proven_again(backing_up: BackingUp) -> None:
    taken = backing_up.run("backup", "--method", "dump")
    told(taken, 0, "upload the dump to s3://", "can be loaded into this version or a newer one")
    assert backing_up.answers()
    told(backing_up.run("drill"), 0, "is proven: same database, unchanged")
    s3: Any = backing_up.sandbox.client("s3")
    (key,) = [each["Key"] for each in s3.list_objects_v2(Bucket=backing_up.bucket)["Contents"] if backing_up.environment in each["Key"]]
    tags = s3.get_object_tagging(Bucket=backing_up.bucket, Key=key)["TagSet"]
    content = bytearray(s3.get_object(Bucket=backing_up.bucket, Key=key)["Body"].read())
    content[len(content) // 2] ^= 0xFF
    s3.put_object(Bucket=backing_up.bucket, Key=key, Body=bytes(content))
    told(backing_up.run("list"), 0, "stale: ledger has no backup")  # an object that was overwritten has no tags
    s3.put_object_tagging(Bucket=backing_up.bucket, Key=key, Tagging={"TagSet": tags})
    (name,) = json.loads(taken.outputs["backup-ids"]).values()
    drilled = backing_up.run("drill", "--backup", name)
    told(drilled, 1, "differs", "is corrupt: its SHA-256 is not that of the dump that was uploaded")
    assert drilled.outputs["verdict"] == "differs"
    assert set(backing_up.scratch()) == {"terminated"}
    told(backing_up.run("list", "--require-drill-days", "7"), 3, "DIFFERS", "no backup of ledger was ever restored on trial and proven")


def test_a_recovery_point_of_aws_backup_is_taken_proven_and_kept_by_its_vault(backing_up: BackingUp) -> None:
    vault = f"vault-of-{backing_up.environment}"
    client: Any = backing_up.sandbox.client("backup")
    client.create_backup_vault(BackupVaultName=vault)
    backing_up.configure(method="aws-backup", vault=vault, keep="{last: 1, days: 0}")
    backing_up.sandbox.fault("StartBackupJob", 1, "drop-after")
    told(backing_up.run("backup"), 0, "start a backup job")
    assert len(backing_up.snapshots()) == 1
    drilled = backing_up.run("drill")
    told(drilled, 0, "is proven")
    assert [(each["method"], each["proven"]) for each in drilled.report["backups"]] == [("aws-backup", True)]
    for _ in range(2):
        told(backing_up.run("backup"), 0)
    client.put_backup_vault_lock_configuration(BackupVaultName=vault, MinRetentionDays=7)
    told(backing_up.run("prune"), 4, "was not deleted", "lock")
    client.delete_backup_vault_lock_configuration(BackupVaultName=vault)
    client.create_backup_vault(BackupVaultName=f"{vault}-new")
    backing_up.configure(method="aws-backup", vault=f"{vault}-new", keep="{last: 1, days: 0}")
    told(backing_up.run("prune"), 4, "was not deleted: it is not in the vault that backup.vault names")
    backing_up.configure(method="aws-backup", vault=vault, keep="{last: 1, days: 0}")
    told(backing_up.run("prune"), 0, "1 backup deleted, 2 kept", "the newest one that a drill has proven")


@pytest.mark.parametrize("operation", ["RunInstances", "SendCommand", "TerminateInstances"])
def test_what_a_killed_drill_has_left_is_swept_and_nothing_else(backing_up: BackingUp, operation: str) -> None:
    told(backing_up.run("backup"), 0)
    before = backing_up.volumes()
    backing_up.killed_at(operation, "drill")
    own = {"run": "r-gone", "environment": backing_up.environment, "database": "ledger", "scratch": "drill"}
    tags = [{"ResourceType": "volume", "Tags": [{"Key": f"credex:{key}", "Value": value} for key, value in own.items()]}]
    ec2: Any = backing_up.sandbox.client("ec2")
    outlived = ec2.create_volume(AvailabilityZone="af-south-1a", Size=1, TagSpecifications=tags)["VolumeId"]  # its instance
    told(backing_up.run("sweep"), 0, outlived)
    assert set(backing_up.scratch()) == {"terminated"}
    assert backing_up.volumes() == before
    assert len(backing_up.snapshots()) == 1
    assert backing_up.answers()


def test_a_cancelled_drill_leaves_nothing(backing_up: BackingUp) -> None:
    told(backing_up.run("backup"), 0)
    before = backing_up.volumes()
    with under_way(backing_up.begin("drill")) as process:
        while "running" not in backing_up.scratch():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        got = ended(process, backing_up.folder)
    told(got, 130, "cancelled")
    assert backing_up.scratch() == ["terminated"]
    assert backing_up.volumes() == before
    assert got.outputs["verdict"] is None


@pytest.mark.parametrize(
    ("kind", "code", "snapshots"), [("drop-after", 0, 1), ("throttle", 0, 1), ("drop-before", 0, 1), ("access-denied", 2, 0)]
)
def test_a_lost_response_makes_neither_two_snapshots_nor_none(backing_up: BackingUp, kind: str, code: int, snapshots: int) -> None:
    backing_up.sandbox.fault("CreateSnapshot", 1, kind)
    got = backing_up.run("backup")
    assert got.code == code, got.stderr
    assert len(backing_up.snapshots()) == snapshots


@pytest.mark.parametrize("kind", ["drop-after", "drop-before", "throttle"])
def test_an_instance_is_launched_once_whatever_happens_to_the_response(backing_up: BackingUp, kind: str) -> None:
    told(backing_up.run("backup"), 0)
    backing_up.sandbox.fault("RunInstances", 1, kind)
    with under_way(backing_up.begin("drill")) as process:
        while not backing_up.scratch():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        told(ended(process, backing_up.folder), 143)
    assert backing_up.scratch() == ["terminated"]


def test_pruning_keeps_the_newest_and_says_what_it_cannot_delete(backing_up: BackingUp) -> None:
    backing_up.configure(keep="{last: 1, days: 0}", bucket=backing_up.bucket)
    told(backing_up.run("backup"), 0)
    s3, dump = backing_up.sandbox.client("s3"), {"Bucket": backing_up.bucket, "Key": f"neo4j/{backing_up.environment}/ledger.dump"}
    s3.put_object(**dump, Body=b"by another method")
    kept = {"credex:backup", "credex:database", "credex:environment", "credex:fingerprint", "credex:neo4j-version"}
    tags = [each for each in backing_up.snapshots()[0]["Tags"] if each["Key"] in kept]
    s3.put_object_tagging(**dump, Tagging={"TagSet": [*tags, {"Key": "credex:sha256", "Value": "0" * 64}]})
    for _ in range(2):
        told(backing_up.run("backup"), 0)
    held, gone, newest = sorted(backing_up.snapshots(), key=lambda each: each["StartTime"])
    ec2: Any = backing_up.sandbox.client("ec2")
    ec2.register_image(
        Name=f"of-{held['SnapshotId']}", RootDeviceName="/dev/xvda",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": held["SnapshotId"]}}],
    )  # fmt: skip
    planned = backing_up.run("prune", "--dry-run")
    told(planned, 0, dump["Key"], f"({held['SnapshotId']})", f"({gone['SnapshotId']})", "the newest good one")
    assert len(backing_up.snapshots()) == 3
    told(backing_up.run("prune", "--require-age-hours", "0"), 3, "refused: the newest backup of ledger")
    assert len(backing_up.snapshots()) == 3
    told(backing_up.run("prune"), 4, "was not deleted: an AMI uses it")
    assert {each["SnapshotId"] for each in backing_up.snapshots()} == {held["SnapshotId"], newest["SnapshotId"]}
    assert not [each for each in s3.list_objects_v2(Bucket=backing_up.bucket).get("Contents", ()) if each["Key"] == dump["Key"]]


def test_a_backup_of_another_database_is_found_out(backing_up: BackingUp) -> None:
    told(backing_up.run("backup"), 0)
    told(backing_up.run("verify"), 0, "the database is the same database")
    (snapshot,) = backing_up.snapshots()
    other = "v1 db=0000000000000000 txn=3 nodes=7 relationships=0 content=00000000000000000000000000000000 by=exact"
    backing_up.sandbox.client("ec2").create_tags(Resources=[snapshot["SnapshotId"]], Tags=[{"Key": "credex:fingerprint", "Value": other}])
    told(backing_up.run("verify"), 1, "differs", "another database")
    told(backing_up.run("backup"), 0, "the database is: another database", "This one is taken all the same")


def test_a_backup_whose_tags_were_edited_is_refused_before_anything_is_launched(backing_up: BackingUp) -> None:
    told(backing_up.run("backup"), 0)
    (snapshot,) = [each["SnapshotId"] for each in backing_up.snapshots()]
    tags = {"credex:drill": "2026-01-01T00:00:00Z differs", "credex:fingerprint": "edited"}
    ec2 = backing_up.sandbox.client("ec2")
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    told(backing_up.run("drill", "--backup", snapshot), 2, "cannot be used: its tag credex:fingerprint cannot be read")
    assert backing_up.scratch() == []


def test_a_stopped_database_and_bad_input_change_nothing(backing_up: BackingUp, tmp_path: Path) -> None:
    assert tmp_path
    told(backing_up.run("drill"), 1, "ledger has no backup")
    told(backing_up.run("drill", "--backup", "nope"), 2, "nope is no backup of ledger")
    told(backing_up.run("backup", "--databases", "legder"), 2, "Did you mean ledger?")
    told(backing_up.run("list", "--backup", "b-1"), 2, "has no effect in mode list")
    told(backing_up.run("drill", "--evidence-file", "nowhere/evidence.json"), 2, "evidence-file")
    assert backing_up.snapshots() == []
    assert backing_up.scratch() == []
