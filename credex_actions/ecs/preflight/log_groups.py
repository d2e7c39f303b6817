"""Log groups of the awslogs driver: a task whose group is missing does not start."""

from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding, PathStep, Unreadable, no_region, tried


def look(clients: Clients, definition: Mapping[str, Any], _service: Mapping[str, Any] | None) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None], Any] = {}
    for index, container in enumerate(definition.get("containerDefinitions", ())):
        configuration = container.get("logConfiguration") or {}
        options = configuration.get("options") or {}
        group, region = options.get("awslogs-group"), options.get("awslogs-region")
        if configuration.get("logDriver") != "awslogs" or not group:
            continue
        if odd := no_region("awslogs-region", region, ("containerDefinitions", index, "logConfiguration", "options", "awslogs-region")):
            yield odd
            continue
        if (group, region) not in seen:
            seen[group, region] = tried(("ResourceNotFoundException",), _exists, clients, group, region)
        path = ("containerDefinitions", index, "logConfiguration", "options", "awslogs-group")
        yield judge(f"log group {group}", seen[group, region], created=options.get("awslogs-create-group") == "true", path=path)


def _exists(clients: Clients, group: str, region: str | None) -> str | None:
    pages = clients.read("logs", region).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
    names = (each["logGroupName"] for page in pages for each in page["logGroups"])
    return next((name for name in names if name == group), None)


def judge(subject: str, found: str | Unreadable | None, *, created: bool, path: tuple[PathStep, ...]) -> Finding:
    if isinstance(found, Unreadable):
        return Finding(subject, "skipped", found.why, path=path)
    if found is None and created:
        return Finding(
            subject, "ok", "does not exist; the first task creates it (awslogs-create-group) if its execution role is allowed to", path=path
        )
    if found is None:
        hint = "Create it, or set the option awslogs-create-group to true."
        return Finding(subject, "fault", "does not exist, so no task can start", hint, path)
    return Finding(subject, "ok", "exists", path=path)
