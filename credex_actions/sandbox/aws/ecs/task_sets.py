"""Task sets: what services of the controllers CODE_DEPLOY and EXTERNAL consist of."""

from uuid import uuid4

from credex_actions.sandbox.aws.ecs.deployments import settings_of
from credex_actions.sandbox.aws.ecs.records import Deployment, Document, Service
from credex_actions.sandbox.aws.ecs.region import Region, new_number
from credex_actions.sandbox.aws.ecs.tasks import ask_to_stop
from credex_actions.sandbox.aws.refusals import Refusal, invalid

HUNDRED = {"value": 100.0, "unit": "PERCENT"}


def first_task_set(region: Region, service: Service, now: float) -> Deployment:
    return add(region, service, settings_of(service.fields), {"scale": HUNDRED, "externalId": ""}, now, "PRIMARY")


def add(region: Region, service: Service, settings: Document, document: Document, now: float, status: str = "ACTIVE") -> Deployment:
    del region
    task_set = Deployment(
        id=f"ecs-svc/{new_number()}",
        revision="",
        settings=settings,
        desired=service.desired,
        created=now,
        updated=now,
        status=status,
        document=document,
    )
    service.task_sets.insert(0, task_set)
    return task_set


def computed(service: Service, task_set: Deployment) -> int:
    """How many tasks its scale makes of the service's desired count; ECS rounds up."""
    share = float(task_set.document.get("scale", HUNDRED)["value"])
    return -int(-service.desired * share // 100)


def described(region: Region, service: Service, task_set: Deployment) -> Document:
    own = [task for task in region.tasks_of(service) if task.deployment == task_set.id and task.counts]
    wanted = computed(service, task_set)
    steady = sum(task.ready for task in own) == wanted == len(own)
    keys = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration", "loadBalancers", "serviceRegistries")
    return {
        "id": task_set.id,
        "taskSetArn": arn_of(region, service, task_set),
        "serviceArn": service.arn,
        "clusterArn": region.arn(f"cluster/{service.cluster}"),
        "status": task_set.status,
        "taskDefinition": task_set.definition,
        "computedDesiredCount": wanted,
        "pendingCount": sum(not task.running for task in own),
        "runningCount": sum(task.running for task in own),
        "createdAt": task_set.created,
        "updatedAt": task_set.updated,
        "stabilityStatus": "STEADY_STATE" if steady else "STABILIZING",
        "stabilityStatusAt": task_set.updated,
        "scale": task_set.document.get("scale", HUNDRED),
        **{key: task_set.settings[key] for key in keys if key in task_set.settings},
        **{key: task_set.document[key] for key in ("externalId", "startedBy", "tags") if task_set.document.get(key)},
    }


def arn_of(region: Region, service: Service, task_set: Deployment) -> str:
    return region.arn(f"task-set/{service.cluster}/{service.name}/{task_set.id}")


def _external(region: Region, request: Document) -> Service:
    service = region.service(request.get("cluster"), request["service"])
    if service.controller != "EXTERNAL":
        raise invalid("Task sets can be changed only in services with an EXTERNAL deployment controller.")
    return service


def find(service: Service, name: str) -> Deployment:
    found = next((each for each in service.task_sets if name.endswith(each.id) and name), None)
    if found is None:
        raise Refusal("TaskSetNotFoundException", "The specified task set does not exist.")
    return found


def create_task_set(region: Region, request: Document, now: float) -> Document:
    service = _external(region, request)
    fields = dict(request) | {"taskDefinition": region.runnable(request["taskDefinition"]).document["taskDefinitionArn"]}
    fields.setdefault("launchType", service.fields.get("launchType", "EC2"))
    document = {key: request[key] for key in ("externalId", "tags") if key in request} | {
        "scale": request.get("scale", {"value": 0.0, "unit": "PERCENT"})
    }
    return {"taskSet": described(region, service, add(region, service, settings_of(fields), document, now))}


def update_task_set(region: Region, request: Document, now: float) -> Document:
    service = _external(region, request)
    task_set = find(service, request["taskSet"])
    task_set.document["scale"], task_set.updated = request["scale"], now
    return {"taskSet": described(region, service, task_set)}


def describe_task_sets(region: Region, request: Document, now: float) -> Document:
    del now
    service = region.service(request.get("cluster"), request["service"])
    chosen = [find(service, each) for each in request["taskSets"]] if request.get("taskSets") else service.task_sets
    return {"taskSets": [described(region, service, each) for each in chosen], "failures": []}


def update_service_primary_task_set(region: Region, request: Document, now: float) -> Document:
    service = _external(region, request)
    make_primary(service, find(service, request["primaryTaskSet"]), now)
    return {"taskSet": described(region, service, find(service, request["primaryTaskSet"]))}


def make_primary(service: Service, chosen: Deployment, now: float) -> None:
    for each in service.task_sets:
        each.status = "PRIMARY" if each is chosen else "ACTIVE"
    chosen.updated = now
    service.fields |= chosen.settings


def delete_task_set(region: Region, request: Document, now: float) -> Document:
    service = _external(region, request)
    task_set = find(service, request["taskSet"])
    if task_set.document.get("scale", HUNDRED)["value"] and not request.get("force"):
        raise invalid("The task set cannot be deleted while it is scaled above 0.")
    remove(region, service, task_set, now)
    return {"taskSet": described(region, service, task_set) | {"status": "DRAINING"}}


def remove(region: Region, service: Service, task_set: Deployment, now: float) -> None:
    service.task_sets = [each for each in service.task_sets if each is not task_set]
    for task in region.tasks_of(service):
        if task.deployment == task_set.id:
            ask_to_stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (task-set {task_set.id})", now)
    service.say(str(uuid4()), f"(task-set {task_set.id}) has begun draining.", now)
