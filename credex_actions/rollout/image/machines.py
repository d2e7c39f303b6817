"""The instances that a build works with: launched, and found again by their tags. A launch is sent with a client token."""

from dataclasses import dataclass
from hashlib import sha256

from credex_actions.aws.lease import LEASE, is_over, own_lease, read_lease
from credex_actions.aws.scratch.instance import launch
from credex_actions.aws.scratch.launching import Place, encrypted_root_disk, launch_request
from credex_actions.aws.scratch.machine import ENDED, Machine, told
from credex_actions.aws.tags import ENVIRONMENT, RUN, SCRATCH, as_mapping
from credex_actions.core.aws.clients import one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Fault
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.image.steps import BUILDER, TESTER, Rival


@dataclass
class Machines:
    """Of one recipe, as one run sees them."""

    context: Context
    recipe: str
    place: Place

    def look(self) -> tuple[dict[str, Machine], tuple[Rival, ...]]:
        """Our own by their role, and those of other runs that are alive."""
        ec2 = self.context.clients.read("ec2")
        filters = [{"Name": f"tag:{RECIPE}", "Values": [self.recipe]}, {"Name": f"tag:{SCRATCH}", "Values": [BUILDER, TESTER]}]
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
                own[tags[SCRATCH]] = told(record)
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
        disks = [encrypted_root_disk(root_device)]
        request = launch_request(image, self.place, disks, tags, token, shuts_down="stop")  # an AMI is made of what stops
        launch(self.context.clients, request, Fault(f"the AMI {image} does not exist any more", "Run the same command again."))

    def stop(self, instance: str) -> None:
        with one_write():
            self.context.clients.write("ec2").stop_instances(InstanceIds=[instance])
