"""What keeps a new instance from taking the place of the old one: pure, from what EC2 describes. All that stands in the way is said at once.

Sources: EC2 API reference, RunInstances and AttachVolume; Amazon EC2 User Guide, "Stop and start Amazon EC2 instances", "Elastic IP addresses".
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import UNSET

from credex_actions.aws.tags import as_mapping
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed
from credex_actions.databases.url import host_of
from credex_actions.neo4j.configuration.groups import TAG, Member
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.successor.launching import taken
from credex_actions.rollout.user_data.restart import Restart

NEW_INSTANCE: Final = "new-instance"
"""The value of `rollout.swap`."""
MOST_TAGS: Final = 50
"""Of an instance, AWS's own aside. Source: Amazon EC2 User Guide, "Tag your Amazon EC2 resources"."""
OURS: Final = 11
"""Of those, on the new instance when it is noted as the one that has the database: four from its launch, the five of the note, and the two that say what is stopped."""


def obstacles(
    name: str, database: Database, instance: Mapping[str, Any], image: Mapping[str, Any], restart: Restart | None, volume: str
) -> Iterator[Fault]:
    """`instance`: DescribeInstances' record; `image`: DescribeImages'. `restart`: what a stop would meet; None where that is not looked at. `volume`: the data volume."""
    which = f"{name}: {instance['InstanceId']}"
    if not instance.get("SubnetId"):
        yield Fault(f"{which} has no subnet: where a new instance would be is not known", "Run the database in a VPC.")
    yield from _of_network(which, instance)
    yield from _of_tags(which, database, instance)
    mappings = {each["DeviceName"]: each.get("Ebs", {}).get("VolumeId", "") for each in instance.get("BlockDeviceMappings", ())}
    own = {instance.get("RootDeviceName", "")} | {device for device, each in mappings.items() if each == volume}
    if others := sorted(each for device, each in mappings.items() if device not in own and each):
        what = f"{which} has other volumes than its root and its data volume, which would stay with it: {listed(others)}"
        yield Fault(what, "Detach them, or leave rollout.swap at replace-root.")
    root = image.get("RootDeviceName", "")
    inside = sorted(each["DeviceName"] for each in image.get("BlockDeviceMappings", ()) if each.get("DeviceName") != root and "Ebs" in each)
    if inside:
        what = (
            f"the AMI {image.get('ImageId', '')} brings volumes of its own ({listed(inside)}), which would be there besides the data volume"
        )
        yield Fault(what, "Build one with a root volume alone.", "image")
    if restart:
        yield from _of_stop(which, instance, restart)
        yield from _of_public_address(which, instance, restart)
    yield from _of_address(which, database, instance, restart)


def _of_network(which: str, instance: Mapping[str, Any]) -> Iterator[Fault]:
    interfaces = instance.get("NetworkInterfaces", ())
    if len(interfaces) > 1:
        yield Fault(f"{which} has {len(interfaces)} network interfaces, and a new instance has one", "Leave rollout.swap at replace-root.")
    own = [each["Association"]["PublicIp"] for each in interfaces if each.get("Association", {}).get("IpOwnerId", "amazon") != "amazon"]
    if own:
        what = f"{which} has the Elastic IP {listed(own)}, which would stay with it"
        yield Fault(what, "Reach the database by its private address, and disassociate it; or leave rollout.swap at replace-root.")
    if any(len(each.get("PrivateIpAddresses", ())) > 1 for each in interfaces):
        yield Fault(
            f"{which} has secondary private addresses, which would stay with it", "Unassign them, or leave rollout.swap at replace-root."
        )
    if instance.get("SourceDestCheck") is False:
        yield Fault(f"{which} has no source/destination check, and a new instance has one", "Leave rollout.swap at replace-root.")


def _of_tags(which: str, database: Database, instance: Mapping[str, Any]) -> Iterator[Fault]:
    """What would be found out only with the database down, and the volume on the new instance."""
    own = len(taken(instance))
    if own + OURS > MOST_TAGS:
        what = f"{which} has {own} tags, and a new instance with the same ones has room for {MOST_TAGS - OURS}: a roll-out sets {OURS} more"
        yield Fault(what, "Remove some, or leave rollout.swap at replace-root.")
    if isinstance(database, Member) and not as_mapping(instance.get("Tags")).get(TAG):
        what = f"{which} has no tag {TAG}: its database is called by the instance's id, which a new instance does not have"
        yield Fault(what, f"Set {TAG} to the id, {instance['InstanceId']}: then the name, the backups and what has {{instance}} stay.")


def _of_stop(which: str, instance: Mapping[str, Any], restart: Restart) -> Iterator[Fault]:
    if restart.protected:
        what = f"{which} has stop protection (DisableApiStop), and its data volume leaves it only while it is stopped"
        yield Fault(what, f"Take it away: aws ec2 modify-instance-attribute --instance-id {instance['InstanceId']} --no-disable-api-stop.")
    if restart.has_store:
        what = f"{which} has instance store volumes ({instance['InstanceType']}), whose content a stop deletes"
        yield Fault(what, "Leave rollout.swap at replace-root, or move the database to an instance type without instance store volumes.")


def _of_public_address(which: str, instance: Mapping[str, Any], restart: Restart) -> Iterator[Fault]:
    """A new instance has one as its subnet assigns it, whatever the old one was launched with."""
    has, subnet = bool(instance.get("PublicIpAddress")), instance.get("SubnetId", "")
    set_it = f"aws ec2 modify-subnet-attribute --subnet-id {subnet}"
    if restart.assigns and not has:
        what = f"{which} has no public address, and its subnet {subnet} would give one to a new instance"
        yield Fault(what, f"Leave rollout.swap at replace-root, or change the subnet: {set_it} --no-map-public-ip-on-launch.")
    if restart.assigns is False and has:
        what = f"{which} has the public address {instance['PublicIpAddress']}, and its subnet {subnet} would give none to a new instance"
        yield Fault(what, f"Leave rollout.swap at replace-root, or change the subnet: {set_it} --map-public-ip-on-launch.")


def _of_address(which: str, database: Database, instance: Mapping[str, Any], restart: Restart | None) -> Iterator[Fault]:
    """A new instance has another address: whoever uses the database has to be told."""
    if database.url is not UNSET:
        what = f"{which} is reached by a fixed `url`, and a new instance has another address"
        yield Fault(what, "Leave `url` away: then it is reached by the private address of its instance.", "url")
    if database.url_parameter is UNSET:
        what = f"{which} has no `url-parameter`: nothing would tell its clients the address of a new instance"
        yield Fault(what, "Set url-parameter to the SSM parameter from which they read the Bolt URL.", "url-parameter")
        return
    address = str(instance.get("PrivateIpAddress", ""))
    hosts = {host_of(url) for url in restart.urls} if restart else set()
    if others := sorted(host for host in hosts if host and host != address):
        what = f"{which} has the private address {address}, and {database.url_parameter} names {listed(others)}, which would not become that of a new instance"
        yield Fault(what, "Write the private address into it, or leave rollout.swap at replace-root.", "url-parameter")
