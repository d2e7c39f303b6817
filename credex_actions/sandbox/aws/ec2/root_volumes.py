"""Root volumes replaced on a running instance, which moto lacks: a task that creates a volume, shuts down, swaps, and boots."""

import secrets
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult

from credex_actions.sandbox.aws.ec2 import refusing
from credex_actions.sandbox.aws.ec2.images import Images


class RootVolumes(Images):
    def create_replace_root_volume_task(self) -> ActionResult:
        self.error_on_dryrun()
        if former := self.before():
            return former
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        if instance.state != "running":
            what = f"Instance {instance.id} is not in a state from which its root volume can be replaced."
            raise refusing.refusal("IncorrectInstanceState", what)
        if any(each["InstanceId"] == instance.id and each["TaskState"] in {"pending", "in-progress"} for each in self.site.tasks.values()):
            raise refusing.refusal("IncorrectState", f"A root volume replacement task for {instance.id} is in progress.")
        volume = self._replacement(instance)
        task = {
            "ReplaceRootVolumeTaskId": f"replacevol-{secrets.token_hex(8)}0",
            "InstanceId": instance.id,
            "TaskState": "pending",
            "StartTime": _clock(),
            "Tags": self._tags(),
            "DeleteReplacedRootVolume": bool(self._get_param("DeleteReplacedRootVolume")),
        }
        task |= {name: self._get_param(name) for name in ("ImageId", "SnapshotId") if self._get_param(name)}
        self.site.tasks[task["ReplaceRootVolumeTaskId"]] = task
        self.site.changes.later("replace-root", self.now, lambda: self._shut_down(task, instance, volume))
        return self.once(ActionResult({"ReplaceRootVolumeTask": task}))

    def _tags(self) -> list[dict[str, str]]:
        given = self._parse_tag_specification().get("replace-root-volume-task", {})
        return [{"Key": name, "Value": value} for name, value in given.items()]

    def _replacement(self, instance: Any) -> Any:
        """The volume to put in: one that exists, or a new one of the same kind. Raises EC2ClientError."""
        names = [name for name in ("ImageId", "SnapshotId", "VolumeId") if self._get_param(name)]
        if len(names) > 1:
            raise refusing.refusal("InvalidParameterCombination", f"The parameters {' and '.join(names)} cannot be used together.")
        old = self.ec2_backend.volumes[instance.block_device_mapping[instance.root_device_name].volume_id]
        if names == ["VolumeId"]:
            return self._spare(self._get_param("VolumeId"), old, instance)
        image = self._image(self._get_param("ImageId")) if names == ["ImageId"] else None
        if image is not None and image.architecture != instance.architecture:
            what = f"The architecture of {image.id} differs from that of instance {instance.id}."
            raise refusing.refusal("InvalidParameterValue", what)
        snapshot = _root_snapshot(image) if image is not None else self._get_param("SnapshotId") or old.snapshot_id
        size = old.size
        if snapshot:
            size = max(size, self.usable(snapshot).volume_size)
        made = self.site.create(
            size=size,
            zone_name=instance.availability_zone,
            snapshot_id=snapshot,
            encrypted=old.encrypted,
            kms_key_id=old.kms_key_id if old.encrypted else None,
            volume_type=old.volume_type,
            iops=old.iops if old.volume_type in {"gp3", "io1", "io2"} else None,
        )
        made.throughput = old.throughput
        if names != ["SnapshotId"]:
            self.site.write_version(made.id, self.site.version_of(image or self.ec2_backend.amis.get(instance.image_id)))
        return made

    def _spare(self, wanted: str, old: Any, instance: Any) -> Any:
        volume = self.ec2_backend.get_volume(wanted)
        if volume.status != "available":
            raise refusing.not_available(volume.id)
        if volume.availability_zone != instance.availability_zone:
            raise refusing.other_zone(volume.id, instance.id)
        if old.encrypted and not volume.encrypted:
            raise refusing.refusal("InvalidParameterValue", f"{volume.id} is not encrypted, and the root volume of {instance.id} is.")
        volume.condition = "in-use"  # nobody else may take it meanwhile
        return volume

    def _shut_down(self, task: dict[str, Any], instance: Any, volume: Any) -> None:
        machine = self.site.machines.get(instance.id)
        if machine is None or instance.state != "running":
            volume.condition = ""
            task |= {"TaskState": "failed", "CompleteTime": _clock()}
            return
        task["TaskState"] = "in-progress"
        self.site.changes.later("replace-root", self.now, lambda: self._swap(task, instance, volume), machine.shut_down())

    def _swap(self, task: dict[str, Any], instance: Any, volume: Any) -> None:
        volume.condition = ""
        if instance.id not in self.site.machines:  # terminated meanwhile
            task |= {"TaskState": "failed", "CompleteTime": _clock()}
            return
        device = instance.root_device_name
        former = instance.block_device_mapping[device]
        old = self.ec2_backend.volumes[former.volume_id]
        self.site.release(old)
        self.ec2_backend.attach_volume(volume.id, instance.id, device, former.delete_on_termination)
        instance.block_device_mapping[device].status = "attached"
        if task["DeleteReplacedRootVolume"]:
            del self.ec2_backend.volumes[old.id]
        if "ImageId" in task:
            instance.image_id = task["ImageId"]
        task |= {"TaskState": "succeeded", "CompleteTime": _clock()}
        if instance.state == "running":
            self.site.machines[instance.id].boot()

    def describe_replace_root_volume_tasks(self) -> ActionResult:
        wanted = self._get_param("ReplaceRootVolumeTaskIds", [])
        for each in wanted:
            if each not in self.site.tasks:
                raise refusing.refusal(
                    "InvalidReplaceRootVolumeTaskId.NotFound", f"The replace root volume task ID '{each}' does not exist"
                )
        instances = self._filters_from_querystring().get("instance-id")
        found = [
            task
            for task in self.site.tasks.values()
            if (not wanted or task["ReplaceRootVolumeTaskId"] in wanted) and (not instances or task["InstanceId"] in instances)
        ]
        return ActionResult({"ReplaceRootVolumeTasks": found})


def _root_snapshot(image: Any) -> str | None:
    return next(
        (each["Ebs"].get("SnapshotId") for each in image.block_device_mappings if each["DeviceName"] == image.root_device_name), None
    )


def _clock() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
