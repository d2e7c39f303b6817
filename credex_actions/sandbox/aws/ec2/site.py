"""Site: what EC2 has in one account and region besides moto's records: machines, disks, and changes that are in progress."""

import errno
import socket
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2.changes import Changes
from credex_actions.sandbox.aws.ec2.disks import Disks
from credex_actions.sandbox.aws.ec2.machine import INSTALLED, Machine, installed
from credex_actions.sandbox.aws.hosts.loopback import spare_address
from credex_actions.sandbox.neo4j import Neo4jServer

CURRENT: ContextVar[Callable[[str, str], "Site"]] = ContextVar("CURRENT_SITES")
"""By account and region, in the sandbox whose request is answered in this thread."""
NEO4J: Final = "credex:neo4j-version"
"""The tag by which an image carries Neo4j."""
BACKUP: Final = "aws:backup:source-resource"
"""The tag that AWS Backup puts on its snapshots."""
THROUGHPUT: Final = 125
"""MiB/s of a gp3 volume, if nothing is asked for. Source: EBS user guide, "General Purpose SSD volumes"."""
CODES: Final = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
"""Of instance states. Source: API reference, InstanceState."""


class Site:
    """`lock` is the cloud's, and held by whoever calls."""

    def __init__(self, account: str, region: str, lock: threading.RLock, seconds: dict[str, float], servers: type[Neo4jServer]) -> None:
        self.account = account
        self.region = region
        self.machines: dict[str, Machine] = {}
        self.disks = Disks()
        self.changes = Changes(seconds)
        self.answered: dict[tuple[str, str], tuple[Any, Any]] = {}
        """(operation, client token) -> what was asked, what was answered."""
        self.tasks: dict[str, dict[str, Any]] = {}
        """Root volume replacements, by id, as they are described."""
        self._lock = lock
        self._servers = servers

    @property
    def records(self) -> Any:
        """Moto's."""
        return backend("ec2", self.account, self.region)

    def settle(self) -> None:
        self.changes.settle(time.time())

    def add(self, record: Any, address: str) -> Machine:
        """The machine of an instance that moto has just recorded, with the volumes that it was launched with."""
        machine = Machine(record, self.region, address, self.disks, self._lock, self._servers)
        self.machines[record.id] = machine
        for mapping in record.block_device_mapping.values():
            self.fill(self.records.volumes[mapping.volume_id])
        root = record.block_device_mapping[record.root_device_name].volume_id
        self.write_version(root, self.version_of(self.records.amis.get(record.image_id)))
        return machine

    def fill(self, volume: Any) -> None:
        """What a new volume has on it: its snapshot's content, or nothing."""
        if volume.snapshot_id:
            self.disks.copy(volume.snapshot_id, volume.id)
        else:
            self.disks.folder(volume.id)

    def managed(self, snapshot: str) -> bool:
        """Whether it is AWS Backup's."""
        return BACKUP in self.records.tags[snapshot]

    def create(self, **given: Any) -> Any:
        """A volume as moto records it, with what moto leaves out, and with its content."""
        volume = self.records.create_volume(**given)
        self.complete(volume)
        self.fill(volume)
        return volume

    def complete(self, volume: Any) -> None:
        """What moto leaves out."""
        source = self.records.snapshots.get(volume.snapshot_id)
        if source is not None and volume.encrypted and not volume.kms_key_id:
            volume.kms_key_id = source.kms_key_id
        if volume.volume_type == "gp3":
            volume.throughput = volume.throughput or THROUGHPUT
        elif volume.volume_type == "gp2":
            volume.iops = volume.iops or max(100, min(16000, 3 * volume.size))

    def release(self, volume: Any) -> None:
        """It is no longer attached to anything."""
        attachment = volume.attachment
        attachment.instance.block_device_mapping.pop(attachment.device, None)
        attachment.status, volume.attachment = "detached", None

    def version_of(self, image: Any) -> str:
        """Of Neo4j: what the tag says, else what is on the root snapshot; "" if there is none."""
        if image is None:
            return ""
        if tagged := self.records.tags[image.id].get(NEO4J, ""):
            return str(tagged)
        for each in image.block_device_mappings:
            snapshot = each.get("Ebs", {}).get("SnapshotId")
            if snapshot and each["DeviceName"] == image.root_device_name:
                return installed(self.disks.folder(snapshot))
        return ""

    def write_version(self, disk: str, version: str) -> None:
        """Installs Neo4j on a root volume, or its snapshot."""
        if version:
            file = self.disks.folder(disk) / INSTALLED
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{version}\n")

    def sweep(self) -> None:
        """Volumes and snapshots that are no more have no folders either."""
        for disk in self.disks.all():
            if disk not in self.records.volumes and disk not in self.records.snapshots:
                self.disks.delete(disk)

    def close(self) -> None:
        """Ends everything at once; nobody needs the stores any more."""
        for machine in self.machines.values():
            machine.discard()
        self.machines.clear()
        self.disks.close()


def own_address() -> str:
    """One that can be listened on: of 127.0.0.0/8 on Linux; other systems have one for all."""
    address = spare_address()
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return "127.0.0.1"
    return address
