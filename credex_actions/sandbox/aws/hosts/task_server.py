"""What answers on a running task's container port: /health as the Express service does, and who it is."""

import asyncio
import json
import time
from collections.abc import Callable

from credex_actions.sandbox.aws.ecs.records import Container, Task
from credex_actions.sandbox.aws.hosts.loopback import Handler, read_head, response


def handler_of(task: Task, container: Container, log: Callable[[str], None]) -> Handler:
    """`log` gets each line that the service would print for a request; health checks are not printed."""
    started = task.times["startedAt"]
    revision = task.definition["taskDefinitionArn"].rpartition("/")[2]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await read_head(reader)).split(b"\r\n", 1)[0].decode("latin-1")
        method, _, rest = line.partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        well = container.behaviour.is_well(time.time() - started)
        who = {"service": task.service, "revision": revision, "image": container.image, "task": task.id}
        if path == "/health":
            status = {"status": "OK", "message": "Service is healthy"} if well else {"status": "ERROR", "message": "Service is unhealthy"}
            answer = response(200 if well else 500, "OK" if well else "Internal Server Error", json.dumps(status | who).encode())
        else:
            log(f"{method} {path}")
            answer = response(200, "OK", json.dumps({"message": "Hello from the sandbox", "path": path} | who).encode())
        writer.write(answer)
        await writer.drain()

    return handle
