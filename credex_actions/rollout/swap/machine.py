"""An instance as EC2 describes it: its root volume and what that is made of, its data volume, its tags, its replacement tasks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credex_actions.aws.tags import ROLL, as_mapping
from credex_actions.backup.archive import BACKUP
from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.rollout.swap.world import BUSY, Snapshot, Task

ALIVE = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`root_of`: the snapshot that the root volume was made of. `record`: DescribeInstances'. `volumes`: DescribeVolumes' records by device."""

    state: str
    root: str
    root_of: str
    tags: Mapping[str, str]
    record: Mapping[str, Any]
    volumes: Mapping[str, Mapping[str, Any]]

    @property
    def root_device(self) -> str:
        return str(self.record.get("RootDeviceName", ""))

    @property
    def address(self) -> str:
        return str(self.record.get("PrivateIpAddress", ""))

    def device_of(self, volume: str) -> str:
        """Where it is attached; "" if it is not."""
        return next((device for device, each in self.volumes.items() if each["VolumeId"] == volume), "")


@dataclass
class Rootless:
    """Since when an instance shows no root volume."""

    since: datetime | None = None

    def seconds(self, there: Machine, now: datetime) -> float:
        self.since = None if there.root else self.since or now
        return (now - self.since).total_seconds() if self.since else 0.0


def look(clients: Clients, clock: Clock, instance: str) -> Machine:
    ec2 = clients.read("ec2")
    record = look_again(clock, lambda: ec2.describe_instances(InstanceIds=[instance]))["Reservations"][0]["Instances"][0]
    attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
    found = look_again(clock, lambda: ec2.describe_volumes(Filters=attached))["Volumes"]
    volumes = {link["Device"]: each for each in found for link in each["Attachments"] if link["InstanceId"] == instance}
    root = volumes.get(record.get("RootDeviceName", ""), {})
    return Machine(
        state=record["State"]["Name"],
        root=root.get("VolumeId", ""),
        root_of=root.get("SnapshotId", ""),
        tags=as_mapping(record.get("Tags")),
        record=record,
        volumes=volumes,
    )


def volume(clients: Clients, clock: Clock, which: str) -> Mapping[str, Any] | None:
    """DescribeVolumes' record; None if there is none."""
    ec2 = clients.read("ec2")
    found = look_again(clock, lambda: ec2.describe_volumes(Filters=[{"Name": "volume-id", "Values": [which]}]))["Volumes"]
    return found[0] if found else None


def snapshot(clients: Clients, clock: Clock, backup: str) -> Snapshot | None:
    ec2 = clients.read("ec2")
    by_tag = [{"Name": f"tag:{BACKUP}", "Values": [backup]}]
    found = look_again(clock, lambda: ec2.describe_snapshots(OwnerIds=["self"], Filters=by_tag))["Snapshots"]
    if not found:
        return None
    newest = max(found, key=lambda each: each["StartTime"])
    return Snapshot(id=newest["SnapshotId"], state=newest["State"], progress=newest.get("Progress", ""))


def tasks(clients: Clients, clock: Clock, instance: str) -> list[Mapping[str, Any]]:
    """To be asked before `look`: once one has ended, its root volume is there."""
    pages = clients.read("ec2").get_paginator("describe_replace_root_volume_tasks")
    asked = [{"Name": "instance-id", "Values": [instance]}]
    found: list[Mapping[str, Any]] = look_again(
        clock, lambda: [each for page in pages.paginate(Filters=asked) for each in page["ReplaceRootVolumeTasks"]]
    )
    return found


def task_of(found: Iterable[Mapping[str, Any]], mark: str) -> Task | None:
    """The last one that bears `mark`, or any that is in progress: EC2 does one at a time."""
    ours = [each for each in found if as_mapping(each.get("Tags")).get(ROLL) == mark or each["TaskState"] in BUSY]
    last = max(ours, key=lambda each: (each["TaskState"] in BUSY, each.get("StartTime", "")), default=None)
    return Task(id=last["ReplaceRootVolumeTaskId"], state=last["TaskState"]) if last else None
