"""What a task definition means, in one form: two revisions that mean the same compare equal, however they were written.

ECS fills in what a file leaves out, and keeps some lists in an order of its own. Both are undone here; nothing else is.
"""

from collections.abc import Mapping
from typing import Any, Final

from credex_actions.core.documents.origin import reveal, text_from
from credex_actions.ecs.definition.parts import last_of_each, part
from credex_actions.ecs.definition.rules.of_task import size

BY_NAME: Final = {
    "containerDefinitions": "name",
    "environment": "name",
    "secrets": "name",
    "secretOptions": "name",
    "volumes": "name",
    "tags": "key",
    "ulimits": "name",
    "mountPoints": "containerPath",
    "dependsOn": "containerName",
    "extraHosts": "hostname",
    "systemControls": "namespace",
    "resourceRequirements": "type",
    "properties": "name",
    "portMappings": "containerPort",
    "requiresCompatibilities": "",
}
"""Lists whose order means nothing to ECS, and what tells their items apart."""

DEFAULTS: Final[Mapping[str, object]] = {"essential": True, "cpu": 0, "protocol": "tcp", "readOnly": False}
"""Members that ECS fills in with these values. Source: ECS API, ContainerDefinition, PortMapping, MountPoint."""

HEALTH_CHECK: Final[Mapping[str, object]] = {"interval": 30, "timeout": 5, "retries": 3}
"""Source: ECS API, HealthCheck."""

TEXT_MAPS: Final = frozenset(("options", "dockerLabels", "driverOpts", "labels"))


def semantic(definition: Mapping[str, Any]) -> Any:
    """`definition` as RegisterTaskDefinition takes it (see registration.clean)."""
    known = last_of_each({"networkMode": _network_mode(definition), **definition, **_sizes(definition)})
    return _canonical(known, reveal(definition.get("networkMode", "")))


def _sizes(definition: Mapping[str, Any]) -> Mapping[str, str]:
    """The task's size as ECS describes it: `.25 vCPU` is registered as 256, `1 GB` as 1024. Source: ECS API, RegisterTaskDefinition, cpu, memory."""
    found = zip(("cpu", "memory"), size(definition), strict=True)
    return {member: text_from(definition[member], reveal(amount)) for member, amount in found if amount is not None}


def _network_mode(definition: Mapping[str, Any]) -> str:
    """bridge, if nothing is said and no Windows. Source: ECS API, TaskDefinition, networkMode."""
    family = part(definition, "runtimePlatform").get("operatingSystemFamily", "")
    return "" if reveal(family).startswith("WINDOWS") else "bridge"


def _canonical(value: Any, network_mode: str, key: str = "") -> Any:
    if isinstance(value, list):
        items = [_canonical(item, network_mode, key) for item in value if item is not None]
        return sorted(items, key=_order(BY_NAME[key])) if key in BY_NAME else items
    if not isinstance(value, Mapping):
        return value
    if key in TEXT_MAPS:
        return {name: member for name, member in value.items() if member is not None}
    result = {name: _canonical(member, network_mode, name) for name, member in value.items()}
    if key == "portMappings":
        result = _port(result, network_mode)
    defaults = {**DEFAULTS, **(HEALTH_CHECK if key == "healthCheck" else {})}
    return {name: member for name, member in result.items() if not _says_nothing(name, member, value, defaults)}


def _says_nothing(name: str, member: object, owner: Mapping[str, Any], defaults: Mapping[str, object]) -> bool:
    if name in defaults and type(member) is type(defaults[name]) and member == defaults[name]:
        return True
    if name == "value" and member is not None and ("name" in owner or "key" in owner):
        return False  # an empty variable or tag is one
    return member is None or member in ([], {}) or (member == "" and name not in {"command", "entryPoint"})


def _port(mapping: dict[str, Any], network_mode: str) -> dict[str, Any]:
    """In awsvpc and host mode the host's port is the container's; elsewhere 0 means that ECS picks one. Source: ECS API, PortMapping."""
    same = network_mode in {"awsvpc", "host"} and mapping.get("hostPort") == mapping.get("containerPort")
    return {name: member for name, member in mapping.items() if not (name == "hostPort" and (same or member == 0))}


def _order(name: str) -> Any:
    def key(item: object) -> str:
        return reveal(item.get(name, "")) if isinstance(item, Mapping) and name else reveal(item)

    return key
