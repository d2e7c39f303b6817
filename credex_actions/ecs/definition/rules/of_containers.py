"""What ECS demands of each container of a task definition. Built like of_task."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.documents.origin import reveal
from credex_actions.core.text import one_line
from credex_actions.ecs.definition.misfit import DOUBT, WARNING, Misfit
from credex_actions.ecs.definition.other_placeholders import UNFILLED, left_in
from credex_actions.ecs.definition.parts import containers, network_mode, number, on_fargate, part, parts, text
from credex_actions.ecs.definition.rules.image_names import doubt
from credex_actions.ecs.definition.rules.of_task import size

Definition = Mapping[str, Any]

WITHOUT_IMAGE: Final = "Every container needs an image. If it comes from a value or a build output, check that it is not empty."


def complete(definition: Definition) -> Iterator[Misfit]:
    """Rule: "All tasks must have at least one essential container." (ECS API, ContainerDefinition, essential) Names are unique in a task."""
    found = containers(definition)
    if found and all(container.get("essential") is False for _, container in found):
        yield Misfit(("containerDefinitions",), "no container is essential", 'Set "essential": true for the main container.')
    seen: set[str] = set()
    for path, container in found:
        for member, hint in (("name", "Every container needs a name."), ("image", WITHOUT_IMAGE)):
            if container.get(member) in (None, ""):
                yield Misfit((*path, member), f"{member} is missing", hint)
        name = text(container, "name")
        if name and name in seen:
            yield Misfit((*path, "name"), f"there are two containers {name}", "Give each a unique name.")
        seen.add(name)


def images(definition: Definition) -> Iterator[Misfit]:
    """ECS takes any text for an image; no task of one that no registry knows can start. Source: see image_names."""
    for path, container in containers(definition):
        image = text(container, "image")
        why = doubt(image) if image else None
        if found := left_in(image):
            yield Misfit((*path, "image"), f"holds {found[:80]}, which was not replaced", UNFILLED, grade=DOUBT if why else WARNING)
        elif why:
            yield Misfit((*path, "image"), f"'{one_line(str(image), 120)}' {why.what}", why.hint, grade=DOUBT)


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
                    "Remove it; containers of a task in awsvpc mode reach each other on localhost.",
                    at_key=True,
                )
        if on_fargate(definition) and container.get("privileged") is True:
            yield Misfit((*path, "privileged"), "is not supported on Fargate", "Remove it.", at_key=True)


def hardly_on_fargate(definition: Definition) -> Iterator[Misfit]:
    """Rule: "If you are using tasks that use the Fargate launch type, the sharedMemorySize parameter is not supported." "If you're using tasks
    that use the Fargate launch type, the devices parameter isn't supported." (ECS API, LinuxParameters) The developer guide's page on
    Fargate says the same of GPUs. What AWS may add one day, as it added tmpfs, is not a fault here.
    """
    if not on_fargate(definition):
        return
    for path, container in containers(definition):
        linux = part(container, "linuxParameters")
        found = [(*path, "linuxParameters", member) for member in ("sharedMemorySize", "devices") if linux.get(member)]
        found += [place for place, need in parts(container, "resourceRequirements", path) if reveal(text(need, "type")) == "GPU"]
        for place in found:
            what = (
                "requires a GPU, which Fargate does not support"
                if "resourceRequirements" in place
                else "is not supported on Fargate according to the ECS guide"
            )
            yield Misfit(place, what, "Remove it, or run the task on EC2.", grade=WARNING)


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
                (*path, "memoryReservation"), f"is {soft} MiB, more than memory ({hard} MiB)", "Reserve at most the container's memory."
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
                (*path, "memory"),
                f"is {hard} MiB, but the whole task has {memory_of_task} MiB",
                "Decrease it for the container, or increase it for the task.",
            )
        reserved += soft or hard or 0
        cpu += number(container, "cpu") or 0
    if memory_of_task and reserved > memory_of_task:
        yield Misfit(
            ("memory",),
            f"the containers reserve {reserved} MiB, but the task has {memory_of_task} MiB",
            "Decrease it for the containers, or increase it for the task.",
        )
    if cpu_of_task and cpu > cpu_of_task:
        yield Misfit(
            ("cpu",),
            f"the containers reserve {cpu} CPU units, but the task has {cpu_of_task}",
            "Decrease it for the containers, or increase it for the task.",
        )


def reservations(definition: Definition) -> Iterator[Misfit]:
    """What a container asks for is never negative: "The number of cpu units reserved for the container." "The amount (in MiB) of memory to
    present to the container." (ECS API, ContainerDefinition)
    """
    for path, container in containers(definition):
        for member in ("cpu", "memory", "memoryReservation"):
            amount = number(container, member)
            if amount is not None and amount < 0:
                yield Misfit((*path, member), f"{amount} is negative", "Set the amount that the container needs, or remove it.")


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
                "does not begin with CMD or CMD-SHELL as the ECS guide requires; ECS accepts it nevertheless",
                'Write ["CMD", "wget", "-q", "-O-", "http://localhost/"] or ["CMD-SHELL", "curl -f http://localhost/ || exit 1"].',
                grade=WARNING,
            )
        stop = number(container, "stopTimeout")
        if on_fargate(definition) and stop is not None and stop > 120:  # noqa: PLR2004 - the sentence above says it
            yield Misfit((*path, "stopTimeout"), f"{stop} seconds exceed Fargate's maximum", "Use at most 120.")


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
    not_in_this_mode,
    hardly_on_fargate,
    memory,
    reservations,
    health,
    limits,
)
