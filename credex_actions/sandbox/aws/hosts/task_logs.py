"""The lines that tasks write, put into moto's CloudWatch Logs under the name that awslogs gives a stream: prefix/container/task id."""

from collections.abc import Sequence
from typing import Final

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ecs.records import Container, Document, Task

TRACE: Final = (
    "Error: Cannot find module './config'",
    "Require stack:",
    "- /app/dist/index.js",
    "    at Module._resolveFilename (node:internal/modules/cjs/loader:1140:15)",
    "    at Object.<anonymous> (/app/dist/index.js:12:16)",
    "    at node:internal/main/run_main_module:28:49",
    "Node.js v20.11.1",
)


def first_lines(container: Container) -> list[str]:
    if container.behaviour.listens and container.port:
        return [f"> {container.name} {container.image.rsplit('/', 1)[-1]}", f"Server is listening on port {container.port}"]
    return [f"> {container.name} {container.image.rsplit('/', 1)[-1]}"]


def last_lines(container: Container) -> list[str]:
    behaviour = container.behaviour
    if behaviour.trace:
        return list(TRACE)
    if behaviour.exits == 0:
        return ["job done"]
    return (
        ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"]
        if "OutOfMemory" in behaviour.reason
        else [f"exiting with code {behaviour.exits}"]
    )


def write(account: str, region: str, task: Task, container: str, lines: Sequence[str], now: float) -> None:
    """Lines of a container without awslogs are lost, as they are in ECS. A group deleted meanwhile loses them too."""
    definition: Document = next(each for each in task.definition["containerDefinitions"] if each["name"] == container)
    configuration = definition.get("logConfiguration", {})
    options = configuration.get("options", {})
    if configuration.get("logDriver") != "awslogs":
        return
    logs = backend("logs", account, options.get("awslogs-region", region))
    group = logs.groups.get(options.get("awslogs-group", ""))
    if group is None:
        return
    stream = f"{options['awslogs-stream-prefix']}/{container}/{task.id}" if "awslogs-stream-prefix" in options else f"{container}/{task.id}"
    if stream not in group.streams:
        group.create_log_stream(stream)
    group.put_log_events(stream, [{"timestamp": int(now * 1000), "message": line} for line in lines])
