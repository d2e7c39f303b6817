"""Tasks as they are made, asked to stop, and moved on: what becomes of a record when a move of task_life happens."""

from typing import Any

from credex_actions.sandbox.aws.ecs.account import image_annotation, image_digest
from credex_actions.sandbox.aws.ecs.deciding.task_life import Becomes, Exits, Health, InService, Move, Stops
from credex_actions.sandbox.aws.ecs.images import behaviour_of
from credex_actions.sandbox.aws.ecs.records import Container, Document, Task
from credex_actions.sandbox.aws.ecs.region import Region, new_task_id

TIMES = {"RUNNING": "startedAt", "STOPPING": "executionStoppedAt", "STOPPED": "stoppedAt"}


def new_task(region: Region, cluster: str, definition: Document, request: Document, now: float) -> Task:
    """`request`: what RunTask was given, or what the service runs its tasks by."""
    identifier = new_task_id()
    overrides = {each["name"]: each for each in request.get("overrides", {}).get("containerOverrides", ())}
    containers = [_container(each, overrides.get(each["name"], {})) for each in definition["containerDefinitions"]]
    task = Task(
        id=identifier,
        arn=region.arn(f"task/{cluster}/{identifier}"),
        cluster=cluster,
        definition=definition,
        containers=containers,
        created=now,
        request=request,
    )
    region.tasks[identifier] = task
    return task


def _container(definition: Document, override: Document) -> Container:
    environment = {each["name"]: each.get("value", "") for each in [*definition.get("environment", ()), *override.get("environment", ())]}
    ports = [each["containerPort"] for each in definition.get("portMappings", ()) if "containerPort" in each]
    return Container(
        name=definition["name"],
        image=definition["image"],
        essential=definition.get("essential", True),
        behaviour=behaviour_of(definition["image"], environment.get("SANDBOX", "") or image_annotation(definition["image"])),
        port=ports[0] if ports else None,
        checked="healthCheck" in definition,
        digest=image_digest(definition["image"]),
    )


def ask_to_stop(task: Task, code: str, reason: str, now: float) -> None:
    """Asked a second time it changes nothing: the first reason is the one that ECS keeps."""
    if task.desired == "STOPPED":
        return
    task.desired, task.stop_code, task.reason = "STOPPED", code, reason
    task.times["stoppingAt"] = now


def apply(task: Task, move: Move, now: float) -> None:
    """The record after a move."""
    match move:
        case Becomes(status=status):
            _become(task, status, now)
        case Stops(code=code, reason=reason):
            ask_to_stop(task, code, reason, now)
            if not task.times.get("startedAt"):
                _become(task, "DEPROVISIONING", now)
        case Exits(container=name, code=code, reason=reason):
            container = named(task, name)
            container.status, container.exit_code, container.reason = "STOPPED", code, reason
        case Health(container=name, health=health):
            named(task, name).health = health
        case InService(group=group, state=state):
            for target in task.targets:
                if target.group == group:
                    target.state = state


def named(task: Task, name: str) -> Container:
    return next(each for each in task.containers if each.name == name)


def _become(task: Task, status: str, now: float) -> None:
    task.status, task.age = status, 0
    if status in TIMES:
        task.times.setdefault(TIMES[status], now)
    if status == "PENDING":
        task.times["pullStartedAt"] = now
    if status == "RUNNING":
        task.times["pullStoppedAt"] = task.times["connectivityAt"] = now
    for container in task.containers:
        if status == "RUNNING":
            container.status = "RUNNING"
        elif status == "DEPROVISIONING" and container.status != "STOPPED":
            container.status = "STOPPED"
            if "startedAt" in task.times:
                container.exit_code = container.behaviour.stopped_code


def described(region: Region, task: Task, include_tags: bool = False) -> Document:
    """DescribeTasks' record."""
    request, definition = task.request, task.definition
    answer: dict[str, Any] = {
        "attachments": _attachments(task),
        "attributes": [
            {"name": "ecs.cpu-architecture", "value": definition.get("runtimePlatform", {}).get("cpuArchitecture", "x86_64").lower()}
        ],
        "availabilityZone": f"{region.name}a",
        "clusterArn": region.arn(f"cluster/{task.cluster}"),
        "containers": [_described_container(task, each) for each in task.containers],
        "createdAt": task.created,
        "desiredStatus": task.desired,
        "enableExecuteCommand": request.get("enableExecuteCommand", False),
        "group": request.get("group") or f"family:{definition['family']}",
        "healthStatus": task.health,
        "lastStatus": task.status,
        "launchType": request.get("launchType", "FARGATE"),
        "overrides": {"containerOverrides": [{"name": each.name} for each in task.containers], "inferenceAcceleratorOverrides": []}
        | request.get("overrides", {}),
        "tags": list(request.get("tags", [])) if include_tags else [],
        "taskArn": task.arn,
        "taskDefinitionArn": definition["taskDefinitionArn"],
        "version": len(task.times) + 1,
        **task.times,
    }
    if request.get("launchType", "FARGATE") == "FARGATE":
        answer |= {
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "ephemeralStorage": definition.get("ephemeralStorage", {"sizeInGiB": 20}),
        }
    answer |= {key: definition[key] for key in ("cpu", "memory") if key in definition}
    answer |= {"connectivity": "CONNECTED"} if "connectivityAt" in task.times else {}
    answer |= {"startedBy": task.deployment or request.get("startedBy")} if task.deployment or request.get("startedBy") else {}
    answer |= {"capacityProviderName": request["capacityProvider"]} if "capacityProvider" in request else {}
    answer |= {"stopCode": task.stop_code, "stoppedReason": task.reason} if task.stop_code else {}
    return answer


def _described_container(task: Task, container: Container) -> Document:
    answer: dict[str, Any] = {
        "containerArn": f"{task.arn.replace(':task/', ':container/')}/{container.name}",
        "taskArn": task.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": container.status,
        "networkBindings": [],
        "networkInterfaces": [{"attachmentId": f"eni-{task.id}", "privateIpv4Address": task.address}] if task.address else [],
        "healthStatus": container.health,
        "cpu": "0",
    }
    answer |= {"imageDigest": container.digest} if container.digest and "pullStoppedAt" in task.times else {}
    answer |= {"runtimeId": f"{task.id}-{abs(hash(container.name)) % 10**10:010d}"} if "startedAt" in task.times else {}
    answer |= {"exitCode": container.exit_code} if container.exit_code is not None else {}
    reason = container.reason or (task.reason if task.reason.startswith("CannotPull") and task.stop_code == "TaskFailedToStart" else "")
    return answer | ({"reason": reason} if reason else {})


def _attachments(task: Task) -> list[Document]:
    network = task.request.get("networkConfiguration", {}).get("awsvpcConfiguration")
    found: list[Document] = []
    if network:
        details = [{"name": "subnetId", "value": network["subnets"][0]}, {"name": "networkInterfaceId", "value": f"eni-{task.id[:17]}"}]
        details += [{"name": "privateIPv4Address", "value": task.address}] if task.address else []
        states = {"PROVISIONING": "PRECREATED", "STOPPED": "DELETED"}
        found.append(
            {"id": f"eni-{task.id}", "type": "ElasticNetworkInterface", "status": states.get(task.status, "ATTACHED"), "details": details}
        )
    for volume in task.request.get("volumeConfigurations", ()):
        settings = volume["managedEBSVolume"]
        details = [{"name": "volumeName", "value": volume["name"]}, {"name": "roleArn", "value": settings["roleArn"]}]
        found.append(
            {
                "id": f"ebs-{task.id}",
                "type": "AmazonElasticBlockStorage",
                "status": "DELETED" if task.ended else "ATTACHED",
                "details": details,
            }
        )
    return found
