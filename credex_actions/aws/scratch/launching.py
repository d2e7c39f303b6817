"""What a scratch instance is launched with: pure. Nothing of it stays when it is terminated; its client token makes the launch the same, however often it is sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from credex_actions.aws.tags import as_list


class Place(NamedTuple):
    """Where, and as what, an instance runs. `profile`: name or ARN of an instance profile that SSM accepts. `zone`: counts where there is no subnet."""

    instance_type: str
    subnet: str
    security_groups: tuple[str, ...]
    profile: str
    zone: str = ""


def root_disk(device: str, size: int = 0) -> dict[str, Any]:
    """`size`: GiB; 0 for that of the AMI."""
    return {"DeviceName": device, "Ebs": {"DeleteOnTermination": True} | ({"VolumeSize": size} if size else {})}


def encrypted_root_disk(device: str) -> dict[str, Any]:
    return {"DeviceName": device, "Ebs": {"Encrypted": True, "DeleteOnTermination": True, "VolumeType": "gp3"}}


def data_disk(device: str, snapshot: str, size: int = 0) -> dict[str, Any]:
    """`snapshot`: "" for a blank one of `size` GiB."""
    what: dict[str, Any] = {"SnapshotId": snapshot} if snapshot else {"VolumeSize": size, "Encrypted": True}
    return {"DeviceName": device, "Ebs": {"DeleteOnTermination": True, "VolumeType": "gp3"} | what}


def launch_request(
    image: str,
    place: Place,
    disks: Sequence[Mapping[str, Any]],
    tags: Mapping[str, str],
    token: str,
    *,
    shuts_down: Literal["stop", "terminate"],
    user_data: bytes = b"",
) -> dict[str, Any]:
    """No key pair, and no version 1 of the metadata service. `shuts_down`: what a shutdown from within does."""
    request: dict[str, Any] = {
        "ImageId": image,
        "InstanceType": place.instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": token,
        "InstanceInitiatedShutdownBehavior": shuts_down,
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": list(disks),
        "TagSpecifications": [{"ResourceType": kind, "Tags": as_list(tags)} for kind in ("instance", "volume")],
    }
    if user_data:
        request["UserData"] = user_data
    if place.subnet:
        request["SubnetId"] = place.subnet
    elif place.zone:
        request["Placement"] = {"AvailabilityZone": place.zone}
    if place.security_groups:
        request["SecurityGroupIds"] = list(place.security_groups)
    if place.profile:
        request["IamInstanceProfile"] = {"Arn" if place.profile.startswith("arn:") else "Name": place.profile}
    return request
