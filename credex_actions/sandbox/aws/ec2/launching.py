"""RunInstances: image, launch template and request together say what is launched."""

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidAMIIdError, UnvailableAMIIdError

from credex_actions.sandbox.aws.ec2 import mappings
from credex_actions.sandbox.aws.ec2.instances import Instances, becoming
from credex_actions.sandbox.aws.ec2.refusing import no_zone
from credex_actions.sandbox.aws.ec2.site import own_address

LISTS: Final = ("TagSpecifications", "BlockDeviceMappings")
"""What a launch template and a request say together; of everything else the request's word counts."""


class Launching(Instances):
    def run_instances(self) -> ActionResult:
        if former := self.before():
            return former
        asked = dict(self.params)
        self._read_template()
        image = self._image(self._get_param("ImageId"))
        zone = self._get_param("Placement.AvailabilityZone")
        if zone and self.ec2_backend.get_zone_by_name(zone) is None:
            raise no_zone(zone)
        self._devices = self._mappings(image)
        self.params["MinCount"] = self._get_param("MaxCount") or 1  # moto launches the least that it may
        reservation: Any = super().run_instances().result
        for record in reservation.instances:
            self._launch(record)
        self.params = asked
        return self.once(ActionResult(reservation))

    def create_launch_template(self) -> ActionResult:
        former = self.before()
        return former or self.once(super().create_launch_template())

    def _read_template(self) -> None:
        """Moto reads some of it."""
        wanted = self._get_param("LaunchTemplate")
        if not wanted:
            return
        data = self.ec2_backend._get_template_from_args(wanted).data  # noqa: SLF001 - moto has no other way
        merged = {
            name: value for name, value in data.items() if name != "UserData"
        } | self.params  # moto takes those from the template itself
        for name in LISTS:
            if name in data and name in self.params:
                merged[name] = [*data[name], *self.params[name]]
        if self._get_param("NetworkInterfaces") or self._get_param("SubnetId"):
            merged |= {name: self.params[name] for name in ("NetworkInterfaces", "SubnetId") if name in self.params}
        self.params = merged

    def _image(self, wanted: str | None) -> Any:
        if not wanted:
            raise InvalidAMIIdError("")
        found = self.ec2_backend.amis.get(wanted)
        if found is None:
            raise InvalidAMIIdError(wanted)
        if found.state != "available":
            raise UnvailableAMIIdError(wanted)
        return found

    def _mappings(self, image: Any) -> list[dict[str, Any]]:
        """Raises EC2ClientError for what cannot be."""
        devices = mappings.joined(image.root_device_name, image.block_device_mappings, self._get_param("BlockDeviceMappings", []))
        for fault in mappings.faults(devices, image.root_device_name):
            raise fault
        for each in devices:
            ebs = each["Ebs"]
            if ebs.get("SnapshotId"):
                self.check_size(ebs["SnapshotId"], ebs.get("VolumeSize"))
            else:
                ebs.setdefault("VolumeSize", mappings.ROOT_SIZE)
        return devices

    def _parse_block_device_mapping(self) -> list[dict[str, Any]]:
        """Moto asks this while it launches, and creates exactly these."""
        return self._devices

    def _launch(self, record: Any) -> None:
        given = {each["DeviceName"]: each["Ebs"] for each in self._devices}
        for device, mapping in record.block_device_mapping.items():
            volume = self.ec2_backend.volumes[mapping.volume_id]
            volume.iops = given[device].get("Iops") or volume.iops
            volume.throughput = given[device].get("Throughput")
            self.site.complete(volume)
            mapping.status = "attached"
        record.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        record.client_token = self._get_param("ClientToken") or ""
        address = own_address()
        if not self._get_param("PrivateIpAddress"):
            _move(record, address)
        self.site.add(record, address)
        becoming([record], "pending")

        def running() -> None:
            if record.state == "pending":
                record.start()
                self.site.machines[record.id].boot()

        self.site.changes.later("start", self.now, running)


def _move(record: Any, address: str) -> None:
    """Into the one network that there is. The subnet has its address back when moto forgets the instance."""
    interface = record.nics[0]
    interface.private_ip_address = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
