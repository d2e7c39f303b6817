"""The instances that a build works with: launched, found again by their tags, terminated. A launch is sent with a client token."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.aws.lease import LEASE, is_over, own_lease, read_lease
from credex_actions.aws.tags import ENVIRONMENT, RUN, SCRATCH, as_list, as_mapping
from credex_actions.core.aws.clients import code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.image.steps import ENDED, Machine, Rival

GONE: Final = "InvalidInstanceID.NotFound"
NO_IMAGE: Final = frozenset(("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"))
ALIVE: Final = ("pending", "running", "stopping", "stopped")


class Place(NamedTuple):
    """Where, and as what, a build runs. `profile`: name or ARN of an instance profile that SSM accepts."""

    instance_type: str
    subnet: str
    security_groups: tuple[str, ...]
    profile: str


def launch_request(image: str, root_device: str, place: Place, tags: Mapping[str, str], token: str) -> dict[str, Any]:
    """No key pair, no user data, no version 1 of the metadata service, an encrypted volume, and nothing left when it ends."""
    profile = {"Arn" if place.profile.startswith("arn:") else "Name": place.profile}
    request: dict[str, Any] = {
        "ImageId": image,
        "InstanceType": place.instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": token,
        "IamInstanceProfile": profile,
        "InstanceInitiatedShutdownBehavior": "stop",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": [{"DeviceName": root_device, "Ebs": {"Encrypted": True, "DeleteOnTermination": True, "VolumeType": "gp3"}}],
        "TagSpecifications": [{"ResourceType": kind, "Tags": as_list(tags)} for kind in ("instance", "volume")],
    }
    if place.subnet:
        request["SubnetId"] = place.subnet
    if place.security_groups:
        request["SecurityGroupIds"] = list(place.security_groups)
    return request


@dataclass
class Machines:
    """Of one recipe, as one run sees them."""

    context: Context
    recipe: str
    place: Place

    def look(self) -> tuple[dict[str, Machine], tuple[Rival, ...]]:
        """Our own by their role, and those of other runs that are alive."""
        ec2 = self.context.clients.read("ec2")
        filters = [{"Name": f"tag:{RECIPE}", "Values": [self.recipe]}, {"Name": "tag-key", "Values": [SCRATCH]}]
        pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
        records = look_again(
            self.context.clock,
            lambda: [each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"]],
        )
        own: dict[str, Machine] = {}
        rivals = []
        for record in records:
            tags, state = as_mapping(record.get("Tags")), record["State"]["Name"]
            if tags.get(RUN) == self.context.run:
                own[tags[SCRATCH]] = Machine(instance=record["InstanceId"], state=state, launched=record["LaunchTime"])
            elif state not in ENDED and not is_over(read_lease(tags.get(LEASE, "")), self.context.clock.now()):
                rivals.append(Rival(run=tags.get(RUN, ""), instance=record["InstanceId"], launched=record["LaunchTime"]))
        return own, tuple(rivals)

    def launch(self, role: str, image: str, root_device: str, name: str) -> None:
        tags = {
            "Name": f"{name}-{role.replace(' ', '-')}"[:256],
            RUN: self.context.run,
            RECIPE: self.recipe,
            ENVIRONMENT: self.context.asked.environment,
            SCRATCH: role,
            LEASE: str(own_lease(self.context.clock.now())),
        }
        token = sha256(f"{self.context.run} {self.recipe} {role} {image}".encode()).hexdigest()
        try:
            with one_write():
                self.context.clients.write("ec2").run_instances(**launch_request(image, root_device, self.place, tags, token))
        except botocore.exceptions.ClientError as error:
            if code_of(error) in NO_IMAGE:
                raise Failure(Exit.FAILED, Fault(f"the AMI {image} does not exist any more", "Run the same command again.")) from None
            raise

    def stop(self, instance: str) -> None:
        with one_write():
            self.context.clients.write("ec2").stop_instances(InstanceIds=[instance])

    def terminate(self, instance: str) -> None:
        try:
            with one_write():
                self.context.clients.write("ec2").terminate_instances(InstanceIds=[instance])
        except botocore.exceptions.ClientError as error:
            if code_of(error) != GONE:
                raise
