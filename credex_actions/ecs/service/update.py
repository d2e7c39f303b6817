"""service-update: settings of the service that no other input has, sent with the update. Read, compared with what the service has, and put back.

former-service-update: those of an earlier call, as the service had them before it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.ecs.aws_json import checked, parsed

NAME: Final = "service-update"
FORMER: Final = "former-service-update"

SET_ELSEWHERE: Final = {
    "cluster": "cluster",
    "service": "service",
    "taskDefinition": "task-definition",
    "desiredCount": "desired-count",
    "forceNewDeployment": "force-new-deployment",
    "propagateTags": "propagate-tags",
    "enableECSManagedTags": "enable-ecs-managed-tags",
    "volumeConfigurations": "service-managed-ebs-volume",
}
"""Members of UpdateService -> the input that sets it."""

NONE_OF: Final[Mapping[str, Any]] = {
    "serviceConnectConfiguration": {"enabled": False},
    **{
        name: [] for name in ("loadBalancers", "serviceRegistries", "capacityProviderStrategy", "placementConstraints", "placementStrategy")
    },
}
"""Members of UpdateService -> what takes them away. Source: ECS API, UpdateService: "To remove existing …, pass an empty list"."""

NONE_WITHIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "deploymentConfiguration": {"alarms": {"alarmNames": [], "enable": False, "rollback": False}, "lifecycleHooks": []},
}
"""Members of UpdateService -> their own members that stay as they are if they are left out -> what takes those away."""

Settings = Mapping[str, Any]
"""Members of UpdateService."""


def read(text: str | None, name: str = NAME) -> Settings:
    """The settings in a JSON or YAML object; none if nothing is given. `name`: of the input. Raises Failure(BAD_INPUT) with every fault."""
    if not text:
        return {}
    value = parsed(text, name)
    if not isinstance(value, dict):
        what, hint = "is not an object", 'Provide members of UpdateService, such as {"healthCheckGracePeriodSeconds": 120}.'
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, name))
    taken = [
        Fault(f"{member} has an input of its own", f"Use {SET_ELSEWHERE[member]}.", f"{name}: $.{member}")
        for member in value
        if member in SET_ELSEWHERE
    ]
    rest = {member: each for member, each in value.items() if member not in SET_ELSEWHERE}
    faults = [*taken, *checked({**rest, "service": ""}, "ecs", "UpdateService", (), name)]
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return rest


def misfits(settings: Settings, described: Mapping[str, Any], definition: Mapping[str, Any]) -> Iterator[Fault]:
    """What ECS would turn down only once the revision is registered. `described`: DescribeServices' record. Source: ECS API, UpdateService."""
    balanced = settings.get("loadBalancers", described.get("loadBalancers"))
    if settings.get("healthCheckGracePeriodSeconds") and not balanced:
        what, hint = "is set, but the service has no load balancer", "A grace period applies only behind a load balancer; remove it."
        yield Fault(what, hint, f"{NAME}: $.healthCheckGracePeriodSeconds")
    if settings.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        what = "is true, but the task definition has no taskRoleArn, which ECS Exec requires"
        yield Fault(what, "Add a task role that may open SSM message channels to the task definition.", f"{NAME}: $.enableExecuteCommand")


def differing(settings: Settings, described: Mapping[str, Any]) -> list[str]:
    """Members that the service does not have as they are given. Defaults that ECS adds to an object do not count."""
    return [member for member, wanted in settings.items() if not _has(_standing(member, described), wanted)]


def former(settings: Settings, described: Mapping[str, Any]) -> Settings:
    """What the service had of the members that differ, or what takes them away again: for the way back."""
    standing = {member: _standing(member, described) for member in differing(settings, described)}
    before = {member: NONE_OF.get(member) if value is None else value for member, value in standing.items()}
    return {member: _with_nothing_new(member, value, settings[member]) for member, value in before.items() if value is not None}


def _with_nothing_new(member: str, before: Any, wanted: Any) -> Any:
    """`before`, and what takes away of it what `wanted` adds."""
    added = {name: none for name, none in NONE_WITHIN.get(member, {}).items() if name in wanted and name not in before}
    return {**before, **added} if added else before


def not_restored(settings: Settings, described: Mapping[str, Any]) -> list[str]:
    """Members that the service does not have just as `former` gave them: also what it has beyond them counts."""
    return [member for member, wanted in settings.items() if not _same(_standing(member, described), wanted)]


def left(settings: Settings, described: Mapping[str, Any]) -> list[str]:
    """Members that differ and that the way back leaves as they are: what the service had of them does not show."""
    known = former(settings, described)
    return [member for member in differing(settings, described) if member not in known]


def _standing(member: str, described: Mapping[str, Any]) -> Any:
    """Some members show in the primary deployment only."""
    if member in described:
        return described[member]
    primary: Mapping[str, Any] = next((each for each in described.get("deployments", ()) if each.get("status") == "PRIMARY"), {})
    return primary.get(member)


def _has(there: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, Mapping) and all(_has(there.get(name), each) for name, each in wanted.items())
    if isinstance(wanted, list):
        found = there or []
        if all(isinstance(each, str) for each in (*wanted, *found)):
            return sorted(wanted) == sorted(found)  # subnets and groups have no order
        return len(found) == len(wanted) and all(_has(one, other) for one, other in zip(found, wanted, strict=True))
    return bool(there == wanted)


def _same(there: Any, wanted: Any) -> bool:
    """What is not set and what is set to nothing is the same."""
    if _is_nothing(there) and _is_nothing(wanted):
        return True
    if isinstance(there, Mapping) and isinstance(wanted, Mapping):
        return all(_same(there.get(name), wanted.get(name)) for name in {*there, *wanted})
    if isinstance(there, list) and isinstance(wanted, list):
        if all(isinstance(each, str) for each in (*there, *wanted)):
            return sorted(there) == sorted(wanted)
        return len(there) == len(wanted) and all(_same(one, other) for one, other in zip(there, wanted, strict=True))
    return bool(there == wanted)


def _is_nothing(value: Any) -> bool:
    return not value or (isinstance(value, Mapping) and all(map(_is_nothing, value.values())))
