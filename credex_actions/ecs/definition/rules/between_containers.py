"""What ECS demands between the containers of a task: their ports, whom they wait for, where their logs go. Built like of_task."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from credex_actions.core.text import listed
from credex_actions.ecs.definition.misfit import Misfit
from credex_actions.ecs.definition.parts import containers, network_mode, number, on_fargate, part, parts, text

if TYPE_CHECKING:
    from credex_actions.core.documents.places import Path

Definition = Mapping[str, Any]


def ports(definition: Definition) -> Iterator[Misfit]:
    """Rule: "For task definitions that use the awsvpc network mode, only specify the containerPort. The hostPort can be left blank or it
    must be the same value as the containerPort." Likewise for host. (ECS API, PortMapping)
    """
    for path, container in containers(definition):
        for place, mapping in parts(container, "portMappings", path):
            inside, outside = number(mapping, "containerPort"), number(mapping, "hostPort")
            for member, port in (("containerPort", inside), ("hostPort", outside)):
                if port is not None and not 0 <= port <= 65535:  # noqa: PLR2004 - TCP
                    yield Misfit((*place, member), f"{port} is not a port", "Ports go from 1 to 65535.")
            if network_mode(definition) in {"awsvpc", "host"} and outside and inside is not None and outside != inside:  # 0: not given
                yield Misfit(
                    (*place, "hostPort"),
                    f"is {outside}, the containerPort {inside}: in {network_mode(definition)} mode they are the same",
                    "Remove hostPort.",
                )


def ports_of_the_host(definition: Definition) -> Iterator[Misfit]:
    """A port of the host serves one container: a task that maps it twice can be placed nowhere. In awsvpc mode nothing of the host is mapped."""
    if network_mode(definition) == "awsvpc":
        return
    taken: dict[tuple[int, str], str] = {}
    for path, container in containers(definition):
        for place, mapping in parts(container, "portMappings", path):
            port, protocol = number(mapping, "hostPort"), text(mapping, "protocol") or "tcp"
            owner = text(container, "name") or "a container"
            if port and (port, protocol) in taken:
                what = f"the host's port {port} ({protocol}) is mapped twice: for {taken[port, protocol]} and for {owner}"
                yield Misfit((*place, "hostPort"), what, "Use another port for one of them, or 0 for a dynamic one.")
            elif port:
                taken[port, protocol] = owner


def dependencies(definition: Definition) -> Iterator[Misfit]:
    """Rule: "HEALTHY - This condition validates that the dependent container passes its Docker health check … requires that the dependent
    container has health checks configured." "This condition can't be set on an essential container." (COMPLETE, SUCCESS) (ECS API,
    ContainerDependency)
    """
    known = {text(container, "name"): container for _, container in containers(definition)}
    waits: dict[str, list[str]] = {}
    links: dict[tuple[str, str], Path] = {}
    for path, container in containers(definition):
        for place, dependency in parts(container, "dependsOn", path):
            name, condition = text(dependency, "containerName"), text(dependency, "condition")
            waits.setdefault(text(container, "name"), []).append(name)
            links[text(container, "name"), name] = place
            if name and name not in known:
                yield Misfit((*place, "containerName"), f"there is no container {name}", f"The containers are {listed(sorted(known))}.")
            elif condition == "HEALTHY" and name and not known[name].get("healthCheck"):
                yield Misfit(
                    (*place, "condition"), f"is HEALTHY, but {name} has no health check", f"Add a healthCheck to {name}, or use START."
                )
            elif condition in {"COMPLETE", "SUCCESS"} and name and known[name].get("essential") is not False:
                yield Misfit(
                    (*place, "condition"),
                    f"is {condition}, but {name} is essential: the task would stop with it",
                    f'Set "essential": false for {name}.',
                )
    for circle in _circles(waits):
        what = f"dependsOn is circular, so the containers wait for each other: {' -> '.join(map(str, circle))}"
        yield Misfit(links[circle[0], circle[1]], what, "Remove one of these dependencies.")


def _circles(waits: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """The first circle that each container is part of, told once."""
    told: set[frozenset[str]] = set()
    for start in waits:
        trail, todo = {start: ""}, [start]
        while todo:
            here = todo.pop()
            for there in waits.get(here, ()):
                if there == start:
                    circle = [here]
                    while trail[circle[-1]]:
                        circle.append(trail[circle[-1]])
                    members = frozenset(circle)
                    if members not in told:
                        told.add(members)
                        yield [*reversed(circle), start]
                    todo.clear()
                    break
                if there not in trail:
                    trail[there] = here
                    todo.append(there)


def log_router(definition: Definition) -> Iterator[Misfit]:
    """The driver awsfirelens hands a container's log to the task's log router, the container that has a firelensConfiguration. (ECS developer
    guide, "Send Amazon ECS logs to an AWS service or AWS Partner")
    """
    found = containers(definition)
    if any(part(container, "firelensConfiguration") for _, container in found):
        return
    for path, container in found:
        if text(part(container, "logConfiguration"), "logDriver") == "awsfirelens":
            yield Misfit(
                (*path, "logConfiguration", "logDriver"),
                "is awsfirelens, but no container has a firelensConfiguration",
                'Add the log router: a container with "firelensConfiguration": {"type": "fluentbit"}.',
            )


def logging(definition: Definition) -> Iterator[Misfit]:
    """Rule: "For tasks on Fargate, the supported log drivers are awslogs, splunk, and awsfirelens." (ECS API, LogConfiguration) "awslogs-group
    Required: Yes" "awslogs-stream-prefix Required: Yes, when using Fargate." (ECS API, LogConfiguration, options)
    """
    for path, container in containers(definition):
        configuration = part(container, "logConfiguration")
        driver, place = text(configuration, "logDriver"), (*path, "logConfiguration")
        if not on_fargate(definition) or not driver:
            continue
        if driver not in {"awslogs", "splunk", "awsfirelens"}:
            yield Misfit((*place, "logDriver"), f"{driver} is not supported on Fargate", "Use awslogs, splunk or awsfirelens.")
        options = part(configuration, "options")
        missing = [name for name in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix") if not options.get(name)]
        if driver == "awslogs" and missing:
            yield Misfit(
                (*place, "options") if options else place,
                f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
                "awslogs needs these options on Fargate.",
            )


RULES_BETWEEN: Final = (
    ports,
    ports_of_the_host,
    dependencies,
    log_router,
    logging,
)
