"""Whether an image was pushed again under the tag by which a revision names it: the file is the same then, and what it would start is not.

ECS looks a tag up when a deployment begins, and its tasks keep that image. Source: ECS developer guide, "Container image resolution".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Unreadable, tried
from credex_actions.ecs.preflight.images import ECR, in_ecr
from credex_actions.ecs.service.described import Service

MOST_TASKS: Final = 100
"""What one DescribeTasks takes. The tasks of one deployment have one image."""


def pushed_again(clients: Clients, service: Service, definition: Mapping[str, Any], tell: Callable[[str], None]) -> list[str]:
    """Images of `definition`, of which the running tasks of the service's revision have another one than ECR has by now. Others than ECR's, and those named by a digest, are not asked for.

    `tell` hears of what could not be read: of that it is not known.
    """
    named = {each.get("name", ""): match for each in definition.get("containerDefinitions", ()) if (match := _by_tag(each))}
    if not named:
        return []
    tasks = tried((), _tasks, clients, service)
    if isinstance(tasks, Unreadable):
        tell(f"Whether an image was pushed again under its tag is not known: {tasks.why}.")
        return []
    return list(dict.fromkeys(_replaced(clients, named, running(tasks, service.revision), tell)))


def _by_tag(container: Mapping[str, Any]) -> Any:
    found = ECR.fullmatch(str(container.get("image", "")))
    return found if found and not found["digest"] else None


def _tasks(clients: Clients, service: Service) -> list[dict[str, Any]]:
    ecs = clients.read("ecs")
    arns = ecs.list_tasks(cluster=service.cluster, serviceName=service.name, desiredStatus="RUNNING", maxResults=MOST_TASKS)["taskArns"]
    found: list[dict[str, Any]] = ecs.describe_tasks(cluster=service.cluster, tasks=arns)["tasks"] if arns else []
    return found


def running(tasks: list[dict[str, Any]], revision: str) -> dict[str, set[str]]:
    """The digests of the images that the revision's tasks run, by container. Pure."""
    found: dict[str, set[str]] = {}
    for task in tasks:
        for each in task.get("containers", ()) if task.get("taskDefinitionArn") == revision else ():
            if digest := each.get("imageDigest"):
                found.setdefault(each["name"], set()).add(digest)
    return found


def _replaced(clients: Clients, named: Mapping[str, Any], running: Mapping[str, set[str]], tell: Callable[[str], None]) -> Iterator[str]:
    for container, match in named.items():
        image = in_ecr(clients, match) if running.get(container) else None
        if isinstance(image, Unreadable):
            tell(f"Whether {match[0]} was pushed again is not known: {image.why}.")
        elif image and image.digests and not running[container] <= image.digests:
            yield match[0]
