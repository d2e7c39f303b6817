"""What ECS demands of the containers of a task definition, and between them. Built like rules_of_task."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from credex_actions.core.origin import reveal
from credex_actions.core.text import listed, one_line
from credex_actions.ecs.definition_parts import containers, network_mode, number, on_fargate, part, parts, secrets_of, text
from credex_actions.ecs.image_names import doubt
from credex_actions.ecs.misfit import DOUBT, WARNING, Misfit
from credex_actions.ecs.other_placeholders import UNFILLED, left_in
from credex_actions.ecs.rules_of_task import size

if TYPE_CHECKING:
    from credex_actions.core.documents import Path

Definition = Mapping[str, Any]


def complete(definition: Definition) -> Iterator[Misfit]:
    """Rule: "All tasks must have at least one essential container." (ECS API, ContainerDefinition, essential) Names are unique in a task."""
    found = containers(definition)
    if found and all(container.get("essential") is False for _, container in found):
        yield Misfit(("containerDefinitions",), "no container is essential", 'Set "essential": true for the one that serves.')
    seen: set[str] = set()
    for path, container in found:
        for member, article in (("name", "a"), ("image", "an")):
            if container.get(member) in (None, ""):
                yield Misfit((*path, member), f"{member} is missing", f"Every container has {article} {member}.")
        name = text(container, "name")
        if name and name in seen:
            yield Misfit((*path, "name"), f"there are two containers {name}", "Give each a name of its own.")
        seen.add(name)


def images(definition: Definition) -> Iterator[Misfit]:
    """ECS takes any text for an image; no task of one that no registry knows can start. Source: see image_names."""
    for path, container in containers(definition):
        image = text(container, "image")
        why = doubt(image) if image else None
        if found := left_in(image):
            yield Misfit((*path, "image"), f"holds {found[:80]}, which nobody filled", UNFILLED, grade=DOUBT if why else WARNING)
        elif why:
            yield Misfit((*path, "image"), f"'{one_line(str(image), 120)}' {why.what}", why.hint, grade=DOUBT)


def variables(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The secret name must be unique and not shared with any new or existing environment variables set on the container." (ECS's answer)

    A variable that stands in environment twice is taken; containers see the last one.
    """
    for path, container in containers(definition):
        seen: dict[str, str] = {}
        for member in ("environment", "secrets"):
            for place, variable in parts(container, member, path):
                name = text(variable, "name")
                if not name:
                    yield Misfit(place, "name is missing or empty", "Every variable has a name.")
                elif seen.get(name) == member == "environment":
                    what = f"the variable {name} stands twice: this one counts"
                    yield Misfit((*place, "name"), what, "Remove the other one.", grade=WARNING)
                elif name in seen:
                    where = "twice" if seen[name] == member else f"in {seen[name]} and in {member}"
                    yield Misfit((*place, "name"), f"the variable {name} stands {where}", "Keep one of them.")
                seen.setdefault(name, member)


SECRET: Final = r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+(?::[^:]*:[^:]*:[^:]*)?"  # noqa: S105 - what its ARN looks like
PARAMETER: Final = r"arn:[^:]+:ssm:[^:]*:[^:]*:.+|(?!arn:)[\w./-]+"


def references(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The supported values are either the full ARN of the Secrets Manager secret or the full ARN of the parameter in the SSM Parameter
    Store." "If the SSM Parameter Store parameter exists in the same Region … you can use either the full ARN or name of the parameter." (ECS API,
    Secret, valueFrom) Behind a secret's ARN stand :key:stage:version, all three or none. ("Pass Secrets Manager secrets", ECS developer guide)
    """
    for path, container in containers(definition):
        for place, secret in secrets_of(container, path):
            target = secret.get("valueFrom")
            if not isinstance(target, str) or re.fullmatch(rf"{SECRET}|{PARAMETER}", target):
                continue
            if re.match(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+:", target):
                what = "has a colon too few or too many behind the secret's ARN"
                hint = "Write :KEY:: for a key of the secret; :KEY:STAGE:VERSION-ID in full."
            else:
                what = "is neither an ARN of Secrets Manager or SSM nor a parameter's name"
                hint = "Only a reference goes here, never the secret itself."
            yield Misfit((*place, "valueFrom"), what, hint)


def environment_files(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The Amazon Resource Name (ARN) of the Amazon S3 object containing the environment variable file." "The file must have a .env
    file extension." (ECS API, EnvironmentFile) Ten files at most. (ECS developer guide, "Pass environment variables")
    """
    for path, container in containers(definition):
        found = list(parts(container, "environmentFiles", path))
        if len(found) > 10:  # noqa: PLR2004 - the sentence above says it
            yield Misfit((*path, "environmentFiles"), f"there are {len(found)} files, ECS takes 10", "Join some of them.")
        for place, file in found:
            value = file.get("value")
            if isinstance(value, str) and not re.fullmatch(r"arn:[^:]+:s3:::[^/]+/.*\.env", value):
                yield Misfit((*place, "value"), "is no ARN of a .env file in S3", "Write arn:aws:s3:::bucket/path/name.env.")


def ports(definition: Definition) -> Iterator[Misfit]:
    """Rule: "For task definitions that use the awsvpc network mode, only specify the containerPort. The hostPort can be left blank or it
    must be the same value as the containerPort." Likewise for host. (ECS API, PortMapping)
    """
    for path, container in containers(definition):
        for place, mapping in parts(container, "portMappings", path):
            inside, outside = number(mapping, "containerPort"), number(mapping, "hostPort")
            for member, port in (("containerPort", inside), ("hostPort", outside)):
                if port is not None and not 0 <= port <= 65535:  # noqa: PLR2004 - TCP
                    yield Misfit((*place, member), f"{port} is no port", "Ports go from 1 to 65535.")
            if network_mode(definition) in {"awsvpc", "host"} and outside is not None and inside is not None and outside != inside:
                yield Misfit(
                    (*place, "hostPort"),
                    f"is {outside}, the containerPort {inside}: in {network_mode(definition)} mode they are the same",
                    "Leave hostPort out.",
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
                yield Misfit((*place, "hostPort"), what, "Give one of them another port, or 0, for which ECS picks one.")
            elif port:
                taken[port, protocol] = owner


def not_in_this_mode(definition: Definition) -> Iterator[Misfit]:
    """Rule: "This parameter is only supported if the network mode of a task definition is bridge." (links) "The hostname parameter is not
    supported if you're using the awsvpc network mode." "This parameter isn't supported for … tasks that use the awsvpc network mode."
    (extraHosts) "This parameter is not supported for Windows containers or tasks run on Fargate." (privileged) (ECS API, ContainerDefinition)
    """
    mode = network_mode(definition)
    for path, container in containers(definition):
        banned = {"links": mode != "bridge", "hostname": mode == "awsvpc", "extraHosts": mode == "awsvpc"}
        for member, off in banned.items():
            if off and container.get(member):
                yield Misfit(
                    (*path, member),
                    f"is not supported in {mode} mode",
                    "Remove it; containers of a task in awsvpc mode reach each other by localhost.",
                    at_key=True,
                )
        if on_fargate(definition) and container.get("privileged") is True:
            yield Misfit((*path, "privileged"), "is not supported on Fargate", "Remove it.", at_key=True)


def memory(definition: Definition) -> Iterator[Misfit]:
    """Rule: "If a task-level memory value is not specified, you must specify a non-zero integer for one or both of memory or memoryReservation in
    a container definition. If you specify both, memory must be greater than memoryReservation." "The total amount of memory reserved for all
    containers within a task must be lower than the task memory value, if one is specified." (ECS API, ContainerDefinition, memory)
    """
    cpu_of_task, memory_of_task = size(definition)
    reserved = cpu = 0
    for path, container in containers(definition):
        hard, soft = number(container, "memory"), number(container, "memoryReservation")
        if hard and soft and soft > hard:
            yield Misfit(
                (*path, "memoryReservation"), f"is {soft} MiB, more than memory ({hard} MiB)", "Reserve at most what the container may use."
            )
        if (
            not container.get("memory")
            and not container.get("memoryReservation")
            and "memory" not in definition
            and not on_fargate(definition)
        ):
            yield Misfit(
                path,
                "has neither memory nor memoryReservation, and the task has no memory",
                "Set memory for the container or for the task.",
            )
        if memory_of_task and hard and hard > memory_of_task:
            yield Misfit(
                (*path, "memory"), f"is {hard} MiB, the whole task has {memory_of_task} MiB", "Give the container less, or the task more."
            )
        reserved += soft or hard or 0
        cpu += number(container, "cpu") or 0
    if memory_of_task and reserved > memory_of_task:
        yield Misfit(
            ("memory",),
            f"the containers reserve {reserved} MiB, the task has {memory_of_task} MiB",
            "Give the containers less, or the task more.",
        )
    if cpu_of_task and cpu > cpu_of_task:
        yield Misfit(
            ("cpu",), f"the containers reserve {cpu} cpu units, the task has {cpu_of_task}", "Give the containers less, or the task more."
        )


def reservations(definition: Definition) -> Iterator[Misfit]:
    """What a container asks for is never negative: "The number of cpu units reserved for the container." "The amount (in MiB) of memory to
    present to the container." (ECS API, ContainerDefinition)
    """
    for path, container in containers(definition):
        for member in ("cpu", "memory", "memoryReservation"):
            amount = number(container, member)
            if amount is not None and amount < 0:
                yield Misfit((*path, member), f"{amount} is negative", "Give the amount that the container needs, or leave it out.")


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
                    (*place, "condition"), f"is HEALTHY, but {name} has no health check", f"Give {name} a healthCheck, or use START."
                )
            elif condition in {"COMPLETE", "SUCCESS"} and name and known[name].get("essential") is not False:
                yield Misfit(
                    (*place, "condition"),
                    f"is {condition}, but {name} is essential: the task would end with it",
                    f'Set "essential": false for {name}.',
                )
    for circle in _circles(waits):
        what = f"dependsOn goes in a circle, so that containers wait for each other: {' -> '.join(map(str, circle))}"
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


BOUNDS: Final = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def health(definition: Definition) -> Iterator[Misfit]:
    """Rule: "You may specify between 5 and 300 seconds" (interval), "between 2 and 60" (timeout), "between 1 and 10" (retries), "between 0 and
    300" (startPeriod). "The string array must start with CMD … or CMD-SHELL", which nothing enforces. (ECS API, HealthCheck) "The max stop
    timeout value is 120 seconds" on Fargate. (ContainerDefinition, stopTimeout)
    """
    for path, container in containers(definition):
        check, place = part(container, "healthCheck"), (*path, "healthCheck")
        for member, (least, most) in BOUNDS.items():
            value = number(check, member)
            if value is not None and not least <= value <= most:
                yield Misfit((*place, member), f"{value} is out of bounds", f"Use {least} to {most}.")
        words = check.get("command")
        if isinstance(words, list) and words and reveal(words[0]) not in {"CMD", "CMD-SHELL", "NONE"}:
            yield Misfit(
                (*place, "command"),
                "does not begin with CMD or CMD-SHELL, as ECS's guide has it; ECS takes it all the same",
                'Write ["CMD", "wget", "-q", "-O-", "http://localhost/"] or ["CMD-SHELL", "curl -f http://localhost/ || exit 1"].',
                grade=WARNING,
            )
        stop = number(container, "stopTimeout")
        if on_fargate(definition) and stop is not None and stop > 120:  # noqa: PLR2004 - the sentence above says it
            yield Misfit((*path, "stopTimeout"), f"{stop} seconds are too long for Fargate", "Use at most 120.")


def limits(definition: Definition) -> Iterator[Misfit]:
    """A soft limit above the hard one is refused by the container runtime, not by ECS. Source: setrlimit(2)."""
    for path, container in containers(definition):
        for place, limit in parts(container, "ulimits", path):
            soft, hard = number(limit, "softLimit"), number(limit, "hardLimit")
            if soft is not None and hard is not None and hard >= 0 and soft > hard:
                yield Misfit((*place, "softLimit"), f"is {soft}, more than the hardLimit {hard}", "Lower the soft limit.", grade=WARNING)


CONTAINER_RULES: Final = (
    complete,
    images,
    variables,
    references,
    environment_files,
    ports,
    ports_of_the_host,
    not_in_this_mode,
    memory,
    reservations,
    dependencies,
    log_router,
    logging,
    health,
    limits,
)
