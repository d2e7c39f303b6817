"""Looks into a task definition whose shape may be anything: what is malformed is left out, since the shape check has told it."""

from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.core.documents.places import Path

Part = tuple[Path, Mapping[str, Any]]


def copied(value: Any) -> Any:
    """`value` with mappings and lists of its own; what is in them stays what it is, with what it knows of its origin."""
    if isinstance(value, Mapping):
        return {name: copied(member) for name, member in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def parts(owner: Mapping[str, Any], member: str, path: Path = ()) -> Iterator[Part]:
    """(path, mapping) of each mapping in the list `member` of `owner`."""
    items = owner.get(member)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield (*path, member, index), item


def containers(definition: Mapping[str, Any]) -> list[Part]:
    return list(parts(definition, "containerDefinitions"))


def part(owner: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """The mapping `member` of `owner`; empty if there is none."""
    value = owner.get(member)
    return value if isinstance(value, Mapping) else {}


def text(owner: Mapping[str, Any], member: str) -> str:
    value = owner.get(member)
    return value if isinstance(value, str) else ""


def number(owner: Mapping[str, Any], member: str) -> int | None:
    value = owner.get(member)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def on_fargate(definition: Mapping[str, Any]) -> bool:
    compatible = definition.get("requiresCompatibilities")
    return isinstance(compatible, list) and "FARGATE" in compatible


def network_mode(definition: Mapping[str, Any]) -> str:
    """bridge, if nothing is said. Source: ECS API, TaskDefinition, networkMode."""
    return text(definition, "networkMode") or "bridge"


def secrets_of(container: Mapping[str, Any], path: Path) -> Iterator[Part]:
    """Every entry that reads a secret: of `secrets`, and of the log driver's options."""
    yield from parts(container, "secrets", path)
    yield from parts(part(container, "logConfiguration"), "secretOptions", (*path, "logConfiguration"))


def last_of_each(definition: Mapping[str, Any]) -> dict[str, Any]:
    """`definition` without the variables that a later one of the same name overrides, where all is well-formed."""
    result = dict(definition)
    for path, container in containers(definition):
        variables = container.get("environment")
        last = {text(variable, "name"): number for number, (_, variable) in enumerate(parts(container, "environment"))}
        if isinstance(variables, list) and len(last) < len(variables) and all(isinstance(each, Mapping) for each in variables):
            kept = [each for number, each in enumerate(variables) if last[text(each, "name")] == number]
            result["containerDefinitions"] = list(result["containerDefinitions"])
            result["containerDefinitions"][path[-1]] = {**container, "environment": kept}
    return result


def merged(present: object, given: Mapping[str, str], name: str, value: str) -> list[Any]:
    """The entries that are there, with the given ones changed in their place and new ones at the end."""
    entries = present if isinstance(present, list) else []
    result = [
        {**entry, value: given[entry[name]]} if isinstance(entry, dict) and text(entry, name) in given else entry for entry in entries
    ]
    known = {text(entry, name) for entry in entries if isinstance(entry, dict)}
    return [*result, *({name: key, value: text_of} for key, text_of in given.items() if key not in known)]
