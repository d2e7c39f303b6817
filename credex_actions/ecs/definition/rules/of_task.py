"""What ECS demands of a task definition as a whole. Each rule is a generator of misfits, with the sentence of the documentation it rests on.

A rule too many stops a good deployment; one too few only costs an answer from ECS. So where the documentation is vague, there is no rule.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.documents.origin import number_from, reveal
from credex_actions.core.text import listed, one_line
from credex_actions.ecs.definition.misfit import DOUBT, FAULT, WARNING, Misfit
from credex_actions.ecs.definition.other_placeholders import UNFILLED, any_in
from credex_actions.ecs.definition.parts import containers, network_mode, number, on_fargate, part, parts, secrets_of, text

FARGATE: Final = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""Memory (MiB) by cpu units. Source: ECS developer guide, "Task CPU and memory"; sizes above these are left to ECS."""

CPU: Final = (128, 196608)
"""cpu units of a task on EC2 or elsewhere. Source: see task_size."""

MEMORY: Final = (1, 2**31 - 1)
"""MiB of a task on EC2 or elsewhere: ECS's model counts them in an Integer."""

LARGEST: Final = 64 * 1024
MOST_TAGS: Final = 50
MOST_CONTAINERS: Final = 10


def units(value: str, per: int, words: str) -> int | None:
    """`256`, `.25 vCPU` (1024 units each) or `0.5 GB` (1024 MiB each) as a whole number; None if it is none of these."""
    if not value:  # as of most definitions, and the pattern takes as long to compile as a module takes to import
        return None
    match = re.fullmatch(r"\s*([0-9]{0,9}\.?[0-9]{1,9})\s*(" + words + r")?\s*", value, re.IGNORECASE)
    if match is None:
        return None
    amount = float(match[1]) * (per if match[2] else 1)
    return number_from(value, int(amount)) if amount == int(amount) else None


def size(definition: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The task's cpu (units) and memory (MiB)."""
    return units(text(definition, "cpu"), 1024, "vCPU"), units(text(definition, "memory"), 1024, "GB")


def task_size(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "If you use the Fargate launch type, this field is required. You must use one of the following values. The value that you choose
    determines your range of valid values for the memory parameter." "If you're using the EC2 launch type or the external launch type, this
    field is optional. Supported values are between 128 CPU units (0.125 vCPUs) and 196608 CPU units (192 vCPUs)." (ECS API,
    RegisterTaskDefinition, cpu)
    """
    for member, example, per, words in (("cpu", "256 or .25 vCPU", 1024, "vCPU"), ("memory", "512 or 0.5 GB", 1024, "GB")):
        if text(definition, member) and units(text(definition, member), per, words) is None:
            yield Misfit((member,), "is not a size", f"Write it as {example}.")
        elif on_fargate(definition) and not definition.get(member):
            yield Misfit((), f"{member} is missing", f"Fargate requires the task size: {member}, such as {example}.")
    cpu, memory = size(definition)
    for member, amount, (least, most) in (("cpu", cpu, CPU), ("memory", memory, MEMORY)):
        if amount is not None and (amount > most or (amount < least and not on_fargate(definition))):
            yield Misfit((member,), f"{amount} is out of bounds", f"Use {least} to {most}.")
    if not on_fargate(definition) or cpu is None or cpu > max(FARGATE):
        return
    if cpu not in FARGATE:
        yield Misfit(("cpu",), f"no Fargate configuration exists for {cpu} CPU units", f"Fargate supports {', '.join(map(str, FARGATE))}.")
    elif memory is not None and memory not in FARGATE[cpu]:
        hint = f"With {cpu} CPU units Fargate supports {', '.join(map(str, FARGATE[cpu]))} MiB."
        yield Misfit(("memory",), f"no Fargate configuration exists for {cpu} CPU units and {memory} MiB of memory", hint)


def fargate_network(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "For Amazon ECS tasks on Fargate, the awsvpc network mode is required." (ECS API, TaskDefinition, networkMode)"""
    if on_fargate(definition) and network_mode(definition) != "awsvpc":
        yield Misfit(
            ("networkMode",) if "networkMode" in definition else (),
            "networkMode is not awsvpc, which Fargate requires",
            'Set "networkMode": "awsvpc".',
        )


def execution_role(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "Common use cases: your task uses Fargate and pulls from a private registry or sends logs with awslogs; your task's definition
    references sensitive data." (ECS developer guide, "Task execution IAM role")
    """
    if text(definition, "executionRoleArn"):
        return
    for path, container in containers(definition):
        reads = any(True for _ in secrets_of(container, path)) or bool(part(container, "repositoryCredentials"))
        logs = on_fargate(definition) and text(part(container, "logConfiguration"), "logDriver") == "awslogs"
        pulls = on_fargate(definition) and bool(re.match(r"\d{12}\.dkr\.ecr[.-]", text(container, "image")))
        why = [words for words, true in (("reads secrets", reads), ("writes logs", logs), ("pulls from ECR", pulls)) if true]
        if why:
            yield Misfit(
                (),
                f"executionRoleArn is missing, though {text(container, 'name') or 'a container'} {' and '.join(why)} by it",
                "Set executionRoleArn.",
            )
            return


def roles(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "The short name or full Amazon Resource Name (ARN) of the IAM role" (ECS API, RegisterTaskDefinition, taskRoleArn)

    Where a file has an account that nobody filled in yet, only the account's owner is missing: a doubt. What has no role in it at all is a fault.
    """
    for member in ("taskRoleArn", "executionRoleArn"):
        role = text(definition, member)
        good = not role or re.fullmatch(r"(?:arn:[\w-]+:iam::[0-9]{12}:role/)?[\w+=,.@/-]+", role, re.ASCII)
        if found := any_in(role):
            yield Misfit((member,), f"holds {found[:80]}, which was not replaced", UNFILLED, grade=WARNING if good else DOUBT)
        elif not good:
            half = role.startswith("arn:") and not re.search(r":role/.", role)
            yield Misfit(
                (member,),
                f"'{one_line(str(role), 120)}' is neither the name nor the full ARN of a role",
                "Write arn:aws:iam::123456789012:role/NAME, with the account's twelve digits, or the name alone.",
                grade=FAULT if half else DOUBT,
            )


def names(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed." (ECS API, family; container name)"""
    named = [(("family",), definition, "family")] + [((*path, "name"), container, "name") for path, container in containers(definition)]
    for path, owner, member in named:
        value = owner.get(member)
        if not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9_-]{1,255}", value):
            continue
        if found := any_in(value):
            what = f"is not a name that ECS accepts: {found[:80]} looks like a placeholder that was not replaced"
            yield Misfit(path, what, UNFILLED)
        else:
            yield Misfit(path, "is not a name that ECS accepts", "Use 1 to 255 letters, digits, hyphens and underscores.")


def whole_size(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "Task definition size: 64 KB." (ECS service quotas)"""
    written = len(json.dumps(definition, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace"))
    if written > LARGEST:
        yield Misfit(
            (), f"has {written:,} bytes, ECS allows at most {LARGEST:,}", "Move values to SSM parameters, secrets or environment files."
        )


def how_many(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "Task definition: containers per task definition: 10", a quota that is not raised. (ECS service quotas)"""
    found = len(containers(definition))
    if found > MOST_CONTAINERS:
        yield Misfit(
            ("containerDefinitions",), f"there are {found} containers, ECS allows at most {MOST_CONTAINERS} per task", "Split the task."
        )


def tags(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "Maximum number of tags per resource - 50" "For each resource, each tag key must be unique" "Maximum key length - 128 Unicode characters"
    "Maximum value length - 256 Unicode characters" "Do not use aws:, AWS:, or any upper or lowercase combination of such as a prefix" (ECS API, RegisterTaskDefinition, tags)
    """
    found = list(parts(definition, "tags"))
    if len(found) > MOST_TAGS:
        yield Misfit(("tags",), f"there are {len(found)} tags, ECS allows at most {MOST_TAGS}", "Remove some.")
    seen: set[str] = set()
    for path, tag in found:
        key = text(tag, "key")
        if not 1 <= len(key) <= 128 or len(text(tag, "value")) > 256:  # noqa: PLR2004 - the sentence above says it
            yield Misfit(path, "has a key or value whose length is out of range", "Keys have 1 to 128 characters, values up to 256.")
        if key.lower().startswith("aws:"):
            yield Misfit((*path, "key"), "begins with aws:, which is reserved by AWS", "Use another prefix.")
        if key in seen:
            yield Misfit((*path, "key"), f"the tag {key} is defined twice", "Keep one of them.")
        seen.add(key)


def storage(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "The minimum supported value is 21 GiB and the maximum supported value is 200 GiB." (ECS API, EphemeralStorage)"""
    gib = number(part(definition, "ephemeralStorage"), "sizeInGiB")
    if gib is not None and not 21 <= gib <= 200:  # noqa: PLR2004 - the sentence above says it
        yield Misfit(("ephemeralStorage", "sizeInGiB"), f"{gib} GiB is not a valid size of ephemeral storage", "Use 21 to 200.")


def volumes(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "this name is referenced in the sourceVolume parameter of the mountPoints object in the container definition." (ECS API, Volume)
    "If you're using the Fargate launch type, the sourcePath parameter is not supported." (HostVolumeProperties) "Docker volumes are
    only supported when you're using the EC2 launch type." (DockerVolumeConfiguration)
    """
    known: set[str] = set()
    for path, volume in parts(definition, "volumes"):
        name = text(volume, "name")
        if name and name in known:
            yield Misfit((*path, "name"), f"there are two volumes {name}", "Give each a unique name.")
        known.add(name)
        if on_fargate(definition) and text(part(volume, "host"), "sourcePath"):
            yield Misfit((*path, "host", "sourcePath"), "is not supported on Fargate", "Remove it: Fargate provides an empty volume.")
        if on_fargate(definition) and "dockerVolumeConfiguration" in volume:
            yield Misfit(
                (*path, "dockerVolumeConfiguration"), "Docker volumes are not supported on Fargate", "Use EFS, EBS, or an empty volume."
            )
        yield from _efs(part(volume, "efsVolumeConfiguration"), (*path, "efsVolumeConfiguration"))
    for path, container in containers(definition):
        for place, mount in parts(container, "mountPoints", path):
            source = text(mount, "sourceVolume")
            if source and source not in known:
                yield Misfit((*place, "sourceVolume"), f"there is no volume {source}", f"The volumes are {listed(sorted(known))}.")


def _efs(efs: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Misfit]:
    """Rule: "If an EFS access point is specified …, transit encryption must be on", likewise for IAM authorization. (ECS API, EFSAuthorizationConfig)"""
    authorization = part(efs, "authorizationConfig")
    if (text(authorization, "accessPointId") or text(authorization, "iam") == "ENABLED") and text(efs, "transitEncryption") != "ENABLED":
        yield Misfit(
            path,
            "transitEncryption is not ENABLED, which access points and IAM authorization require",
            'Set "transitEncryption": "ENABLED".',
        )


def placement(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: "This parameter isn't supported for tasks run on Fargate." (ECS API, RegisterTaskDefinition, placementConstraints; ipcMode)
    "On Fargate for Linux containers, the only valid value is task." (pidMode)
    """
    for member in ("placementConstraints", "ipcMode"):
        if on_fargate(definition) and definition.get(member):
            yield Misfit((member,), "is not supported on Fargate", "Remove it.", at_key=True)
    if on_fargate(definition) and reveal(text(definition, "pidMode")) == "host":
        yield Misfit(
            ("pidMode",), "host is not supported on Fargate", "Set it to task if the containers should see each other's processes."
        )


TASK_RULES: Final = (task_size, fargate_network, execution_role, roles, names, whole_size, how_many, tags, storage, volumes, placement)
