"""What a scratch instance is launched with: pure. It is like the database's own instance, but for its volumes, its tags, and its end."""

from collections.abc import Mapping
from typing import Any

from credex_actions.aws.tags import as_list


def launch_request(
    source: Mapping[str, Any],
    user_data: bytes,
    root_device: str,
    root_size: int,
    data_device: str,
    snapshot: str,
    size: int,
    tags: Mapping[str, str],
    token: str,
) -> dict[str, Any]:
    """`source`: DescribeInstances' record of the database's instance. `user_data`: its own. `snapshot`: of the data volume, "" for a blank one of `size` GiB.
    `root_size`: 0 for that of the AMI; data on the root volume, and a dump that is downloaded, need that of the database's own.

    Nothing of it stays when the instance is terminated, or shuts itself down. The client token makes the launch the same, however often it is sent.
    """
    data: dict[str, Any] = {"DeleteOnTermination": True, "VolumeType": "gp3"}
    data |= {"SnapshotId": snapshot} if snapshot else {"VolumeSize": size, "Encrypted": True}
    request: dict[str, Any] = {
        "ImageId": source["ImageId"],
        "InstanceType": source["InstanceType"],
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": token,
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required"},
        "BlockDeviceMappings": [
            {"DeviceName": root_device, "Ebs": {"DeleteOnTermination": True} | ({"VolumeSize": root_size} if root_size else {})},
            {"DeviceName": data_device, "Ebs": data},
        ],
        "TagSpecifications": [{"ResourceType": kind, "Tags": as_list(tags)} for kind in ("instance", "volume")],
    }
    if user_data:
        request["UserData"] = user_data
    if source.get("SubnetId"):
        request["SubnetId"] = source["SubnetId"]
        request["SecurityGroupIds"] = [each["GroupId"] for each in source.get("SecurityGroups", ())]
    elif source.get("Placement", {}).get("AvailabilityZone"):
        request["Placement"] = {"AvailabilityZone": source["Placement"]["AvailabilityZone"]}
    if profile := source.get("IamInstanceProfile", {}).get("Arn"):
        request["IamInstanceProfile"] = {"Arn": profile}
    return request
