"""The scratch instance of a drill: launched, looked at, terminated. The only module of a drill that writes to EC2."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.lease import LEASE, own_lease
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, SCRATCH
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill.launching import launch_request
from credex_actions.backup.drill.steps import Scratch
from credex_actions.core.aws.clients import code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault

DATA_DEVICE: Final = "/dev/sdf"
LEAST_SIZE: Final = 8
"""GiB, of a blank volume where the size of the database's own is not known."""


@dataclass
class ScratchInstance:
    context: Context
    target: Target
    backup: Backup
    run: str
    record: Mapping[str, Any] | None = None
    request: Mapping[str, Any] | None = None

    def look(self) -> Scratch | None:
        """By its id, or by its tags where the response with its id was lost."""
        ec2 = self.context.clients.read("ec2")
        which: dict[str, Any] = {"InstanceIds": [self.record["InstanceId"]]} if self.record else {"Filters": self._filters}
        try:
            answer = look_again(self.context.clock, lambda: ec2.describe_instances(**which))
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "InvalidInstanceID.NotFound":
                raise
            answer = {"Reservations": []}  # it does not show at once; long after its end, not any more
        found = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
        self.record = found[0] if found else self.record
        return self._told()

    def _told(self) -> Scratch | None:
        if self.record is None:
            return None
        volumes = tuple(each["Ebs"]["VolumeId"] for each in self.record.get("BlockDeviceMappings", ()) if "Ebs" in each)
        return Scratch(instance=self.record["InstanceId"], state=self.record["State"]["Name"], volumes=volumes)

    @property
    def address(self) -> str:
        return str(self.record.get("PrivateIpAddress", "")) if self.record else ""

    @property
    def _filters(self) -> list[dict[str, Any]]:
        return [
            {"Name": f"tag:{RUN}", "Values": [self.run]},
            {"Name": f"tag:{DATABASE}", "Values": [self.target.name]},
            {"Name": "tag-key", "Values": [SCRATCH]},
        ]

    def leftovers(self) -> tuple[str, ...]:
        """Volumes that outlived the instance."""
        ec2 = self.context.clients.read("ec2")
        filters = [*self._filters, {"Name": "status", "Values": ["available", "error"]}]
        answer = look_again(self.context.clock, lambda: ec2.describe_volumes(Filters=filters))
        return tuple(each["VolumeId"] for each in answer["Volumes"])

    def launch(self) -> None:
        request = self.request = self.request or self._request()  # a client token takes no other request than its first: the lease is in it
        try:
            with one_write():
                answer = self.context.clients.write("ec2").run_instances(**request)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in {"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"}:
                what = f"the AMI {request['ImageId']} of {self.target.found.instance_id} does not exist any more: nothing can be launched from it"
                raise Failure(
                    Exit.FAILED, Fault(what, "Roll the database onto an AMI that exists; until then it cannot be restored either.")
                ) from None
            raise
        self.record = answer["Instances"][0]

    def _request(self) -> dict[str, Any]:
        ec2, found = self.context.clients.read("ec2"), self.target.found
        source = look_again(self.context.clock, lambda: ec2.describe_instances(InstanceIds=[found.instance_id]))["Reservations"][0][
            "Instances"
        ][0]
        attribute = look_again(
            self.context.clock, lambda: ec2.describe_instance_attribute(InstanceId=found.instance_id, Attribute="userData")
        )
        device = found.volume_device or DATA_DEVICE  # as it is attached: what is configured may be another one, and the copy would be empty
        return launch_request(
            source,
            base64.b64decode(attribute.get("UserData", {}).get("Value", "")),
            source.get("RootDeviceName", "/dev/xvda"),
            self._root_size(source),
            device,
            self.backup.place if self.backup.method != "dump" else "",
            max(found.volume_size, LEAST_SIZE),
            self._tags(),
            sha256(f"{self.run} {self.target.name} {self.backup.place}".encode()).hexdigest(),
        )

    def _root_size(self, source: Mapping[str, Any]) -> int:
        mappings = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in source.get("BlockDeviceMappings", ()) if "Ebs" in each}
        volume = mappings.get(source.get("RootDeviceName"))
        if volume is None:
            return 0
        ec2 = self.context.clients.read("ec2")
        found = look_again(self.context.clock, lambda: ec2.describe_volumes(VolumeIds=[volume]))["Volumes"]
        return int(found[0]["Size"]) if found else 0

    def _tags(self) -> dict[str, str]:
        return {
            "Name": f"drill-{self.backup.id}"[:256],
            RUN: self.run,
            DATABASE: self.target.name,
            ENVIRONMENT: self.context.asked.environment,
            SCRATCH: f"drill of {self.backup.id}"[:256],
            LEASE: str(own_lease(self.context.clock.now())),
        }

    def terminate(self, instance: str) -> None:
        with one_write():
            self.context.clients.write("ec2").terminate_instances(InstanceIds=[instance])

    def delete_volume(self, volume: str) -> None:
        try:
            with one_write():
                self.context.clients.write("ec2").delete_volume(VolumeId=volume)
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "InvalidVolume.NotFound":
                raise
