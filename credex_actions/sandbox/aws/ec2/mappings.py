"""Block device mappings: an image's, a launch template's and a request's, the later one over the earlier one."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from credex_actions.sandbox.aws.ec2.refusing import refusal

Mapping = dict[str, Any]
ROOT_SIZE = 8


def joined(root: str, *layers: Iterable[Mapping]) -> list[Mapping]:
    """One for each device, the root's first; what a later layer says about a device is said instead, member by member, and NoDevice removes it."""
    found: dict[str, Mapping] = {root: {"DeviceName": root, "Ebs": {"DeleteOnTermination": True}}}
    for each in (mapping for layer in layers for mapping in layer):
        device = each["DeviceName"]
        if "NoDevice" in each and device != root:
            found.pop(device, None)
        elif "Ebs" in each:
            former = found.get(device, {}).get("Ebs", {"DeleteOnTermination": False})
            said = {name: value for name, value in each["Ebs"].items() if value is not None}
            found[device] = {"DeviceName": device, "Ebs": former | said}
    return list(found.values())


def faults(mappings: Iterable[Mapping], root: str) -> Iterator[EC2ClientError]:
    """What RunInstances refuses whatever exists."""
    for each in mappings:
        ebs = each["Ebs"]
        if each["DeviceName"] != root and not ebs.get("VolumeSize") and not ebs.get("SnapshotId"):
            yield refusal("MissingParameter", "The request must contain the parameter size or snapshotId")
        if ebs.get("KmsKeyId") and ebs.get("Encrypted") is False:
            yield refusal("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
