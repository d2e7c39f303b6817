"""Images: made of an instance's volumes, registered from snapshots, copied; a name is taken once."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidAMIIdError

from credex_actions.sandbox.aws.ec2 import refusing, taking
from credex_actions.sandbox.aws.ec2.launching import Launching


class Images(Launching):
    def _free_name(self) -> str:
        """Raises EC2ClientError for one that another image has."""
        name = self._get_param("Name")
        if not name:
            raise refusing.refusal("MissingParameter", "The request must contain the parameter name")
        for image in self.ec2_backend.amis.values():
            if image.name == name and image.owner_id == self.current_account:
                raise refusing.name_taken(name, image.id)
        return str(name)

    def create_image(self) -> ActionResult:
        self.error_on_dryrun()
        self._free_name()
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        if instance.state not in {"running", "stopping", "stopped"}:
            raise refusing.wrong_state(instance, "imaged")
        tags = self._parse_tag_specification()
        image = self.ec2_backend.create_image(instance.id, self._get_param("Name"), self._get_param("Description", ""), [])
        self._drop_given(image)
        image.add_tags(tags.get("image", {}))
        image.state, image.root_device_name, image.root_device_type = "pending", instance.root_device_name, "ebs"
        left_out = {each["DeviceName"] for each in self._get_param("BlockDeviceMappings", []) if "NoDevice" in each}
        snapshots, image.mappings = [], []
        for device, mapping in instance.get_block_device_mapping:
            if device in left_out:
                continue
            volume = self.ec2_backend.volumes[mapping.volume_id]
            snapshot = taking.pending(self.site, volume, f"Created by CreateImage({instance.id}) for {image.id}", tags.get("snapshot", {}))
            snapshot.from_ami = image.id
            snapshots.append(snapshot)
            image.mappings.append(_mapping(device, snapshot, volume, mapping.delete_on_termination))
        self._take(image, instance, snapshots)
        return ActionResult({"ImageId": image.id})

    def _take(self, image: Any, instance: Any, snapshots: list[Any]) -> None:
        """A running instance is shut down for it and booted again, unless NoReboot says otherwise: then it is as after a power cut."""
        machine = self.site.machines.get(instance.id)

        def available() -> None:
            image.state = "available"

        def taken() -> None:
            taking.copy(self.site, snapshots)
            taking.finish(self.site, snapshots, "image", available)

        def taken_at_rest() -> None:
            if instance.id not in self.site.machines:  # terminated meanwhile
                image.state = "failed"
                for each in snapshots:
                    each.status = "error"
                return
            taken()
            if machine is not None and instance.state == "running":
                machine.boot()

        if machine is None or not machine.powered or self._get_param("NoReboot"):
            taken()
        else:
            self.site.changes.later("", self.now, taken_at_rest, machine.shut_down())

    def _drop_given(self, image: Any) -> None:
        """The snapshot that moto makes up for every image."""
        self.ec2_backend.snapshots.pop(image.ebs_snapshot.id, None)

    def register_image(self) -> ActionResult:
        self.error_on_dryrun()
        name = self._free_name()
        given = self._get_param("BlockDeviceMappings", [])
        for each in given:
            if each.get("Ebs", {}).get("SnapshotId"):
                self.check_size(each["Ebs"]["SnapshotId"], each["Ebs"].get("VolumeSize"))
        image = self.ec2_backend.register_image(name, self._get_param("Description", ""))
        image.root_device_name = self._get_param("RootDeviceName") or "/dev/sda1"
        image.root_device_type = "ebs"
        image.architecture = self._get_param("Architecture") or "i386"
        image.virtualization_type = self._get_param("VirtualizationType") or "paravirtual"
        image.boot_mode = self._get_param("BootMode")
        image.add_tags(self._parse_tag_specification().get("image", {}))
        if given:
            self._drop_given(image)
            image.mappings = [self._registered(each, image.root_device_name) for each in given]
        else:
            image.ebs_snapshot.volume.size = 8
            image.mappings = [_mapping(image.root_device_name, image.ebs_snapshot, image.ebs_snapshot.volume, True)]
        return ActionResult({"ImageId": image.id})

    def _registered(self, given: dict[str, Any], root: str) -> dict[str, Any]:
        if "Ebs" not in given:
            return given
        snapshot = self.ec2_backend.snapshots.get(given["Ebs"].get("SnapshotId"))
        size = {"VolumeSize": snapshot.volume_size, "Encrypted": snapshot.encrypted} if snapshot else {}
        ends = {"DeleteOnTermination": given["DeviceName"] == root}
        return given | {"Ebs": {"VolumeType": "gp2"} | size | ends | given["Ebs"]}

    def copy_image(self) -> ActionResult:
        self.error_on_dryrun()
        if former := self.before():
            return former
        self._free_name()
        source_site = self.site_of(self._get_param("SourceRegion"))
        source = source_site.records.amis.get(self._get_param("SourceImageId"))
        if source is None or source.state != "available":
            raise InvalidAMIIdError(self._get_param("SourceImageId"))
        document: Any = super().copy_image().result
        image = self.ec2_backend.amis[document["ImageId"]]
        self._drop_given(image)
        image.state, image.root_device_type, image.root_device_name = "pending", "ebs", source.root_device_name
        tags = self._parse_tag_specification()
        copied = {name: value for name, value in source_site.records.tags[source.id].items() if not name.startswith("aws:")}
        image.add_tags((copied if self._get_param("CopyImageTags") else {}) | tags.get("image", {}))
        snapshots = []
        image.mappings = []
        for each in source.block_device_mappings:
            if "SnapshotId" not in each.get("Ebs", {}):
                image.mappings.append(each)
                continue
            snapshot = self._copied(source_site, each["Ebs"]["SnapshotId"], image)
            snapshot.add_tags(tags.get("snapshot", {}))
            snapshots.append(snapshot)
            image.mappings.append(each | {"Ebs": each["Ebs"] | {"SnapshotId": snapshot.id, "Encrypted": snapshot.encrypted}})
            if each["DeviceName"] == source.root_device_name:
                self.site.write_version(snapshot.id, source_site.version_of(source))
        taking.finish(self.site, snapshots, "image", lambda: setattr(image, "state", "available"))
        return self.once(ActionResult(document))

    def _copied(self, source_site: Any, source: str, image: Any) -> Any:
        made = self.ec2_backend.copy_snapshot(
            source, source_site.region, f"Copied for DestinationAmi {image.id}", self._get_param("KmsKeyId")
        )
        made.encrypted = bool(made.encrypted or self._get_param("Encrypted"))
        made.status, made.from_ami = "pending", image.id
        self.site.disks.receive(source_site.disks, source, made.id)
        return made

    def deregister_image(self) -> ActionResult:
        image = self.ec2_backend.amis.get(self._get_param("ImageId"))
        answer = super().deregister_image()
        if image is not None and self._get_param("DeleteAssociatedSnapshots"):
            for each in image.block_device_mappings:
                self.ec2_backend.snapshots.pop(each.get("Ebs", {}).get("SnapshotId"), None)
        return answer


def _mapping(device: str, snapshot: Any, volume: Any, ends: bool) -> dict[str, Any]:
    ebs = {
        "SnapshotId": snapshot.id,
        "VolumeSize": volume.size,
        "VolumeType": volume.volume_type,
        "DeleteOnTermination": ends,
        "Encrypted": volume.encrypted,
    }
    return {"DeviceName": device, "Ebs": ebs}
