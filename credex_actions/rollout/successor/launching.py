"""What the new instance is launched with: as the old one was, from what EC2 describes of that. Pure. Sources: EC2 API reference, RunInstances and Instance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from credex_actions.aws.like_volume import like_volume
from credex_actions.aws.tags import RUN, as_list, as_mapping
from credex_actions.databases.finding import SERVED_BY
from credex_actions.rollout.successor.world import SUCCESSOR, UNPROVEN, Former

OWN: Final = ("aws:", "credex:")
"""Begin tags that are AWS's, or ours, and are not taken along."""
PLACEMENT: Final = ("AvailabilityZone", "Affinity", "GroupId", "GroupName", "HostId", "HostResourceGroupArn", "PartitionNumber", "Tenancy")
METADATA: Final = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags")
SWITCHES: Final = {
    "HibernationOptions": ("Configured",),
    "EnclaveOptions": ("Enabled",),
    "MaintenanceOptions": ("AutoRecovery",),
    "CpuOptions": ("CoreCount", "ThreadsPerCore", "AmdSevSnp"),
    "PrivateDnsNameOptions": ("HostnameType", "EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord"),
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the new instance is like. `record`: DescribeInstances' of the old one; `root`: DescribeVolumes' of its root volume. `shuts_down`: what a shutdown from within does. `burst`: the CPU credits of a
    burstable type, "" else. `root_device`: of the AMI; `root_size`: GiB of the AMI's root volume, 0 if it is not told.
    """

    record: Mapping[str, Any]
    root: Mapping[str, Any]
    shuts_down: str
    burst: str
    root_device: str
    root_size: int = 0


def request(model: Model, former: Former, image: str, backup: str, user_data: bytes) -> dict[str, Any]:
    """Of RunInstances. No key pair. It says the same in every run that continues, as its client token demands."""
    record = model.record
    tags = taken(record) | {SERVED_BY: former.instance, SUCCESSOR: f"{former.instance} {backup}", UNPROVEN: former.run, RUN: former.run}
    found: dict[str, Any] = {
        "ImageId": image,
        "InstanceType": record["InstanceType"],
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": sha256(f"successor {former.instance} {backup}".encode()).hexdigest()[:40],
        "InstanceInitiatedShutdownBehavior": model.shuts_down,
        "EbsOptimized": bool(record.get("EbsOptimized")),
        "Monitoring": {"Enabled": record.get("Monitoring", {}).get("State") in {"enabled", "pending"}},
        "MetadataOptions": _of(record.get("MetadataOptions", {}), METADATA) or {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "Placement": _of(record.get("Placement", {}), PLACEMENT),
        "BlockDeviceMappings": [{"DeviceName": model.root_device, "Ebs": _root(model)}],
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": as_list(tags)},
            {"ResourceType": "volume", "Tags": as_list(taken(model.root) | {RUN: former.run})},
        ],
    }
    return found | dict(_besides(model, user_data))


def _besides(model: Model, user_data: bytes) -> Iterator[tuple[str, Any]]:
    record = model.record
    if user_data:
        yield "UserData", user_data
    if subnet := record.get("SubnetId"):
        yield "SubnetId", subnet
        if groups := [each["GroupId"] for each in record.get("SecurityGroups", ())]:
            yield "SecurityGroupIds", groups
    if profile := record.get("IamInstanceProfile", {}).get("Arn"):
        yield "IamInstanceProfile", {"Arn": profile}
    if model.burst:
        yield "CreditSpecification", {"CpuCredits": model.burst}
    for name, members in SWITCHES.items():
        if chosen := _of(record.get(name, {}), members):
            yield name, chosen


def _root(model: Model) -> dict[str, Any]:
    """Like the old one, and as large as the AMI needs: EC2 launches nothing from one that is larger. It holds nothing that the image does not."""
    volume, record = model.root, model.record
    mappings = {each["DeviceName"]: each["Ebs"] for each in record.get("BlockDeviceMappings", ()) if "Ebs" in each}
    deleted = mappings.get(record.get("RootDeviceName", ""), {}).get("DeleteOnTermination", True)
    size = {"VolumeSize": max(volume["Size"], model.root_size)} if volume.get("Size") else {}
    return {"DeleteOnTermination": bool(deleted), **size, **like_volume(volume)}


def taken(record: Mapping[str, Any]) -> dict[str, str]:
    """The tags that it has, too."""
    return {key: value for key, value in as_mapping(record.get("Tags")).items() if not key.startswith(OWN)}


def _of(record: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, Any]:
    """What is set of them. A part that is off or empty is the default."""
    return {key: record[key] for key in members if record.get(key) not in (None, "", False)}
