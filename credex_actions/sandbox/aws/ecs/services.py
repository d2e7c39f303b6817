"""ECS operations on services."""

from typing import Final
from uuid import uuid4

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ecs import deployments
from credex_actions.sandbox.aws.ecs.records import Document, Service, moment
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.task_definitions import page
from credex_actions.sandbox.aws.ecs.task_sets import described as described_task_set
from credex_actions.sandbox.aws.ecs.tasks import ask_to_stop
from credex_actions.sandbox.aws.refusals import Refusal, invalid

KEPT: Final = [
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "tags",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "placementConstraints",
    "placementStrategy",
    "taskDefinition",
    "availabilityZoneRebalancing",
    "vpcLatticeConfigurations",
]
STARTS_DEPLOYMENT: Final = [
    "taskDefinition",
    "platformVersion",
    "networkConfiguration",
    "capacityProviderStrategy",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
]
"""Members whose change makes UpdateService start a deployment. Source: ECS API reference, UpdateService."""


def create_service(region: Region, request: Document, now: float) -> Document:
    cluster = region.cluster(request.get("cluster"))
    name = request["serviceName"]
    found = region.services.get((cluster.name, name))
    if found is not None and found.status == "ACTIVE":
        if request.get("clientToken") and found.token == request["clientToken"]:
            return {"service": described(region, found, {"TAGS"})}
        raise invalid("Creation of service was not idempotent.")
    fields = {key: request[key] for key in KEPT if key in request}
    controller = fields.get("deploymentController", {}).get("type", "ECS")
    if "taskDefinition" in fields:
        fields["taskDefinition"] = region.runnable(fields["taskDefinition"]).document["taskDefinitionArn"]
    elif controller == "ECS":
        raise invalid("TaskDefinition cannot be empty.")
    _check(region, fields, controller)
    fields["deploymentConfiguration"] = _configuration({}, request.get("deploymentConfiguration", {}))
    if "capacityProviderStrategy" not in fields and controller != "EXTERNAL":
        fields.setdefault("launchType", "EC2")
    if fields.get("launchType") == "FARGATE":
        fields.setdefault("platformVersion", "LATEST")
    fields.setdefault("tags", [])
    arn = region.arn(f"service/{cluster.name}/{name}")
    service = Service(name, arn, cluster.name, request.get("desiredCount", 0), now, fields, token=request.get("clientToken", ""))
    region.services[cluster.name, name] = service
    if controller == "ECS":
        deployments.start(region, service, now)
    elif controller == "CODE_DEPLOY":
        from credex_actions.sandbox.aws.ecs.task_sets import first_task_set

        first_task_set(region, service, now)
    return {"service": described(region, service, {"TAGS"})}


def _configuration(former: Document, given: Document) -> Document:
    defaults = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0}
    return {**defaults, "deploymentCircuitBreaker": {"enable": False, "rollback": False}, **former, **given}


def _check(region: Region, fields: Document, controller: str) -> None:
    if "taskDefinition" not in fields:
        return
    definition = region.definition(fields["taskDefinition"]).document
    if fields.get("healthCheckGracePeriodSeconds") and not fields.get("loadBalancers"):
        raise invalid("Health check grace period is only valid for services configured to use load balancers")
    if fields.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        what = "a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again."
        raise invalid(f"The service couldn't be updated because {what}")
    awsvpc = definition.get("networkMode") == "awsvpc"
    if awsvpc and controller == "ECS" and "awsvpcConfiguration" not in fields.get("networkConfiguration", {}):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if fields.get("launchType") == "FARGATE" and "FARGATE" not in definition["compatibilities"]:
        raise invalid("Task definition does not support launch_type FARGATE.")
    containers = {each["name"]: each for each in definition["containerDefinitions"]}
    volumes = {each["name"] for each in definition.get("volumes", ()) if each.get("configuredAtLaunch")}
    for each in fields.get("volumeConfigurations", ()):
        if each["name"] not in volumes:
            raise invalid(f"The volume {each['name']} in volumeConfigurations is not configured at launch in the task definition.")
    groups = backend("elbv2", region.account, region.name).target_groups
    for each in fields.get("loadBalancers", ()):
        container = containers.get(each.get("containerName", ""))
        if container is None:
            raise invalid(f"The container {each.get('containerName')} does not exist in the task definition.")
        if each["containerPort"] not in [port["containerPort"] for port in container["portMappings"]]:
            raise invalid(f"The container {each['containerName']} did not have a container port {each['containerPort']} defined.")
        if "targetGroupArn" in each and each["targetGroupArn"] not in groups:
            raise invalid(f"The specified target group does not exist: {each['targetGroupArn']}")


def update_service(region: Region, request: Document, now: float) -> Document:
    service = region.service(request.get("cluster"), request["service"])
    if service.status != "ACTIVE":
        raise Refusal("ServiceNotActiveException", "Service was not ACTIVE.")
    fields = {key: request[key] for key in KEPT if key in request}
    if "taskDefinition" in fields:
        fields["taskDefinition"] = region.runnable(fields["taskDefinition"]).document["taskDefinitionArn"]
    if service.controller != "ECS":
        _refuse_elsewhere(service, request)
    _check(region, service.fields | fields, service.controller)
    changed = [key for key in STARTS_DEPLOYMENT if key in fields and fields[key] != service.fields.get(key)]
    service.fields |= fields
    if "capacityProviderStrategy" in fields:
        service.fields.pop("launchType", None)
    service.fields["deploymentConfiguration"] = _configuration(service.configuration, request.get("deploymentConfiguration", {}))
    if "desiredCount" in request and request["desiredCount"] != service.desired:
        service.desired, service.steady = request["desiredCount"], False
        for each in [each for each in (service.primary, *service.task_sets) if each]:
            each.updated = now
            each.desired = service.desired
    if service.controller == "ECS" and (changed or request.get("forceNewDeployment")):
        deployments.start(region, service, now)
    return {"service": described(region, service, {"TAGS"})}


def _refuse_elsewhere(service: Service, request: Document) -> None:
    """What services of other deployment controllers do not take. Source: ECS API reference, UpdateService."""
    names = {
        "taskDefinition": "task definition",
        "networkConfiguration": "network configuration",
        "platformVersion": "platform version",
        "loadBalancers": "load balancers",
    }
    for key, words in names.items():
        if key in request:
            remedy = " Use AWS CodeDeploy to trigger a new deployment." if service.controller == "CODE_DEPLOY" else ""
            raise invalid(f"Unable to update {words} on services with a {service.controller} deployment controller.{remedy}")
    if request.get("forceNewDeployment"):
        raise invalid(f"Cannot force a new deployment on services with a {service.controller} deployment controller.")


def delete_service(region: Region, request: Document, now: float) -> Document:
    service = region.service(request.get("cluster"), request["service"])
    if service.status != "ACTIVE":
        raise Refusal("ServiceNotFoundException", "Service not found.")
    if service.desired > 0 and not request.get("force"):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    service.status, service.desired = "DRAINING", 0
    for task in region.tasks_of(service):
        ask_to_stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (service {service.name})", now)
    if (rollout := service.rollout) is not None:
        deployments.stopped(rollout, "STOPPED", "The service was deleted.", now)
    service.say(str(uuid4()), "has begun draining.", now)
    return {"service": described(region, service, set())}


def describe_services(region: Region, request: Document, now: float) -> Document:
    del now
    cluster = region.cluster(request.get("cluster"))
    found, failures = [], []
    for each in request["services"]:
        service = region.find_service(request.get("cluster"), each)
        if service is None:
            failures.append({"arn": region.arn(f"service/{cluster.name}/{each.rpartition('/')[2]}"), "reason": "MISSING"})
        else:
            found.append(described(region, service, set(request.get("include", ()))))
    return {"services": found, "failures": failures}


def list_services(region: Region, request: Document, now: float) -> Document:
    del now
    cluster = region.cluster(request.get("cluster"))
    found = [each for each in region.services.values() if each.cluster == cluster.name and each.status != "INACTIVE"]
    kinds = [each.arn for each in found if request.get("launchType") in {None, each.fields.get("launchType")}]
    return page(kinds, {"maxResults": 10} | request, "serviceArns", 100)


def described(region: Region, service: Service, include: set[str]) -> Document:
    tasks = region.tasks_of(service)
    counted = [task for task in tasks if task.counts]
    fields = {
        key: value
        for key, value in service.fields.items()
        if key not in {"tags", "serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"}
    }
    answer = {
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "propagateTags": "NONE",
        "enableExecuteCommand": False,
        **fields,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": region.arn(f"cluster/{service.cluster}"),
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": sum(task.running for task in counted),
        "pendingCount": sum(not task.running for task in counted),
        "deployments": [deployments.described(service, each, tasks) for each in service.deployments],
        "events": list(service.events),
        "createdAt": moment(service.created),
        "createdBy": f"arn:aws:iam::{region.account}:root",
    }
    if "TAGS" in include:
        answer["tags"] = list(service.fields.get("tags", []))
    if service.controller == "ECS" and (current := service.rollout) is not None:
        answer["currentServiceDeployment"] = current.arn
    if service.controller == "ECS":
        answer["currentServiceRevisions"] = [deployments.summary(region, service, each) for each in service.deployments]
    else:
        answer["taskSets"] = [described_task_set(region, service, each) for each in service.task_sets]
    return answer
