"""ECS operations on task definitions, with the refusals of ECS that can be reported from the request alone."""

import re
from collections.abc import Iterator
from typing import Final

from credex_actions.sandbox.aws.ecs.records import Document
from credex_actions.sandbox.aws.ecs.region import Definition, Region
from credex_actions.sandbox.aws.refusals import client_error

FARGATE_MEMORY: Final = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
}
"""Memory in MiB by CPU units. Source: ECS guide, "Task CPU and memory"."""
LARGEST: Final = {32768: range(61440, 249857)}
UNITS: Final = {"vcpu": 1024, "gb": 1024}
FAMILY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


def register_task_definition(region: Region, request: Document, now: float) -> Document:
    refuse(request)
    family = request["family"]
    revisions = region.families.setdefault(family, [])
    number = revisions[-1].document["revision"] + 1 if revisions else 1
    tags = list(request.get("tags", []))
    document = {
        **{key: value for key, value in request.items() if key != "tags"},
        "taskDefinitionArn": region.arn(f"task-definition/{family}:{number}"),
        "containerDefinitions": [_completed(each, request.get("networkMode", "bridge")) for each in request["containerDefinitions"]],
        "revision": number,
        "volumes": request.get("volumes", []),
        "placementConstraints": request.get("placementConstraints", []),
        "status": "ACTIVE",
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
        "compatibilities": ["EC2", "FARGATE"] if request.get("networkMode") == "awsvpc" else ["EC2"],
        "registeredAt": now,
        "registeredBy": f"arn:aws:iam::{region.account}:root",
    }
    for key in ("cpu", "memory"):
        if key in request:
            document[key] = str(_units(request[key]))
    revisions.append(Definition(document, tags))
    return {"taskDefinition": document, "tags": tags}


def _completed(container: Document, mode: str) -> Document:
    """The members that ECS adds to a container definition that does not have them."""
    ports = [
        {"protocol": "tcp", **({"hostPort": each["containerPort"]} if mode in {"awsvpc", "host"} else {}), **each}
        for each in container.get("portMappings", ())
    ]
    added = {"cpu": 0, "essential": True, "environment": [], "mountPoints": [], "volumesFrom": [], "systemControls": []}
    return {**added, **container, "portMappings": ports}


def _units(text: str) -> int:
    """ECS takes 1024, "1024", "1 vCPU" and "1 GB"."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(vcpu|gb)?\s*", str(text), re.IGNORECASE)
    if found is None:
        raise client_error("Invalid setting for container. The task cpu and memory must be numbers.")
    return int(float(found[1]) * UNITS.get((found[2] or "").lower(), 1))


def refuse(request: Document) -> None:
    """ECS names one fault at a time: the first."""
    for message in _faults(request):
        raise client_error(message)


def _faults(request: Document) -> Iterator[str]:
    if not FAMILY.fullmatch(request["family"]):
        yield "Family contains invalid characters. Valid characters are letters (uppercase and lowercase), numbers, hyphens, and underscores."
    containers = request["containerDefinitions"]
    if not containers:
        yield "Container list cannot be empty."
    names = [each.get("name", "") for each in containers]
    yield from ("Container.name should not be null or empty." for name in names if not name)
    if len(set(names)) < len(names):
        yield f"Duplicate container name found: {next(name for name in names if names.count(name) > 1)}"
    yield from ("Container.image should not be null or empty." for each in containers if not each.get("image"))
    if not any(each.get("essential", True) for each in containers):
        yield "A task definition must have at least one essential container."
    for each in containers:
        yield from _container_faults(each, set(names))
    if "FARGATE" in request.get("requiresCompatibilities", ()):
        yield from _fargate(request)


def _container_faults(container: Document, names: set[str]) -> Iterator[str]:
    variables = {each.get("name") for each in container.get("environment", ())}
    for each in container.get("secrets", ()):
        if each["name"] in variables:
            yield f"The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '{each['name']}'."
    for each in container.get("dependsOn", ()):
        if each["containerName"] not in names:
            yield f"Container {container['name']} depends on container {each['containerName']} which does not exist in the task definition."


def _fargate(request: Document) -> Iterator[str]:
    if request.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode 'awsvpc'."
    for key in ("cpu", "memory"):
        if key not in request:
            yield f"Fargate requires that '{key}' be defined at the task level."
    cpu, memory = _units(request["cpu"]), _units(request["memory"])
    if memory not in FARGATE_MEMORY.get(cpu, ()) and memory not in LARGEST.get(cpu, ()):
        yield f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
    if "executionRoleArn" in request:
        return
    for each in request["containerDefinitions"]:
        if each.get("secrets"):
            yield "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
        if each.get("logConfiguration", {}).get("logDriver") == "awslogs":
            yield "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        if ".dkr.ecr." in each["image"]:
            yield "Fargate requires task definition to have execution role ARN to support ECR images."


def describe_task_definition(region: Region, request: Document, now: float) -> Document:
    del now
    found = region.definition(request["taskDefinition"])
    return {"taskDefinition": found.document, **({"tags": list(found.tags)} if "TAGS" in request.get("include", ()) else {})}


def deregister_task_definition(region: Region, request: Document, now: float) -> Document:
    if ":" not in request["taskDefinition"].rpartition("/")[2]:
        raise client_error("Revision is missing.")
    document = region.definition(request["taskDefinition"]).document
    if document["status"] == "ACTIVE":
        document["status"], document["deregisteredAt"] = "INACTIVE", now
    return {"taskDefinition": document}


def delete_task_definitions(region: Region, request: Document, now: float) -> Document:
    deleted, failures = [], []
    for each in request["taskDefinitions"]:
        document = region.definition(each).document
        if document["status"] == "ACTIVE":
            failures.append(
                {
                    "arn": document["taskDefinitionArn"],
                    "reason": "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
                }
            )
        else:
            document["status"], document["deleteRequestedAt"] = "DELETE_IN_PROGRESS", now
            deleted.append(document)
    return {"taskDefinitions": deleted, "failures": failures}


def list_task_definitions(region: Region, request: Document, now: float) -> Document:
    """Ordered by family, then revision; familyPrefix is the whole name of a family, as in ECS."""
    del now
    status, family = request.get("status", "ACTIVE"), request.get("familyPrefix")
    found = [each.document for name in sorted(region.families) if family in {None, name} for each in region.families[name]]
    arns = [each["taskDefinitionArn"] for each in found if each["status"] == status]
    arns = arns[::-1] if request.get("sort") == "DESC" else arns
    return page(arns, request, "taskDefinitionArns", 100)


def list_task_definition_families(region: Region, request: Document, now: float) -> Document:
    del now
    status, prefix = request.get("status", "ACTIVE"), request.get("familyPrefix", "")
    names = []
    for name, revisions in sorted(region.families.items()):
        active = any(each.document["status"] == "ACTIVE" for each in revisions)
        if name.startswith(prefix) and (status == "ALL" or (status == "ACTIVE") == active):
            names.append(name)
    return page(names, request, "families", 100)


def page(items: list[str] | list[Document], request: Document, key: str, most: int) -> Document:
    """One page; the token is where the next one begins."""
    start, size = int(request.get("nextToken") or 0), min(int(request.get("maxResults") or most), most)
    more = {"nextToken": str(start + size)} if len(items) > start + size else {}
    return {key: list(items[start : start + size]), **more}
