"""Which AMIs go: those that `image.keep` does not keep. Never one that an instance runs, or that a launch template names. The choice is pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from credex_actions.aws.tags import ENVIRONMENT, VERSION, as_mapping
from credex_actions.core.aws.clients import Clients
from credex_actions.core.loop import Step
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import deregister, told, unprotect
from credex_actions.rollout.image.recipe import RECIPE


@dataclass(frozen=True)
class RemoveImage(Step):
    says = "deregister the AMI {image} of Neo4j {version}, with its snapshots"
    harmless = True
    twice = "nothing: it is gone"
    image: str
    version: str


class Candidate(NamedTuple):
    """`created`: as EC2 writes it; such times are ordered as texts."""

    id: str
    version: str
    created: str


class Chosen(NamedTuple):
    goes: tuple[Candidate, ...]
    stays: tuple[tuple[Candidate, str], ...]


def choose(candidates: Iterable[Candidate], keep: int, used: Mapping[str, str]) -> Chosen:
    """`used`: by what, in words."""
    goes: list[Candidate] = []
    stays: list[tuple[Candidate, str]] = []
    for at, each in enumerate(sorted(candidates, key=lambda each: (each.created, each.id), reverse=True)):
        why = f"among the last {keep}" if at < keep else used.get(each.id, "")
        if why:
            stays.append((each, why))
        else:
            goes.append(each)
    return Chosen(tuple(goes), tuple(stays))


def candidates(context: Context) -> list[Candidate]:
    """What we built for this environment, under the configured name, and have proven. Anything else is not ours to remove."""
    filters = [
        {"Name": "tag-key", "Values": [RECIPE]},
        {"Name": f"tag:{ENVIRONMENT}", "Values": [context.asked.environment]},
        {"Name": "state", "Values": ["available"]},
    ]
    pages = context.clients.read("ec2").get_paginator("describe_images").paginate(Owners=["self"], Filters=filters)
    found = []
    for page in pages:
        for record in page["Images"]:
            tags = as_mapping(record.get("Tags"))
            if told(record).proven and record.get("Name") == f"{context.asked.image.name}-{tags.get(VERSION, '')}-{tags[RECIPE]}":
                found.append(Candidate(record["ImageId"], tags.get(VERSION, "?"), record["CreationDate"]))
    return found


def used(clients: Clients, images: Sequence[str]) -> dict[str, str]:
    """Those of `images` that something uses, and what: instances that are not terminated, any version of any launch template."""
    ec2 = clients.read("ec2")
    if not images:
        return {}
    found: dict[str, str] = {}
    for page in ec2.get_paginator("describe_launch_templates").paginate():
        for template in page["LaunchTemplates"]:
            for image in _of_template(ec2, template["LaunchTemplateId"]) & set(images):
                found[image] = f"the launch template {template['LaunchTemplateName']} names it"
    states = ["pending", "running", "shutting-down", "stopping", "stopped"]
    filters = [{"Name": "image-id", "Values": list(images)}, {"Name": "instance-state-name", "Values": states}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            found |= {each["ImageId"]: f"{each['InstanceId']} runs it" for each in reservation["Instances"]}
    return found


def _of_template(ec2: Any, template: str) -> set[str]:
    pages = ec2.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateId=template)
    return {each["LaunchTemplateData"].get("ImageId", "") for page in pages for each in page["LaunchTemplateVersions"]}


def remove(context: Context, step: RemoveImage) -> None:
    unprotect(context, step.image)
    deregister(context, step.image)
