"""Moto's records of volumes, snapshots and images, with the states in which AWS's are for a while: moto's are all finished at once."""

from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.models.elastic_block_store import Snapshot, Volume

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


def install() -> None:
    Volume.status = property(status)  # type: ignore[assignment]
    Snapshot.progress = property(progress)  # type: ignore[assignment]
    Ami.block_device_mappings = property(mappings)  # type: ignore[assignment]
