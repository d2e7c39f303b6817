"""AMIs as EC2 keeps them: looked up, created, marked, protected, deregistered. A tag says by which recipe, another one that the boot test was passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.lease import LEASE, own_lease
from credex_actions.aws.tags import ENVIRONMENT, RUN, VERSION, as_list, as_mapping
from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, message_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost
from credex_actions.neo4j.configuration.model import Image as Configured
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.recipe import RECIPE, Recipe
from credex_actions.rollout.image.steps import Image

BOOT_TEST: Final = "credex:boot-test"
EDITION: Final = "credex:neo4j-edition"
GONE: Final = frozenset(("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"))
TAKEN: Final = "InvalidAMIName.Duplicate"


def told(record: Mapping[str, Any]) -> Image:
    tags = as_mapping(record.get("Tags"))
    return Image(
        id=record["ImageId"],
        state=record["State"],
        proven=tags.get(BOOT_TEST, "").startswith("passed"),
        deprecated=bool(record.get("DeprecationTime")),
        protected=record.get("DeregistrationProtection", "disabled").startswith("enabled"),
        why=record.get("StateReason", {}).get("Message", ""),
    )


def base_of(clients: Clients, configured: Configured) -> Mapping[str, Any]:
    """DescribeImages' record of the AMI that the parameter names. Raises Failure."""
    name = configured.base_parameter
    try:
        image: str = clients.read("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    except botocore.exceptions.ClientError as error:
        if code_of(error) == "ParameterNotFound":
            hint = "Correct image.base-parameter, the region or the account."
            raise Failure(Exit.BAD_INPUT, Fault(f"the parameter {name} does not exist", hint, "image.base-parameter")) from None
        if code_of(error) in NOT_ALLOWED:
            what = f"access denied to the parameter {name}: {message_of(error)}"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Grant the role ssm:GetParameter.", "image.base-parameter")) from None
        raise
    found = clients.read("ec2").describe_images(Filters=[{"Name": "image-id", "Values": [image]}])["Images"]
    if not found or found[0]["State"] != "available":
        what = f"the base AMI that the parameter {name} names does not exist, or is not available"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Correct image.base-parameter, or the parameter.", "image.base-parameter"))
    record: Mapping[str, Any] = found[0]
    return record


@dataclass
class Amis:
    """Of one recipe."""

    context: Context
    recipe: Recipe
    name: str

    def look(self) -> tuple[Image, Mapping[str, Any]] | None:
        """A usable one before one that is not."""
        ec2 = self.context.clients.read("ec2")
        filters = [{"Name": f"tag:{RECIPE}", "Values": [self.recipe.digest]}]
        records = look_again(self.context.clock, lambda: ec2.describe_images(Owners=["self"], Filters=filters))["Images"]
        found = [(told(record), record) for record in records if record["State"] != "deregistered"]
        return max(found, key=lambda each: (each[0].proven, each[0].state == "available", each[0].state == "pending"), default=None)

    @property
    def tags(self) -> dict[str, str]:
        """Those that it has from the beginning, whoever creates it."""
        return {
            "Name": self.name,
            RECIPE: self.recipe.digest,
            VERSION: self.recipe.version,
            EDITION: self.recipe.edition,
            RUN: self.context.run,
            ENVIRONMENT: self.context.asked.environment,
        }

    @property
    def description(self) -> str:
        return f"Neo4j {self.recipe.version} {self.recipe.edition} on {self.recipe.base}"

    def create(self, instance: str) -> None:
        """Tags are set with the AMI: it never exists without them."""
        tags = {**self.tags, LEASE: str(own_lease(self.context.clock.now()))}
        own = {key: tags[key] for key in ("Name", RECIPE, RUN)}
        try:
            with one_write():
                self.context.clients.write("ec2").create_image(
                    InstanceId=instance,
                    Name=self.name,
                    Description=self.description,
                    TagSpecifications=[
                        {"ResourceType": "image", "Tags": as_list(tags)},
                        {"ResourceType": "snapshot", "Tags": as_list(own)},
                    ],
                )
        except botocore.exceptions.ClientError as error:
            if code_of(error) != TAKEN:
                raise
            self._whose(error)

    def _whose(self, error: botocore.exceptions.ClientError) -> None:
        """The name is taken: by the same recipe, which will show, or by something else."""
        ec2 = self.context.clients.read("ec2")
        found = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [self.name]}])["Images"]
        if found and as_mapping(found[0].get("Tags")).get(RECIPE) != self.recipe.digest:
            what = f"the name {self.name} is taken by {found[0]['ImageId']}, which has no tag {RECIPE} of this recipe"
            raise Failure(Exit.FAILED, Fault(what, "Deregister it, or set image.name.")) from None
        raise Lost(message_of(error)) from error

    def mark(self, image: str) -> None:
        passed = f"passed {self.context.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        with one_write():
            self.context.clients.write("ec2").create_tags(Resources=[image], Tags=as_list({BOOT_TEST: passed}))

    def deprecate(self, image: str, within: timedelta) -> None:
        at = self.context.clock.now() + within
        with one_write():
            self.context.clients.write("ec2").enable_image_deprecation(ImageId=image, DeprecateAt=at.replace(second=0, microsecond=0))

    def protect(self, image: str) -> None:
        with one_write():
            self.context.clients.write("ec2").enable_image_deregistration_protection(ImageId=image, WithCooldown=False)


def deregister(context: Context, image: str) -> None:
    """With its snapshots. One that is gone is a success."""
    try:
        with one_write():
            context.clients.write("ec2").deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in GONE:
            raise


def unprotect(context: Context, image: str) -> None:
    try:
        with one_write():
            context.clients.write("ec2").disable_image_deregistration_protection(ImageId=image)
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in GONE:
            raise
