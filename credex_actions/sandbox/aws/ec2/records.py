"""Moto's records of volumes, snapshots and images, with the states in which AWS's are for a while: moto's are all finished at once."""

import time
from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.models.elastic_block_store import Snapshot, Volume

_mappings: Any = vars(Ami)["block_device_mappings"].fget


def status(volume: Any) -> str:
    """`condition`: while it is being created."""
    return getattr(volume, "condition", "") or ("in-use" if volume.attachment else "available")


def progress(snapshot: Any) -> str:
    """`span`: from when to when it is pending."""
    if snapshot.status != "pending":
        return "100%"
    began, due = getattr(snapshot, "span", (0.0, 0.0))
    return f"{min(99, max(0, int(100 * (time.time() - began) / (due - began))))}%" if due > began else "0%"


def mappings(image: Any) -> Any:
    """`mappings`: the block device mappings that it was registered with."""
    own = getattr(image, "mappings", None)
    return _mappings(image) if own is None else own


def install() -> None:
    Volume.status = property(status)  # type: ignore[assignment]
    Snapshot.progress = property(progress)  # type: ignore[assignment]
    Ami.block_device_mappings = property(mappings)  # type: ignore[assignment]
