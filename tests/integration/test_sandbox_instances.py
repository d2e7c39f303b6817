"""An instance whose image carries Neo4j is a database; what EC2 does to instances and volumes happens to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.sandbox.neo4j import Neo4jServer, NotStartedError
from tests.integration.databases import DATABASE_WITHIN, PASSWORD, accounts, launch, wait

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def ec2(sandbox: "Sandbox") -> Any:
    sandbox.client("ssm").put_parameter(Name="/db/first", Value=PASSWORD, Type="SecureString")
    return sandbox.client("ec2")


def test_a_database_lives_on_its_volume(sandbox: "Sandbox", ec2: Any) -> None:
    """Through a snapshot while it runs, a power cut, a full disk, a stop, and the end of its instance."""
    machine = launch(sandbox, "5.26.16", "NEO4J_DATA_DEVICE=/dev/sdf")
    (row,) = sandbox.instances()
    assert (row["address"], row["version"], row["database"]) == (machine.address, "5.26.16", "stopped")
    volume = ec2.create_volume(Size=1, AvailabilityZone=row["zone"], Encrypted=True)["VolumeId"]
    wait(sandbox, machine, "running")
    ec2.attach_volume(VolumeId=volume, InstanceId=machine.instance_id, Device="/dev/sdf")
    assert accounts(machine.address, "before") == ["before"]
    assert machine.database_running
    assert machine.home.name == volume

    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    assert accounts(machine.address, "lost with the power, unless it was committed") != ["before"]
    sandbox.kill_instance(machine.instance_id)
    wait(sandbox, machine, "stopped")
    ec2.start_instances(InstanceIds=[machine.instance_id])
    assert accounts(machine.address) == ["before", "lost with the power, unless it was committed"]

    ec2.detach_volume(VolumeId=volume)
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Attachments"][0]["State"] == "busy"
    machine.stop_database()
    sandbox.until(
        lambda: not ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Attachments"], "it is let go of once it is unmounted", 10
    )
    with pytest.raises(NotStartedError, match="has no volume at /dev/sdf"):
        machine.start_database()
    ec2.attach_volume(VolumeId=volume, InstanceId=machine.instance_id, Device="/dev/sdf")

    dumps = machine.root / "dumps"
    dumps.mkdir()
    sandbox.fill_disk(machine.instance_id)
    with pytest.raises(NotStartedError, match="No space left on device"):
        machine.admin("database", "dump", "neo4j", f"--to-path={dumps}")
    sandbox.fill_disk(machine.instance_id, full=False)
    machine.admin("database", "dump", "neo4j", f"--to-path={dumps}", "--overwrite-destination")
    ec2.terminate_instances(InstanceIds=[machine.instance_id])
    wait(sandbox, machine, "terminated")
    assert [each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]] == [volume]

    restored = launch(sandbox, "5.26.16", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot}}])
    assert accounts(restored.address) == ["before"]
    restored.stop_database()
    restored.admin("database", "check", "neo4j")
    changed = sandbox.corrupt_backup(snapshot)
    assert "data/databases/neo4j/" in changed
    spoilt = ec2.create_volume(SnapshotId=snapshot, AvailabilityZone=row["zone"])["VolumeId"]
    (folder,) = (Path(each["folder"]) for each in sandbox.volumes() if each["id"] == spoilt)
    with pytest.raises(NotStartedError, match="neo4j-admin database check exited"):
        Neo4jServer(folder, "", restored.version).admin("database", "check", "neo4j")
    sandbox.renew()
    assert not restored.database_running


def test_a_store_goes_between_versions_as_far_as_neo4j_lets_it(sandbox: "Sandbox", ec2: Any) -> None:
    """Root volumes are replaced below one data volume: 5.26.16 takes over what 5.13.0 wrote, shares it with 5.26.0, and 5.13.0 refuses it from then on."""
    machine = launch(sandbox, "5.13.0", BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}])
    images = {version: sandbox.neo4j_image(version) for version in ("5.26.0", "5.26.16")}
    images["5.13.0"] = ec2.describe_images(Filters=[{"Name": "tag:credex:neo4j-version", "Values": ["5.13.0"]}])["Images"][0]["ImageId"]
    assert accounts(machine.address, "5.13.0") == ["5.13.0"]

    def replace(version: str) -> None:
        before = len(machine.console)
        task = ec2.create_replace_root_volume_task(InstanceId=machine.instance_id, ImageId=images[version], DeleteReplacedRootVolume=True)
        wanted = [task["ReplaceRootVolumeTask"]["ReplaceRootVolumeTaskId"]]

        def done() -> bool:
            (found,) = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=wanted)["ReplaceRootVolumeTasks"]
            return bool(found["TaskState"] == "succeeded")

        sandbox.until(done, f"{version} is there", 60)
        assert (machine.version, len(machine.console)) == (version, before)

    for version in ("5.26.0", "5.26.16", "5.26.0"):
        replace(version)
        assert version in accounts(machine.address, version)
    replace("5.13.0")
    sandbox.until(lambda: bool(machine.console), "5.13.0 says why it does not start", DATABASE_WITHIN)
    output = ec2.get_console_output(InstanceId=machine.instance_id)["Output"]
    assert "Neo4j 5.13.0 exited immediately" in output
    assert not machine.database_running


def test_an_instance_without_neo4j_says_so(sandbox: "Sandbox", ec2: Any) -> None:
    image = ec2.register_image(Name="plain", RootDeviceName="/dev/sda1")["ImageId"]
    machine = launch(sandbox, "", ImageId=image)
    wait(sandbox, machine, "running")
    assert (machine.version, machine.database_running, machine.console) == ("", False, [])
    for ask in (machine.start_database, lambda: machine.admin("database", "info")):
        with pytest.raises(NotStartedError, match=r"has no Neo4j: its image has none \(tag credex:neo4j-version\)"):
            ask()


@pytest.mark.usefixtures("ec2")
def test_a_machine_without_java_has_instances_without_databases(
    sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)  # root on Debian would install one
    machine = launch(sandbox, "5.26.16")
    wait(sandbox, machine, "running")
    with pytest.raises(NotStartedError, match="a JDK and Maven are missing"):
        machine.start_database()


def test_a_first_password_that_is_not_there_is_told_on_the_console(sandbox: "Sandbox", ec2: Any) -> None:
    sandbox.client("ssm").delete_parameter(Name="/db/first")
    machine = launch(sandbox, "5.26.16")
    sandbox.until(lambda: bool(machine.console), "the boot says so", 10)
    assert "Parameter /db/first not found" in ec2.get_console_output(InstanceId=machine.instance_id)["Output"]
