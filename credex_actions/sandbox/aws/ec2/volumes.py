"""Volumes: created blank or from a snapshot, attached and detached; a mounted one is not let go of."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidVolumeAttachmentError, InvalidVolumeIdError

from credex_actions.sandbox.aws.ec2 import refusing
from credex_actions.sandbox.aws.ec2.snapshots import Snapshots


class Volumes(Snapshots):
    def create_volume(self) -> ActionResult:
        self.error_on_dryrun()
        if former := self.before():
            return former
        zone = self._get_param("AvailabilityZone")
        if self.ec2_backend.get_zone_by_name(zone) is None:
            raise refusing.no_zone(zone)
        snapshot = self._get_param("SnapshotId")
        if snapshot:
            self.check_size(snapshot, self._get_param("Size"))
        volume: Any = super().create_volume().result
        self.site.complete(volume)
        volume.condition = "creating"
        self.site.fill(volume)
        self.site.changes.later("volume", self.now, lambda: setattr(volume, "condition", ""))
        return self.once(ActionResult(volume))

    def check_size(self, snapshot: str, size: int | None) -> None:
        """Raises EC2ClientError for a volume that is smaller than its snapshot, and for a snapshot that cannot be used."""
        least = self.usable(snapshot).volume_size
        if size and size < least:
            raise refusing.too_small(size, snapshot, least)

    def delete_volume(self) -> ActionResult:
        volume = self.ec2_backend.volumes.get(self._get_param("VolumeId"))
        if volume is not None and volume.status == "creating":
            raise refusing.not_available(volume.id)
        return super().delete_volume()

    def attach_volume(self) -> ActionResult:
        self.error_on_dryrun()
        volume = self.ec2_backend.get_volume(self._get_param("VolumeId"))
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        device = self._get_param("Device")
        if volume.attachment:
            raise refusing.already_attached(volume.id)
        if volume.status != "available":
            raise refusing.not_available(volume.id)
        if instance.state not in {"running", "stopped", "stopping"}:
            raise refusing.not_running(instance)
        if volume.availability_zone != instance.availability_zone:
            raise refusing.other_zone(volume.id, instance.id)
        if device in instance.block_device_mapping:
            raise refusing.device_taken(device)
        answer = super().attach_volume()
        attachment, mapping = volume.attachment, instance.block_device_mapping[device]
        attachment.status = mapping.status = "attaching"

        def attached() -> None:
            if attachment.status == "attaching":
                attachment.status = mapping.status = "attached"

        self.site.changes.later("attach", self.now, attached)
        return answer

    def detach_volume(self) -> ActionResult:
        self.error_on_dryrun()
        volume = self.ec2_backend.volumes.get(self._get_param("VolumeId"))
        if volume is None:
            raise InvalidVolumeIdError(self._get_param("VolumeId"))
        attachment = volume.attachment
        if attachment is None:
            raise refusing.refusal("IncorrectState", f"Volume '{volume.id}' is in the 'available' state.")
        instance = attachment.instance
        if self._get_param("InstanceId") not in {None, instance.id} or self._get_param("Device") not in {None, attachment.device}:
            raise InvalidVolumeAttachmentError(volume.id, self._get_param("InstanceId"))
        if attachment.device == instance.root_device_name and instance.state != "stopped":
            what = f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'"
            raise refusing.refusal("OperationNotPermitted", what)
        self._let_go(volume, attachment)
        return ActionResult(
            {
                "VolumeId": volume.id,
                "InstanceId": instance.id,
                "Device": attachment.device,
                "State": "detaching",
                "AttachTime": attachment.attach_time,
            }
        )

    def _let_go(self, volume: Any, attachment: Any) -> None:
        machine = self.site.machines.get(attachment.instance.id)
        mapping = attachment.instance.block_device_mapping[attachment.device]

        def mounted() -> bool:
            return machine is not None and machine.uses(volume.id)

        if mounted() and machine is not None and self._get_param("Force"):
            machine.lose_database()
        attachment.status = mapping.status = "busy" if mounted() else "detaching"

        def detached() -> None:
            if volume.attachment is attachment:
                self.site.release(volume)

        self.site.changes.later("detach", self.now, detached, lambda: not mounted())
