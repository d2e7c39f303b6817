"""What a user asks of a task that runs once (run-task), read and checked before the first call."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.text import nearest, one_line
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs import ebs_volumes
from credex_actions.ecs.aws_json import read_value
from credex_actions.ecs.service import network as service_network

OVERRIDES: Final = "run-task-container-overrides"
STRATEGY: Final = "run-task-capacity-provider-strategy"
TAGS: Final = "run-task-tags"
LONGEST_WAIT: Final = 360.0
"""Minutes, as for a deployment."""

SHORTEST_POLL: Final = 0.2
LONGEST_STARTED_BY: Final = 128
"""Characters. Source: ECS API, RunTask."""


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """`as_service`: the service's network is to be its own; it is not known yet. `parameters`: of RunTask, but for cluster, taskDefinition and clientToken. `definition`: what will be registered, if anything."""

    cluster: str
    parameters: Mapping[str, Any]
    definition: Mapping[str, Any] | None
    wait: bool
    wait_for: timedelta
    poll: float
    on_cancel: str
    as_service: bool = False


def parse_task_run(inputs: Inputs, definition: Mapping[str, Any] | None) -> TaskRun | None:
    """None if no task is requested. Raises Failure(BAD_INPUT) with every fault.

    `definition`: what will be registered; None if an existing revision is named: `against_definition` judges that one later.
    """
    if not inputs.run_task:
        if idle := [*_without_task(inputs)]:
            raise Failure(Exit.BAD_INPUT, *idle)
        return None
    faults: list[Fault] = []
    strategy = collected(faults, lambda: _json(STRATEGY, inputs.run_task_capacity_provider_strategy, "capacityProviderStrategy")) or []
    overrides = collected(faults, lambda: _json(OVERRIDES, inputs.run_task_container_overrides, "overrides", "containerOverrides")) or []
    tags = collected(faults, lambda: _json(TAGS, inputs.run_task_tags, "tags")) or []
    volumes = collected(faults, lambda: ebs_volumes.of_task(inputs, definition)) or ()
    faults += [*_of_tags(tags), *_of_overrides(overrides), *_of_strategy(strategy), *_of_started_by(inputs.run_task_started_by)]
    faults += _of_network(inputs)
    network = _network(inputs)
    if network and not inputs.run_task_subnets:
        faults.append(
            Fault("is missing, but run-task-security-groups is set", "A network configuration needs subnets.", "run-task-subnets")
        )
    given = {
        "overrides": {"containerOverrides": overrides} if overrides else None,
        "capacityProviderStrategy": strategy or None,
        "launchType": None if strategy else inputs.run_task_launch_type,
        "networkConfiguration": network,
        "startedBy": inputs.run_task_started_by,
        "enableECSManagedTags": inputs.enable_ecs_managed_tags,
        "tags": tags or None,
        "volumeConfigurations": list(volumes) or None,
    }
    want = TaskRun(
        cluster=inputs.cluster,
        parameters={name: value for name, value in given.items() if value is not None},
        definition=definition,
        wait=inputs.wait_for_task_stopped,
        wait_for=timedelta(minutes=min(inputs.wait_for_minutes, LONGEST_WAIT)),
        poll=max(min(inputs.poll_seconds, inputs.wait_max_delay_seconds or inputs.poll_seconds), SHORTEST_POLL),
        on_cancel=inputs.on_cancel,
        as_service=inputs.run_task_network == "service",
    )
    faults += _misfits(want, definition) if definition is not None else []
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return want


def _without_task(inputs: Inputs) -> Iterator[Fault]:
    """Whoever says what a task is to run wants it run; `run-task: false` says that it is left out this time. How it would run may be said as a habit."""
    if inputs.run_task is not None:
        return
    for name, given in (
        ("run-task-container-overrides", inputs.run_task_container_overrides),
        ("run-task-network", inputs.run_task_network),
        ("run-task-subnets", inputs.run_task_subnets),
        ("run-task-security-groups", inputs.run_task_security_groups),
        ("run-task-capacity-provider-strategy", inputs.run_task_capacity_provider_strategy),
        ("run-task-tags", inputs.run_task_tags),
        ("run-task-managed-ebs-volume-name", inputs.run_task_managed_ebs_volume_name),
        ("run-task-managed-ebs-volume", inputs.run_task_managed_ebs_volume),
    ):
        if given:
            yield Fault("is set, but run-task is not true", "Set run-task: true, or run-task: false if no task should run.", name)


def _json(name: str, text: str | None, *member: str) -> list[Any]:
    found: list[Any] = read_value(text, name, "RunTask", member) if text else []
    return found


def _network(inputs: Inputs) -> dict[str, Any] | None:
    """As in the AWS action, a public address alone makes no network."""
    if not inputs.run_task_subnets and not inputs.run_task_security_groups:
        return None
    vpc: dict[str, Any] = {"subnets": list(inputs.run_task_subnets), "assignPublicIp": inputs.run_task_assign_public_IP}
    if inputs.run_task_security_groups:
        vpc["securityGroups"] = list(inputs.run_task_security_groups)
    return {"awsvpcConfiguration": vpc}


def _of_network(inputs: Inputs) -> Iterator[Fault]:
    if inputs.run_task_network is None:
        return
    if inputs.service is None:
        yield Fault(
            "is set, but no service", "Is the service name empty? Provide service, or run-task-subnets instead.", service_network.NAME
        )
    for name, given in (("run-task-subnets", inputs.run_task_subnets), ("run-task-security-groups", inputs.run_task_security_groups)):
        if given:
            yield Fault(
                f"is set together with {service_network.NAME}",
                "Provide one or the other: the service has its own network configuration.",
                name,
            )


def _of_tags(tags: list[dict[str, str]]) -> Iterator[Fault]:
    for index, tag in enumerate(tags):
        if "key" not in tag:
            yield Fault("has no key", "A tag has a key and a value.", f"{TAGS}: $[{index}]")
    yield from _doubled((tag.get("key", "") for tag in tags), TAGS, "the tag")


def _of_overrides(overrides: list[dict[str, Any]]) -> Iterator[Fault]:
    for index, override in enumerate(overrides):
        where = f"{OVERRIDES}: $[{index}]"
        if not override.get("name"):
            yield Fault("has no name", "Name the container that it is for.", where)
        for number, variable in enumerate(override.get("environment", ())):
            if not variable.get("name"):
                yield Fault("has no name", "A variable has a name and a value.", f"{where}.environment[{number}]")
        yield from _doubled((each.get("name", "") for each in override.get("environment", ())), f"{where}.environment", "the variable")
    yield from _doubled((each.get("name", "") for each in overrides), OVERRIDES, "the container")


def _of_strategy(strategy: list[dict[str, Any]]) -> Iterator[Fault]:
    """Source: ECS API, CapacityProviderStrategyItem."""
    if strategy and all(each.get("weight") == 0 for each in strategy):
        yield Fault("has only providers with the weight 0", "At least one needs a weight of 1 or more, or no task can start.", STRATEGY)
    if sum(1 for each in strategy if each.get("base")) > 1:
        yield Fault("has more than one provider with a base", "Only one may have a base.", STRATEGY)
    yield from _doubled((each["capacityProvider"] for each in strategy), STRATEGY, "the provider")


def _of_started_by(name: str) -> Iterator[Fault]:
    if len(name) > LONGEST_STARTED_BY:
        yield Fault(f"is {len(name)} characters long", f"At most {LONGEST_STARTED_BY}.", "run-task-started-by")


def _doubled(names: Iterator[str], where: str, kind: str) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if name and times > 1:
            yield Fault(f"names {kind} {one_line(name, 80)} {times} times", "Remove the duplicates.", where)


def placed(want: TaskRun, described: Mapping[str, Any]) -> TaskRun:
    """`want` in the network of the service, which is DescribeServices' record. Raises Failure(BAD_INPUT) where that has none."""
    return replace(want, parameters={**want.parameters, "networkConfiguration": service_network.for_a_task(described)}, as_service=False)


def against_definition(want: TaskRun, definition: Mapping[str, Any]) -> Iterator[Fault]:
    """What does not fit an existing revision: DescribeTaskDefinition's `taskDefinition`."""
    yield from _misfits(want, definition)
    for volume in want.parameters.get("volumeConfigurations", ()):
        yield from ebs_volumes.misplaced("run-task-managed-ebs-volume", volume["name"], definition)


def _misfits(want: TaskRun, definition: Mapping[str, Any]) -> Iterator[Fault]:
    containers = [each.get("name", "") for each in definition.get("containerDefinitions", ())]
    for index, override in enumerate(want.parameters.get("overrides", {}).get("containerOverrides", ())):
        if override.get("name") and override["name"] not in containers:
            guess = nearest(override["name"], containers)
            what = f"the task definition has no container {one_line(override['name'], 80)}"
            yield Fault(what, f"Did you mean {guess}?" if guess else f"It has {', '.join(containers)}.", f"{OVERRIDES}: $[{index}].name")
    launch, in_vpc = want.parameters.get("launchType"), definition.get("networkMode") == "awsvpc"
    compatible = definition.get("requiresCompatibilities") or ()
    if launch and compatible and launch not in compatible:
        what = f"is {launch}, but the task definition is for {', '.join(compatible)}"
        yield Fault(what, f"Set run-task-launch-type: {compatible[0]}, or add {launch} to requiresCompatibilities.", "run-task-launch-type")
    if not in_vpc and want.as_service:
        what = f"is set, but the task definition's network mode is {definition.get('networkMode') or 'bridge'}"
        yield Fault(what, "Only awsvpc uses subnets; remove it, or set networkMode.", service_network.NAME)
    if in_vpc and "networkConfiguration" not in want.parameters and not want.as_service:
        what = "is missing: the task definition's network mode is awsvpc, so its tasks need subnets"
        hint = "Provide the subnets (and run-task-security-groups) of the task, or run-task-network: service."
        yield Fault(what, hint, "run-task-subnets")
    if not in_vpc and want.parameters.get("networkConfiguration"):
        what = f"is set, but the task definition's network mode is {definition.get('networkMode') or 'bridge'}"
        yield Fault(what, "Only awsvpc uses subnets; remove it, or set networkMode.", "run-task-subnets")
