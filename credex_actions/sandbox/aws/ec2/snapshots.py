"""Snapshots: a volume's folder as it was when the snapshot was asked for, finished some time later."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from credex_actions.sandbox.aws.ec2 import taking
from credex_actions.sandbox.aws.ec2.answering import Answering
from credex_actions.sandbox.aws.ec2.refusing import no_snapshot, pending_snapshot, refusal

MANAGED = (
    "This snapshot is managed by AWS Backup service and cannot be deleted via EC2 APIs. "
    "If you wish to delete this snapshot, please do so via the Backup console."
)


class Snapshots(Answering):
    def create_snapshot(self) -> ActionResult:
        self.error_on_dryrun()
        volume = self.ec2_backend.get_volume(self._get_param("VolumeId"))
        snapshot = taking.pending(
            self.site, volume, self._get_param("Description") or "", self._parse_tag_specification().get("snapshot", {})
        )
        taking.copy(self.site, [snapshot])
        taking.finish(self.site, [snapshot], "snapshot")
        return ActionResult(snapshot)

    def create_snapshots(self) -> ActionResult:
        """Of all volumes of an instance, at one moment."""
        self.error_on_dryrun()
        wanted = self._get_param("InstanceSpecification", {})
        instance = self.ec2_backend.get_instance(wanted["InstanceId"])
        left_out = set(wanted.get("ExcludeDataVolumeIds", ()))
        tags = self._parse_tag_specification().get("snapshot", {})
        made = []
        for device, mapping in instance.get_block_device_mapping:
            boot = device == instance.root_device_name
            if mapping.volume_id in left_out or (boot and wanted.get("ExcludeBootVolume")):
                continue
            volume = self.ec2_backend.get_volume(mapping.volume_id)
            copied = self.ec2_backend.tags[volume.id] if self._get_param("CopyTagsFromSource") == "volume" else {}
            made.append(taking.pending(self.site, volume, self._get_param("Description") or "", copied | tags))
        taking.copy(self.site, made)
        taking.finish(self.site, made, "snapshot")
        return ActionResult({"Snapshots": made})

    def usable(self, snapshot: str) -> Any:
        """Raises EC2ClientError for one that does not exist, or is not completed."""
        found = self.ec2_backend.snapshots.get(snapshot)
        if found is None:
            raise no_snapshot(snapshot)
        if found.status != "completed":
            raise pending_snapshot(snapshot)
        return found

    def delete_snapshot(self) -> ActionResult:
        self.error_on_dryrun()
        wanted = self._get_param("SnapshotId")
        if wanted not in self.ec2_backend.snapshots:
            raise no_snapshot(wanted)
        for image in self.ec2_backend.amis.values():
            if wanted in {each.get("Ebs", {}).get("SnapshotId") for each in image.block_device_mappings}:
                raise refusal("InvalidSnapshot.InUse", f"The snapshot {wanted} is currently in use by {image.id}")
        if self.site.managed(wanted):
            raise refusal("InvalidParameterValue", MANAGED)
        del self.ec2_backend.snapshots[wanted]
        return EmptyResult()

    def copy_snapshot(self) -> ActionResult:
        source_site = self.site_of(self._get_param("SourceRegion") or self.region)
        source = source_site.records.snapshots.get(self._get_param("SourceSnapshotId"))
        if source is None:
            raise no_snapshot(self._get_param("SourceSnapshotId"))
        if source.status != "completed":
            raise pending_snapshot(source.id)
        document: Any = super().copy_snapshot().result
        made = self.ec2_backend.snapshots[document["SnapshotId"]]
        made.encrypted = bool(source.encrypted or self._get_param("Encrypted") or made.kms_key_id)
        made.kms_key_id = made.kms_key_id or source.kms_key_id
        made.status = "pending"
        self.site.disks.receive(source_site.disks, source.id, made.id)
        taking.finish(self.site, [made], "snapshot")
        return ActionResult(document)
