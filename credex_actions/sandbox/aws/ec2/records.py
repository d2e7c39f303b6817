"""Moto's records of volumes, snapshots and images, with the states in which AWS's are for a while: moto's are all finished at once."""

from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.models.elastic_block_store import Snapshot, Volume
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

_association: Any = vars(NetworkInterface)["association"].fget
_mappings: Any = vars(Ami)["block_device_mappings"].fget


def status(volume: Any) -> str:
    """`condition`: while it is being created."""
    return getattr(volume, "condition", "") or ("in-use" if volume.attachment else "available")


def progress(snapshot: Any) -> str:
    """`share`: how much of the time for it is up, while it is pending."""
    if snapshot.status != "pending":
        return "100%"
    share = getattr(snapshot, "share", None)
    return f"{min(99, int(100 * share()))}%" if share else "0%"


def mappings(image: Any) -> Any:
    """`mappings`: the block device mappings that it was registered with."""
    own = getattr(image, "mappings", None)
    return _mappings(image) if own is None else own


def association(interface: Any) -> Any:
    """A public address that is no Elastic IP is Amazon's. Source: EC2 API reference, InstanceNetworkInterfaceAssociation."""
    found = _association(interface)
    return found | {"ipOwnerId": "amazon"} if found and not found.get("allocationId") else found


def install() -> None:
    NetworkInterface.association = property(association)  # type: ignore[assignment]
    Volume.status = property(status)  # type: ignore[assignment]
    Snapshot.progress = property(progress)  # type: ignore[assignment]
    Ami.block_device_mappings = property(mappings)  # type: ignore[assignment]
