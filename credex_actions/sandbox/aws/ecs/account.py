"""What a task needs of its account, looked up in moto's own records: image, secrets, parameters, log group. The messages are those that ECS gives."""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ecs.records import Document

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
UNABLE = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret"
)


def role_exists(account: str, region: str, arn: str) -> bool:
    """Whether the role is there and trusts ecs-tasks.amazonaws.com."""
    for role in backend("iam", account, region).get_roles():
        if role.arn == arn:
            return "ecs-tasks.amazonaws.com" in str(role.assume_role_policy_document)
    return False


def unassumable(account: str, region: str, definition: Document) -> str:
    """The message with which ECS refuses to start a task, "" where both roles can be assumed."""
    for key in ("executionRoleArn", "taskRoleArn"):
        arn = definition.get(key)
        if arn and not role_exists(account, region, arn):
            return (
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being passed has the proper "
                "trust relationship and permissions and that your IAM user has permissions to pass this role."
            )
    return ""


def obstacle(account: str, region: str, definition: Document) -> str:
    """Why a task of this definition cannot start, in the order in which ECS finds out; "" if nothing is in its way."""
    for container in definition["containerDefinitions"]:
        found = next(iter([*_secrets(account, region, container), *_image(container, definition), *_logs(account, region, container)]), "")
        if found:
            return found
    return ""


def image_digest(reference: str) -> str:
    """The digest that ECR has for an image; "" for other registries and for images that are not there."""
    found = ECR.match(reference)
    image = _ecr_image(found) if found else None
    return str(image.get_image_digest()) if image else ""


def image_annotation(reference: str) -> str:
    """How an image was said to behave when it was pushed (`push_image(..., behaviour=)`); "" if nothing was said."""
    found = ECR.match(reference)
    image = _ecr_image(found) if found else None
    return str(json.loads(image.image_manifest).get("annotations", {}).get("sandbox", "")) if image else ""


def _ecr_image(found: re.Match[str]) -> Any:
    repositories = backend("ecr", found["account"], found["region"]).repositories
    repository = repositories.get(found["repository"])
    for image in repository.images if repository else ():
        if found["digest"] == image.get_image_digest() or (not found["digest"] and (found["tag"] or "latest") in image.image_tags):
            return image
    return None


def _image(container: Document, definition: Document) -> Iterator[str]:
    reference = container["image"]
    found = ECR.match(reference)
    if found is None:
        return
    image = _ecr_image(found)
    if image is None:
        yield f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: {reference}: not found"
        return
    runtime = definition.get("runtimePlatform", {})
    wanted = f"{runtime.get('operatingSystemFamily', 'LINUX').split('_')[0].lower()}/{runtime.get('cpuArchitecture', 'X86_64').lower().replace('x86_64', 'amd64')}"
    offered = platforms(json.loads(image.image_manifest))
    if offered and wanted not in offered:
        yield f"CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform '{wanted}'"


def platforms(manifest: Document) -> list[str]:
    """The platforms of an image index; of a plain manifest none, as they are in its configuration blob."""
    named = (each.get("platform", {}) for each in manifest.get("manifests", ()))
    return [f"{each['os']}/{each['architecture']}" for each in named if each.get("os") not in {None, "unknown"}]


def _secrets(account: str, region: str, container: Document) -> Iterator[str]:
    options = container.get("logConfiguration", {}).get("secretOptions", ())
    for each in [*container.get("secrets", ()), *options]:
        source = each["valueFrom"]
        if source.startswith("arn:aws:secretsmanager:"):
            yield from _secret(account, region, source)
        elif backend("ssm", account, region).get_parameter(source) is None:
            name = source.partition(":parameter")[2] or source
            yield f"{UNABLE}s from ssm: service call has been retried 1 time(s): invalid ssm parameters: {name}"


def _secret(account: str, region: str, source: str) -> Iterator[str]:
    parts = source.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), (*parts[7:10], "", "", "")[:3]
    try:
        value = backend("secretsmanager", account, region).get_secret_value(arn, version or None, stage or None)
    except (JsonRESTError, ServiceException):
        yield f"{UNABLE} from asm: service call has been retried 1 time(s): failed to fetch secret {arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."
        return
    if key and not _has_key(value.get("secret_string", value.get("SecretString", "")), key):
        yield f"{UNABLE} from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key {key}"


def _has_key(text: str, key: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and key in document


def _logs(account: str, region: str, container: Document) -> Iterator[str]:
    """awslogs-create-group makes the group, as the agent does; the permission to do so is taken for granted."""
    configuration = container.get("logConfiguration", {})
    options = configuration.get("options", {})
    group = options.get("awslogs-group", "")
    if configuration.get("logDriver") != "awslogs" or not group:
        return
    logs = backend("logs", account, options.get("awslogs-region", region))
    if group in logs.groups:
        return
    if options.get("awslogs-create-group") == "true":
        logs.create_log_group(group, {})
        return
    yield (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        "ResourceNotFoundException: The specified log group does not exist. : exit status 1"
    )
