"""The sandbox's EC2 and user data: changed while an instance is stopped, and run by the first boot of a root volume alone."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.ec2 import first_boot
from tests.integration.databases import wait


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=0.05) as made:
        yield made
        assert made.misfits == []


@pytest.fixture
def instance(sandbox: Sandbox) -> str:
    """Without a database."""
    ec2: Any = sandbox.client("ec2")
    kind = {"RootDeviceName": "/dev/xvda", "Architecture": "x86_64", "VirtualizationType": "hvm"}
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["plain"]}])["Images"]
    image = images[0]["ImageId"] if images else ec2.register_image(Name="plain", **kind)["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData="#!/bin/sh\nNEO4J_a_b=1\n")["Instances"][0]["InstanceId"]
    machine = sandbox.machine(made)
    assert machine
    wait(sandbox, machine, "running")
    sandbox.until(lambda: first_boot.taken(machine.root, made) is not None, "the first boot")
    return str(made)


def has(sandbox: Sandbox, instance: str) -> bytes:
    told = sandbox.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")
    return base64.b64decode(told["UserData"].get("Value", ""))


def settings(sandbox: Sandbox, instance: str) -> tuple[tuple[str, str], ...]:
    machine = sandbox.machine(instance)
    assert machine
    taken = first_boot.taken(machine.root, instance)
    return taken.settings if taken else ()


def stopped(sandbox: Sandbox, instance: str) -> None:
    machine = sandbox.machine(instance)
    assert machine
    sandbox.client("ec2").stop_instances(InstanceIds=[instance])
    wait(sandbox, machine, "stopped")


def test_they_are_changed_only_while_the_instance_is_stopped(sandbox: Sandbox, instance: str) -> None:
    ec2: Any = sandbox.client("ec2")
    with pytest.raises(ClientError, match=r"IncorrectInstanceState.*is not in the 'stopped' state"):
        ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"#!/bin/sh\n"})
    stopped(sandbox, instance)
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*limited to 16384 bytes"):
        ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"x" * 16_385})
    for content in (b"x" * 16_384, b"\x1f\x8b\xff", "#!/bin/sh\n# ü\n".encode(), b""):
        ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": content})
        assert has(sandbox, instance) == content


def test_a_boot_from_the_same_root_volume_does_not_run_new_ones_and_one_from_a_new_root_volume_does(
    sandbox: Sandbox, instance: str
) -> None:
    ec2: Any = sandbox.client("ec2")
    machine = sandbox.machine(instance)
    assert machine
    stopped(sandbox, instance)
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"#!/bin/sh\nNEO4J_a_b=2\n"})
    ec2.start_instances(InstanceIds=[instance])
    wait(sandbox, machine, "running")
    sandbox.until(lambda: machine.powered, "the boot")
    assert settings(sandbox, instance) == (("a.b", "1"),)
    (seen,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    task = ec2.create_replace_root_volume_task(InstanceId=instance, ImageId=seen["ImageId"])["ReplaceRootVolumeTask"][
        "ReplaceRootVolumeTaskId"
    ]

    def state() -> str:
        found = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task])["ReplaceRootVolumeTasks"]
        return str(found[0]["TaskState"])

    sandbox.until(lambda: state() == "succeeded", "the replacement")
    sandbox.until(lambda: settings(sandbox, instance) == (("a.b", "2"),), "the first boot of the new root volume")
