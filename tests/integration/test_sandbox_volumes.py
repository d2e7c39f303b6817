"""EC2's records in the sandbox: what takes its time, what is refused, and what a folder has to do with it. No database runs here."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
HERE, THERE = "af-south-1a", "af-south-1b"


@pytest.fixture
def ec2(sandbox: "Sandbox") -> Any:
    return sandbox.client("ec2")


def launch(sandbox: "Sandbox", **given: Any) -> str:
    """An instance of an image without Neo4j, in zone HERE; running."""
    ec2: Any = sandbox.client("ec2")
    named = ec2.describe_images(Filters=[{"Name": "name", "Values": ["plain"]}])["Images"]
    image = named[0]["ImageId"] if named else ec2.register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"]
    request = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "Placement": {"AvailabilityZone": HERE}} | given
    made: str = ec2.run_instances(**request)["Instances"][0]["InstanceId"]
    sandbox.until(lambda: state(ec2, made) == "running", "the instance runs", 10)
    return made


def described(ec2: Any, instance: str) -> dict[str, Any]:
    (found,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    return dict(found)


def state(ec2: Any, instance: str) -> str:
    return str(described(ec2, instance)["State"]["Name"])


def volumes_of(ec2: Any, instance: str) -> dict[str, str]:
    return {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in described(ec2, instance)["BlockDeviceMappings"]}


def disk(sandbox: "Sandbox", name: str) -> Path:
    return sandbox._cloud.site(sandbox.account, sandbox.region).disks.folder(name)


def refused(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**given)
    return str(caught.value.response["Error"]["Code"])


class TestWhatTakesTime:
    def test_each_state_can_be_caught_half_way(self, sandbox: "Sandbox", ec2: Any) -> None:
        instance = launch(sandbox)

        def passes(kind: str, look: Callable[[], str], between: str, after: str) -> None:
            assert look() == between
            sandbox.slow(**{kind: 0})
            sandbox.until(lambda: look() != between, f"{kind} comes to its end", 10)
            assert look() == after

        def attachment() -> str:
            return next((str(each["State"]) for each in ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Attachments"]), "gone")

        sandbox.slow(**dict.fromkeys(("volume", "attach", "detach", "snapshot", "stop", "start", "terminate"), 600))
        volume = ec2.create_volume(Size=1, AvailabilityZone=HERE)["VolumeId"]
        passes("volume", lambda: str(ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"]), "creating", "available")
        assert ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")["State"] == "attaching"
        passes("attach", attachment, "attaching", "attached")
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        passes("snapshot", lambda: str(ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"]), "pending", "completed")
        assert ec2.detach_volume(VolumeId=volume)["State"] == "detaching"
        passes("detach", attachment, "detaching", "gone")
        ec2.stop_instances(InstanceIds=[instance])
        passes("stop", lambda: state(ec2, instance), "stopping", "stopped")
        ec2.start_instances(InstanceIds=[instance])
        passes("start", lambda: state(ec2, instance), "pending", "running")
        ec2.terminate_instances(InstanceIds=[instance])
        passes("terminate", lambda: state(ec2, instance), "shutting-down", "terminated")

    def test_a_snapshot_says_how_far_it_is(self, sandbox: "Sandbox", ec2: Any) -> None:
        volume = ec2.create_volume(Size=1, AvailabilityZone=HERE)["VolumeId"]
        sandbox.slow(snapshot=6000)
        made = ec2.create_snapshot(VolumeId=volume)
        assert (made["State"], made["Progress"]) == ("pending", "0%")
        assert refused(ec2.create_volume, SnapshotId=made["SnapshotId"], AvailabilityZone=HERE) == "IncorrectState"

    def test_what_does_not_exist_cannot_be_slow(self, sandbox: "Sandbox") -> None:
        with pytest.raises(ValueError, match="snapshots: nothing of that name takes time"):
            sandbox.slow(snapshots=1)


class TestWhatIsOnAVolume:
    def test_a_snapshot_is_the_volume_as_it_was_and_a_volume_from_it_has_that(self, sandbox: "Sandbox", ec2: Any) -> None:
        volume = ec2.create_volume(Size=2, AvailabilityZone=HERE)["VolumeId"]
        (disk(sandbox, volume) / "store").write_text("before")
        sandbox.slow(snapshot=600)
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        (disk(sandbox, volume) / "store").write_text("after")
        sandbox.slow(snapshot=0)
        ec2.delete_volume(VolumeId=volume)
        again = ec2.create_volume(SnapshotId=snapshot, AvailabilityZone=THERE)
        assert again["Size"] == 2
        assert (disk(sandbox, again["VolumeId"]) / "store").read_text() == "before"
        assert refused(ec2.create_volume, SnapshotId=snapshot, Size=1, AvailabilityZone=HERE) == "InvalidBlockDeviceMapping"

    def test_termination_deletes_what_the_mappings_say(self, sandbox: "Sandbox", ec2: Any) -> None:
        kept = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}
        lost = {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": True}}
        instance = launch(sandbox, BlockDeviceMappings=[kept, lost])
        volumes = volumes_of(ec2, instance)
        assert set(volumes) == {"/dev/xvda", "/dev/sdf", "/dev/sdg"}
        ec2.terminate_instances(InstanceIds=[instance])
        sandbox.until(lambda: state(ec2, instance) == "terminated", "the instance ends", 10)
        left = [each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]]
        assert left == [volumes["/dev/sdf"]]
        assert refused(ec2.start_instances, InstanceIds=[instance]) == "IncorrectInstanceState"

    def test_an_image_has_the_volumes_of_its_instance(self, sandbox: "Sandbox", ec2: Any) -> None:
        instance = launch(sandbox, BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}])
        volumes = volumes_of(ec2, instance)
        for device, volume in volumes.items():
            (disk(sandbox, volume) / "what").write_text(device)
        sandbox.slow(image=600)
        tags = [{"ResourceType": kind, "Tags": [{"Key": "Made", "Value": "here"}]} for kind in ("image", "snapshot")]
        image = ec2.create_image(InstanceId=instance, Name="golden", TagSpecifications=tags)["ImageId"]
        assert ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "pending"
        assert refused(ec2.create_image, InstanceId=instance, Name="golden") == "InvalidAMIName.Duplicate"
        assert refused(ec2.run_instances, ImageId=image, MinCount=1, MaxCount=1) == "InvalidAMIID.Unavailable"
        sandbox.slow(image=0)
        ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig={"Delay": 1, "MaxAttempts": 9})
        copy = launch(sandbox, ImageId=image)
        assert {device: (disk(sandbox, each) / "what").read_text() for device, each in volumes_of(ec2, copy).items()} == {
            "/dev/xvda": "/dev/xvda",
            "/dev/sdf": "/dev/sdf",
        }
        (snapshot, _) = ec2.describe_snapshots(Filters=[{"Name": "tag:Made", "Values": ["here"]}])["Snapshots"]
        assert refused(ec2.delete_snapshot, SnapshotId=snapshot["SnapshotId"]) == "InvalidSnapshot.InUse"
        ec2.deregister_image(ImageId=image)
        ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])

    def test_an_image_in_another_region_has_what_it_had(self, sandbox: "Sandbox", ec2: Any) -> None:
        image = sandbox.neo4j_image("5.26.0")
        other: Any = sandbox.client("ec2", region_name="eu-west-1")
        given = {"SourceImageId": image, "SourceRegion": sandbox.region, "Name": "copied", "ClientToken": "once"}
        copied = other.copy_image(**given)["ImageId"]
        assert other.copy_image(**given)["ImageId"] == copied
        instance = other.run_instances(ImageId=copied, MinCount=1, MaxCount=1, InstanceType="t3.small")["Instances"][0]["InstanceId"]
        assert sandbox._cloud.machines(sandbox.account, "eu-west-1")[instance].version == "5.26.0"
        ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
        assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


class TestRootVolumes:
    def becomes(self, sandbox: "Sandbox", ec2: Any, task: dict[str, Any], wanted: str) -> None:
        def look() -> str:
            described = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task["ReplaceRootVolumeTaskId"]])
            return str(described["ReplaceRootVolumeTasks"][0]["TaskState"])

        sandbox.until(lambda: look() == wanted, f"the replacement is {wanted}", 10)

    def test_a_root_volume_is_replaced_and_put_back(self, sandbox: "Sandbox", ec2: Any) -> None:
        instance = launch(sandbox, BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}])
        before, address = volumes_of(ec2, instance), described(ec2, instance)["PrivateIpAddress"]
        newer = ec2.register_image(Name="newer", RootDeviceName="/dev/xvda", Architecture="i386")["ImageId"]
        sandbox.slow(replace_root=600)
        tags = [{"ResourceType": "replace-root-volume-task", "Tags": [{"Key": "Run", "Value": "7"}]}]
        given = {"InstanceId": instance, "ImageId": newer, "ClientToken": "7", "TagSpecifications": tags}
        task = ec2.create_replace_root_volume_task(**given)["ReplaceRootVolumeTask"]
        assert task["TaskState"] == "pending"
        assert (
            ec2.create_replace_root_volume_task(**given)["ReplaceRootVolumeTask"]["ReplaceRootVolumeTaskId"]
            == task["ReplaceRootVolumeTaskId"]
        )
        assert refused(ec2.create_replace_root_volume_task, **given | {"ImageId": "ami-1"}) == "IdempotentParameterMismatch"
        assert refused(ec2.create_replace_root_volume_task, InstanceId=instance) == "IncorrectState"
        sandbox.slow(replace_root=0)
        self.becomes(sandbox, ec2, task, "succeeded")
        after = volumes_of(ec2, instance)
        assert after["/dev/sdf"] == before["/dev/sdf"]
        assert after["/dev/xvda"] != before["/dev/xvda"]
        assert (described(ec2, instance)["ImageId"], described(ec2, instance)["PrivateIpAddress"]) == (newer, address)
        back = {"InstanceId": instance, "VolumeId": before["/dev/xvda"], "DeleteReplacedRootVolume": True}
        self.becomes(sandbox, ec2, ec2.create_replace_root_volume_task(**back)["ReplaceRootVolumeTask"], "succeeded")
        assert volumes_of(ec2, instance) == before
        assert after["/dev/xvda"] not in {each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]}

    def test_a_snapshot_can_take_its_place_and_a_stopped_instance_is_left_alone(self, sandbox: "Sandbox", ec2: Any) -> None:
        instance = launch(sandbox)
        root = volumes_of(ec2, instance)["/dev/xvda"]
        (disk(sandbox, root) / "etc").write_text("as it was")
        snapshot = ec2.create_snapshot(VolumeId=root)["SnapshotId"]
        (disk(sandbox, root) / "etc").write_text("spoilt")
        task = ec2.create_replace_root_volume_task(InstanceId=instance, SnapshotId=snapshot)["ReplaceRootVolumeTask"]
        self.becomes(sandbox, ec2, task, "succeeded")
        assert (disk(sandbox, volumes_of(ec2, instance)["/dev/xvda"]) / "etc").read_text() == "as it was"
        ec2.stop_instances(InstanceIds=[instance])
        sandbox.until(lambda: state(ec2, instance) == "stopped", "it stops", 10)
        assert refused(ec2.create_replace_root_volume_task, InstanceId=instance) == "IncorrectInstanceState"


class TestRefusals:
    def test_a_volume_is_attached_once_in_its_zone_and_not_deleted_meanwhile(self, sandbox: "Sandbox", ec2: Any) -> None:
        first, second = launch(sandbox), launch(sandbox)
        volume = ec2.create_volume(Size=1, AvailabilityZone=HERE)["VolumeId"]
        other = ec2.create_volume(Size=1, AvailabilityZone=THERE)["VolumeId"]
        given = {"Device": "/dev/sdf", "InstanceId": first}
        ec2.attach_volume(VolumeId=volume, **given)
        assert refused(ec2.attach_volume, VolumeId=volume, InstanceId=second, Device="/dev/sdf") == "VolumeInUse"
        assert refused(ec2.attach_volume, VolumeId=other, InstanceId=second, Device="/dev/sdf") == "InvalidVolume.ZoneMismatch"
        third = ec2.create_volume(Size=1, AvailabilityZone=HERE)["VolumeId"]
        assert refused(ec2.attach_volume, VolumeId=third, **given) == "InvalidParameterValue"
        assert refused(ec2.delete_volume, VolumeId=volume) == "VolumeInUse"
        assert refused(ec2.detach_volume, VolumeId=third) == "IncorrectState"
        assert refused(ec2.detach_volume, VolumeId=volumes_of(ec2, first)["/dev/xvda"]) == "OperationNotPermitted"
        assert refused(ec2.create_volume, Size=1, AvailabilityZone="af-south-1x") == "InvalidZone.NotFound"

    def test_protected_instances_are_neither_stopped_nor_terminated(self, sandbox: "Sandbox", ec2: Any) -> None:
        instance = launch(sandbox, DisableApiTermination=True, DisableApiStop=True)
        assert refused(ec2.terminate_instances, InstanceIds=[instance]) == "OperationNotPermitted"
        assert refused(ec2.stop_instances, InstanceIds=[instance]) == "OperationNotPermitted"
        ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
        ec2.terminate_instances(InstanceIds=[instance])

    def test_an_image_has_to_be_there(self, ec2: Any) -> None:
        assert refused(ec2.run_instances, ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1) == "InvalidAMIID.NotFound"

    def test_a_token_is_for_one_request(self, sandbox: "Sandbox", ec2: Any) -> None:
        launch(sandbox)
        image = ec2.describe_images()["Images"][0]["ImageId"]
        given = {"ImageId": image, "MinCount": 1, "MaxCount": 2, "ClientToken": "t"}
        made = [each["InstanceId"] for each in ec2.run_instances(**given)["Instances"]]
        assert len(made) == 2
        assert [each["InstanceId"] for each in ec2.run_instances(**given)["Instances"]] == made
        assert refused(ec2.run_instances, **given | {"MaxCount": 1}) == "IdempotentParameterMismatch"
        volume = {"Size": 1, "AvailabilityZone": HERE, "ClientToken": "t"}
        assert ec2.create_volume(**volume)["VolumeId"] == ec2.create_volume(**volume)["VolumeId"]


def test_a_launch_template_and_a_request_say_it_together(sandbox: "Sandbox", ec2: Any) -> None:
    key = sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    launch(sandbox)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    data = {
        "ImageId": image,
        "InstanceType": "t3.small",
        "UserData": base64.b64encode(b"#!/bin/sh\n").decode(),
        "DisableApiTermination": True,
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}},
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5, "Encrypted": True, "KmsKeyId": key}},
        ],
        "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "From", "Value": "template"}]}],
    }
    template = ec2.create_launch_template(LaunchTemplateName="neo4j", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    mine = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 6}}]
    instance = launch_from(ec2, template, BlockDeviceMappings=mine)
    assert instance["InstanceType"] == "t3.small"
    assert {"Key": "aws:ec2launchtemplate:id", "Value": template} in instance["Tags"]
    told = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"#!/bin/sh\n"
    volumes = {
        each["Attachments"][0]["Device"]: each
        for each in ec2.describe_volumes(Filters=[{"Name": "tag:From", "Values": ["template"]}])["Volumes"]
    }
    assert (volumes["/dev/xvda"]["Size"], volumes["/dev/xvda"]["VolumeType"], volumes["/dev/xvda"]["Throughput"]) == (20, "gp3", 125)
    assert (volumes["/dev/sdf"]["Size"], volumes["/dev/sdf"]["Encrypted"], volumes["/dev/sdf"]["KmsKeyId"]) == (6, True, key)
    assert refused(ec2.terminate_instances, InstanceIds=[instance["InstanceId"]]) == "OperationNotPermitted"
    snapshot = ec2.create_snapshot(VolumeId=volumes["/dev/sdf"]["VolumeId"])
    restored = ec2.create_volume(SnapshotId=snapshot["SnapshotId"], AvailabilityZone=HERE)
    assert (snapshot["Encrypted"], restored["Encrypted"], restored["KmsKeyId"]) == (True, True, key)


def launch_from(ec2: Any, template: str, **given: Any) -> dict[str, Any]:
    made = ec2.run_instances(LaunchTemplate={"LaunchTemplateId": template}, MinCount=1, MaxCount=1, **given)["Instances"][0]
    time.sleep(0.1)
    return described(ec2, made["InstanceId"])


def test_an_image_of_a_version_is_registered_once(sandbox: "Sandbox") -> None:
    first = sandbox.neo4j_image("5.26.0")
    assert sandbox.neo4j_image("5.26.0") == first
    assert sandbox.neo4j_image("5.26.16") != first
