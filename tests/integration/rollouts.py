"""What tests of deployments on the sandbox say again and again."""

import json
import urllib.request
from typing import Any

from credex_actions.sandbox import Provisioned, Sandbox


def register(sandbox: Sandbox, where: Provisioned, tag: str, **members: Any) -> str:
    """The ARN of a new revision whose image has this tag; the image is pushed."""
    image = sandbox.push_image(where.repository, tag)
    return str(sandbox.client("ecs").register_task_definition(**where.definition(image, **members))["taskDefinition"]["taskDefinitionArn"])


def deploy(sandbox: Sandbox, where: Provisioned, tag: str = "", **changes: Any) -> str:
    """UpdateService, with a new revision of this tag if there is one; the ARN of the service deployment that it starts."""
    if tag:
        changes["taskDefinition"] = register(sandbox, where, tag)
    updated = sandbox.client("ecs").update_service(cluster=where.cluster, service=where.service, **changes)["service"]
    return str(updated["currentServiceDeployment"])


def rollout(sandbox: Sandbox, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    return found


def ended(sandbox: Sandbox, arn: str) -> dict[str, Any]:
    """The service deployment once it has finished."""
    sandbox.until(lambda: "finishedAt" in rollout(sandbox, arn), f"the end of {arn}")
    return rollout(sandbox, arn)


def service(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.client("ecs").describe_services(cluster=where.cluster, services=[where.service])["services"][0]
    return found


def messages(sandbox: Sandbox, where: Provisioned) -> list[str]:
    """The service's events, oldest first, without the service's name."""
    return [each["message"].removeprefix(f"(service {where.service}) ") for each in reversed(service(sandbox, where)["events"])]


def stopped_tasks(sandbox: Sandbox, where: Provisioned, **chosen: str) -> list[dict[str, Any]]:
    ecs = sandbox.client("ecs")
    arns = ecs.list_tasks(cluster=where.cluster, desiredStatus="STOPPED", **(chosen or {"serviceName": where.service}))["taskArns"]
    found: list[dict[str, Any]] = ecs.describe_tasks(cluster=where.cluster, tasks=arns)["tasks"] if arns else []
    return found


def health(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
