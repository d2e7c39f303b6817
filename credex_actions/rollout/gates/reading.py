"""What the gates judge, read from EC2 and from the instance."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Final

import botocore.exceptions

from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.script import Script
from credex_actions.aws.tags import as_mapping
from credex_actions.core.aws.clients import NotAllowed, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Failure
from credex_actions.databases.finding import Found
from credex_actions.neo4j.configuration.model import OwnVolume
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates import boot, room
from credex_actions.rollout.gates.gate import Gate, unread
from credex_actions.rollout.gates.instance import TEMPLATE, TEMPLATE_VERSION, Standing, template_says
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.swap.images import has_image, of_root
from credex_actions.rollout.swap.machine import look
from credex_actions.rollout.user_data.content import digest

ON_ROOT: Final = "/var/lib/neo4j/data"
"""Source: Neo4j operations manual, "Default file locations"."""


def standing(context: Context, found: Found, user_data: bytes) -> Standing:
    there = look(context.clients, context.clock, found.instance_id)
    images = context.clients.read("ec2")
    which = [{"Name": "image-id", "Values": [there.record["ImageId"]]}]
    image = look_again(context.clock, lambda: images.describe_images(Filters=which))["Images"]
    encrypted = bool(there.volumes.get(there.root_device, {}).get("Encrypted"))
    made_of = (
        "" if encrypted else of_root(context, there.root_of, there.record["ImageId"])
    )  # which only the way back of one that is not asks for
    return Standing(
        record=there.record,
        user_data=digest(user_data),
        root_volume=there.root,
        root_of=there.root_of,
        root_image=made_of if made_of and has_image(context, made_of) else "",
        root_encrypted=encrypted,
        built_here=bool(image) and RECIPE in as_mapping(image[0].get("Tags")),
        template=f"{there.tags[TEMPLATE]}, version {there.tags.get(TEMPLATE_VERSION, '?')}" if TEMPLATE in there.tags else "",
        says=_template(context, there.tags) if TEMPLATE in there.tags else None,
    )


def _template(context: Context, tags: Mapping[str, str]) -> dict[str, str] | None:
    """None where it is gone."""
    ec2 = context.clients.read("ec2")
    which = {"LaunchTemplateId": tags[TEMPLATE], "Versions": [tags.get(TEMPLATE_VERSION, "$Default")]}
    try:
        versions = look_again(context.clock, lambda: ec2.describe_launch_template_versions(**which))["LaunchTemplateVersions"]
    except botocore.exceptions.ClientError as error:
        if not code_of(error).startswith("InvalidLaunchTemplateId"):
            raise
        return None
    if not versions:
        return None
    data = versions[0]["LaunchTemplateData"]
    return template_says(data, digest(b64decode(data.get("UserData", ""))))


def is_offered(context: Context, instance_type: str, zone: str) -> bool:
    ec2 = context.clients.read("ec2")
    filters = [{"Name": "instance-type", "Values": [instance_type]}, {"Name": "location", "Values": [zone]}]
    answer = look_again(context.clock, lambda: ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters))
    return bool(answer["InstanceTypeOfferings"])


def inside_instance(context: Context, found: Found, data: OwnVolume | str) -> list[Gate]:
    """By a command on the instance, which changes nothing: whether a boot starts Neo4j, and room on the data volume. `data`: of the configuration.

    Whoever may send one is root there, so that a role that only plans need not be allowed to: an apply asks again before it begins.
    """
    path = ON_ROOT if isinstance(data, str) else data.path
    script = Script(f"{boot.SCRIPT}\n{room.script(path)}", context.runner.redact)
    try:
        ended = run_command(
            context.clients, context.clock, found.instance_id, script, within=room.WITHIN, comment="room on the data volume"
        )
    except Failure as failure:
        if isinstance(failure, NotAllowed) and context.asked.mode == "plan":
            return [room.left_to_apply(found.name)]
        return [unread(room.NAME, failure.faults[0].what, failure.faults[0].hint, found.name)]
    return [boot.judged(found.name, ended.output), room.judged(found.name, path, room.read(ended.output) if ended.code == 0 else None)]
