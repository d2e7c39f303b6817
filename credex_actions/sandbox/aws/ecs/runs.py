"""ECS operations on tasks: RunTask, StopTask, ListTasks, DescribeTasks."""

from credex_actions.sandbox.aws.ecs.account import unassumable
from credex_actions.sandbox.aws.ecs.records import Document, Task
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.task_definitions import page
from credex_actions.sandbox.aws.ecs.tasks import ask_to_stop, described, new_task
from credex_actions.sandbox.aws.refusals import client_error, invalid

MOST_TASKS = 10
STOPPED_ARE_KEPT = 3600
"""Seconds for which ECS still describes a stopped task."""


def run_task(region: Region, request: Document, now: float) -> Document:
    cluster = region.cluster(request.get("cluster"))
    token = ("RunTask", request.get("clientToken", ""))
    if token[1] and token in region.answered:
        return {
            "tasks": [described(region, region.tasks[each], include_tags=True) for each in region.answered[token]["tasks"]],
            "failures": [],
        }
    found = region.runnable(request["taskDefinition"])
    _refuse(region, found.document, request)
    tags = list(request.get("tags", []))
    tags += found.tags if request.get("propagateTags") == "TASK_DEFINITION" else []
    settings = {key: value for key, value in request.items() if key not in {"taskDefinition", "cluster", "clientToken", "count"}} | {
        "tags": tags
    }
    settings.setdefault("launchType", "EC2")
    if "capacityProviderStrategy" in request:
        settings["capacityProvider"] = request["capacityProviderStrategy"][0]["capacityProvider"]
    tasks = [new_task(region, cluster.name, found.document, dict(settings), now) for _ in range(request.get("count", 1))]
    if token[1]:
        region.answered[token] = {"tasks": [task.id for task in tasks]}
    return {"tasks": [described(region, task, include_tags=True) for task in tasks], "failures": []}


def _refuse(region: Region, definition: Document, request: Document) -> None:
    if not 1 <= request.get("count", 1) <= MOST_TASKS:
        raise invalid("Task count must be between 1 and 10.")
    if definition.get("networkMode") == "awsvpc" and "awsvpcConfiguration" not in request.get("networkConfiguration", {}):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    names = {each["name"] for each in definition["containerDefinitions"]}
    for each in request.get("overrides", {}).get("containerOverrides", ()):
        if each.get("name") not in names:
            raise invalid(f"Override for container named {each.get('name')} is not a container in the TaskDefinition.")
    volumes = {each["name"] for each in definition.get("volumes", ()) if each.get("configuredAtLaunch")}
    for each in request.get("volumeConfigurations", ()):
        if each["name"] not in volumes:
            raise invalid(f"The volume {each['name']} in volumeConfigurations is not configured at launch in the task definition.")
    if refusal := unassumable(region.account, region.name, definition):
        raise client_error(refusal)


def stop_task(region: Region, request: Document, now: float) -> Document:
    task = region.task(request.get("cluster"), request["task"])
    reason = request.get("reason", "")
    ask_to_stop(task, "UserInitiated", f"Task stopped by user: {reason}" if reason else "Task stopped by user", now)
    return {"task": described(region, task)}


def describe_tasks(region: Region, request: Document, now: float) -> Document:
    cluster = region.cluster(request.get("cluster"))
    found, failures = [], []
    for each in request["tasks"]:
        task = region.find_task(request.get("cluster"), each)
        if task is None or _forgotten(task, now):
            failures.append({"arn": region.arn(f"task/{cluster.name}/{each.rpartition('/')[2]}"), "reason": "MISSING"})
        else:
            found.append(described(region, task, "TAGS" in request.get("include", ())))
    return {"tasks": found, "failures": failures}


def _forgotten(task: Task, now: float) -> bool:
    return task.ended and now - task.times["stoppedAt"] > STOPPED_ARE_KEPT


def list_tasks(region: Region, request: Document, now: float) -> Document:
    cluster = region.cluster(request.get("cluster"))
    wanted = request.get("desiredStatus", "RUNNING")
    chosen = [
        task for task in region.tasks.values() if task.cluster == cluster.name and task.desired == wanted and not _forgotten(task, now)
    ]
    if "serviceName" in request:
        service = region.service(request.get("cluster"), request["serviceName"])
        chosen = [task for task in chosen if task.service == service.name]
    if "family" in request:
        chosen = [task for task in chosen if task.definition["family"] == request["family"]]
    if "startedBy" in request:
        chosen = [task for task in chosen if (task.deployment or task.request.get("startedBy")) == request["startedBy"]]
    if "launchType" in request:
        chosen = [task for task in chosen if task.request.get("launchType") == request["launchType"]]
    if request.get("containerInstance"):
        chosen = []
    return page([task.arn for task in chosen], request, "taskArns", 100)
