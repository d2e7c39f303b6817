"""The data volume that a newer version has changed, and the one that takes its place: looked at, and what is written to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

from credex_actions.aws.like_volume import like_volume
from credex_actions.aws.tags import RUN, as_list, as_mapping
from credex_actions.core.aws.clients import one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.neo4j.configuration.model import OwnVolume
from credex_actions.rollout.back.steps import AttachData, DetachData, KeepData, RestoreVolume, SetAside, TakeTags
from credex_actions.rollout.back.world import Restored, Want
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.instance import Instance
from credex_actions.rollout.swap.machine import Machine
from credex_actions.rollout.swap.note import Note

RESTORED: Final = "credex:restored-from"
"""A tag of a data volume: the backup that it was made of, and where it is to be attached."""
KEPT_DATA: Final = "credex:kept-data"
"""A tag of a data volume that a newer version has changed, and that was detached: the instance that it belongs to."""

DataStep: TypeAlias = RestoreVolume | KeepData | DetachData | AttachData | TakeTags | SetAside


@dataclass(frozen=True)
class DataVolumes:
    instance: Instance
    want: Want
    clock: Clock

    def old_root(self, note: Note, there: Machine) -> str:
        """Its state, or why it cannot take the place of the one that is attached (`UNUSABLE`)."""
        record = machine.volume(self.instance.context.clients, self.clock, note.old.root)
        if record is None:
            return "missing"
        encrypted = there.volumes.get(there.root_device, {}).get("Encrypted", False)
        return "unencrypted" if encrypted and not record.get("Encrypted", False) else str(record["State"])

    def finds(self, record: Mapping[str, Any]) -> bool:
        """Whether a volume has the tags by which neo4j.yml finds the data volume."""
        data = self.instance.database.data
        assert isinstance(data, OwnVolume)
        return data.volume.tags.items() <= as_mapping(record.get("Tags")).items()

    def restored(self, note: Note) -> Restored | None:
        ec2 = self.instance.context.clients.read("ec2")
        by_tag = [{"Name": f"tag:{RESTORED}", "Values": [f"{note.backup} *"]}]
        found = look_again(self.clock, lambda: ec2.describe_volumes(Filters=by_tag))["Volumes"]
        usable = [each for each in found if each["State"] != "error" or as_mapping(each["Tags"]).get(RUN) == self.want.run]
        if not usable:
            return None
        record = max(usable, key=lambda each: (self._attached(each, note) != "", each["State"] != "error", each["VolumeId"]))
        device = as_mapping(record["Tags"])[RESTORED].rpartition(" ")[2]
        attached, found = self._attached(record, note), self.finds(record)
        return Restored(id=record["VolumeId"], state=record["State"], device=device, attached=attached, found=found)

    def _attached(self, record: Mapping[str, Any], note: Note) -> str:
        """To the instance that goes back."""
        to = note.former.instance if note.former else self.want.instance
        return next((str(each["Device"]) for each in record.get("Attachments", ()) if each["InstanceId"] == to), "")

    def act(self, step: DataStep, note: Note, there: Machine) -> None:
        ec2 = self.instance.context.clients.write("ec2")
        match step:
            case RestoreVolume():
                self._restore(step, note, there)
            case DetachData():
                with one_write():
                    ec2.detach_volume(VolumeId=step.volume, InstanceId=self.instance.id)
            case AttachData():
                with one_write():
                    ec2.attach_volume(VolumeId=step.volume, InstanceId=self.want.instance, Device=step.device)
            case TakeTags():
                self.instance.tag([step.volume], self._tags_of(step.former))
            case SetAside():
                data = self.instance.database.data
                assert isinstance(data, OwnVolume)
                self.instance.untag([step.volume], list(data.volume.tags))
            case KeepData():
                former = note.former
                self.instance.tag([step.volume], {KEPT_DATA: former.instance if former else self.want.instance})

    def _restore(self, step: RestoreVolume, note: Note, there: Machine) -> None:
        """Like the one that it takes the place of."""
        clients = self.instance.context.clients
        former = machine.volume(clients, self.clock, note.volume) or {}
        device = note.former.device if note.former else there.device_of(note.volume) or self.instance.found.volume_device
        tags = {RESTORED: f"{note.backup} {device}", RUN: self.want.run}
        request: dict[str, Any] = {
            "AvailabilityZone": self.instance.found.zone,
            "SnapshotId": step.snapshot,
            "ClientToken": sha256(f"restore {note.backup} {self.want.run}".encode()).hexdigest()[:40],
            "TagSpecifications": [{"ResourceType": "volume", "Tags": as_list(tags)}],
            **({"Size": former["Size"]} if former.get("Size") else {}),
            **like_volume(former),
        }
        with one_write():
            clients.write("ec2").create_volume(**request)

    def _tags_of(self, volume: str) -> dict[str, str]:
        """All that are not AWS's own or ours."""
        record = machine.volume(self.instance.context.clients, self.clock, volume) or {}
        found = as_mapping(record.get("Tags"))
        data = self.instance.database.data
        assert isinstance(data, OwnVolume)
        return {key: value for key, value in found.items() if not key.startswith(("aws:", "credex:"))} | data.volume.tags
