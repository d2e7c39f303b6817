"""Whether an instance can be moved to an AMI by replacing its root volume: pure, from what EC2 describes. All that stands in the way is said at once."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.aws.tags import as_mapping
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed
from credex_actions.neo4j.configuration.model import Database, OwnVolume

GROUP: Final = "aws:autoscaling:groupName"
KEY_CHARACTERISTICS: Final = (("Architecture", "architecture"), ("VirtualizationType", "virtualization type"))
"""What an AMI and an instance of its type have to share, whichever way it comes to it."""
BY_A_NEW_ONE: Final = "Set rollout.swap to new-instance: then a new instance is launched, and gets the data volume."


def obstacles(name: str, database: Database, instance: Mapping[str, Any]) -> Iterator[Fault]:
    """What keeps the instance from being moved at all."""
    which = f"{name}: {instance['InstanceId']}"
    if not isinstance(database.data, OwnVolume):
        what = f"{name} has its data on the root volume, which a roll-out replaces"
        yield Fault(what, "Move the data to a volume of its own first: --mode migrate-data-volume.", f"databases.{name}.data")
    if group := as_mapping(instance.get("Tags")).get(GROUP):
        what = f"{which} belongs to the Auto Scaling group {group}, which may replace it by a new instance at any time"
        yield Fault(what, "Detach it from the group (DetachInstances), or roll the group out by an instance refresh.")
    if instance.get("InstanceLifecycle") == "spot":
        yield Fault(f"{which} is a spot instance: EC2 may end it in the middle", "Run the database on an on-demand instance.")
    if instance.get("RootDeviceType") == "instance-store":
        what = f"{which} has its root on an instance store, which cannot be replaced"
        yield Fault(what, "Launch the database from an AMI whose root is an EBS volume.")
    if instance.get("InstanceLifecycle") == "scheduled":
        yield Fault(f"{which} is a scheduled instance", "Run the database on an on-demand instance.")


def kept_by_ec2(name: str, instance: Mapping[str, Any], image: Mapping[str, Any]) -> Iterator[Fault]:
    """Why EC2 cannot replace the root volume by one of the AMI, and a new instance could have it. Sources: EC2 API reference, CreateReplaceRootVolumeTask: "must have the same product code,
    billing information, architecture type, and virtualization type"; AWS Compute Blog, "Quick Restoration through Replacing the Root Volumes of Amazon EC2 instances": no bare metal but Mac.
    """
    which = f"{name}: {instance['InstanceId']}"
    family, _, size = instance.get("InstanceType", "").partition(".")
    if size.startswith("metal") and not family.startswith("mac"):
        yield Fault(f"{which} is bare metal ({family}.{size}), whose root volume EC2 does not replace", BY_A_NEW_ONE)
    for key, words in (("ProductCodes", "product codes"), ("UsageOperation", "billing information (UsageOperation)")):
        ours, its = _plain(instance.get(key)), _plain(image.get(key))
        if ours != its and (key == "ProductCodes" or (ours and its)):
            what = f"the AMI {image.get('ImageId', '')} has the {words} {its or 'none'}, and {instance['InstanceId']} of {name} has {ours or 'none'}"
            yield Fault(f"{what}: EC2 replaces no root volume by another kind", BY_A_NEW_ONE)


def _plain(value: Any) -> str:
    return listed(sorted(each["ProductCodeId"] for each in value)) if isinstance(value, list) else str(value or "")


def misfits(name: str, instance: Mapping[str, Any], image: Mapping[str, Any]) -> Iterator[Fault]:
    """Why the AMI cannot take the place of the one that the instance was launched from."""
    for key, words in KEY_CHARACTERISTICS:
        ours, its = instance.get(key), image.get(key)
        if ours and its and ours != its:
            what = f"the AMI {image['ImageId']} has the {words} {its}, and the instance of {name}, {instance['InstanceId']}, has {ours}"
            yield Fault(what, "Build or choose an AMI of the same kind.", "image")
    if image.get("RootDeviceType", "ebs") != "ebs":
        yield Fault(f"the AMI {image['ImageId']} has its root on an instance store", "Build one whose root is an EBS volume.", "image")
