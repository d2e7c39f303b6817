"""What an instance is launched with that is to be like one that runs: read from EC2."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credex_actions.aws.scratch.launching import Place
from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock


@dataclass(frozen=True)
class Like:
    """`root_size`: GiB, 0 where it is not known."""

    image: str
    place: Place
    user_data: bytes
    root_device: str
    root_size: int


def like(clients: Clients, clock: Clock, instance: str) -> Like:
    ec2 = clients.read("ec2")
    record = look_again(clock, lambda: ec2.describe_instances(InstanceIds=[instance]))["Reservations"][0]["Instances"][0]
    return Like(
        record["ImageId"],
        _place(record),
        user_data_of(clients, clock, instance),
        record.get("RootDeviceName", "/dev/xvda"),
        _root_size(ec2, clock, record),
    )


def user_data_of(clients: Clients, clock: Clock, instance: str) -> bytes:
    """As it is set now; a boot may have run another one."""
    ec2 = clients.read("ec2")
    attribute = look_again(clock, lambda: ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData"))
    return base64.b64decode(attribute.get("UserData", {}).get("Value", ""))


def _place(record: Mapping[str, Any]) -> Place:
    """Without a subnet of its own an instance is in the default one of its zone, which no security group of another VPC can be given to."""
    subnet = record.get("SubnetId", "")
    return Place(
        record["InstanceType"],
        subnet,
        tuple(each["GroupId"] for each in record.get("SecurityGroups", ())) if subnet else (),
        record.get("IamInstanceProfile", {}).get("Arn", ""),
        record.get("Placement", {}).get("AvailabilityZone", ""),
    )


def _root_size(ec2: Any, clock: Clock, record: Mapping[str, Any]) -> int:
    mappings = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in record.get("BlockDeviceMappings", ()) if "Ebs" in each}
    volume = mappings.get(record.get("RootDeviceName"))
    if volume is None:
        return 0
    found = look_again(clock, lambda: ec2.describe_volumes(VolumeIds=[volume]))["Volumes"]
    return int(found[0]["Size"]) if found else 0
