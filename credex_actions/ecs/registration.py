"""A task definition as RegisterTaskDefinition takes it: what is wrong with a document, and what it says once it is unwrapped."""

from collections.abc import Mapping
from typing import Any

from credex_actions.core.documents import Document, Path
from credex_actions.core.faults import Fault
from credex_actions.ecs.registration_model import DESCRIBE_ONLY
from credex_actions.ecs.revision_meaning import semantic

__all__ = ["check", "clean", "semantic", "wrapping"]


def wrapping(value: object) -> Path:
    """Where the definition lies in a document: `("taskDefinition",)` in the answer of describe-task-definition, else at the top."""
    return ("taskDefinition",) if isinstance(value, Mapping) and isinstance(value.get("taskDefinition"), Mapping) else ()


def clean(value: Mapping[str, Any]) -> dict[str, Any]:
    """RegisterTaskDefinition's parameters: unwrapped, without the members that only describe, and with the tags beside joined in."""
    inner = value["taskDefinition"] if wrapping(value) else value
    result = {name: member for name, member in inner.items() if name not in DESCRIBE_ONLY}
    if wrapping(value) and value.get("tags") and "tags" not in result:
        result["tags"] = value["tags"]
    return result


def check(document: Document) -> list[Fault]:
    """Every fault of a task definition: of its shape first, and of what ECS demands across its fields. Empty where ECS would take it."""
    from credex_actions.ecs.registration_rules import RULES
    from credex_actions.ecs.registration_shapes import misfits

    top = wrapping(document.value)
    if not isinstance(document.value, Mapping):
        return [document.fault((), "is not a task definition", "A task definition is a mapping with family and containerDefinitions.")]
    definition = clean(document.value)
    found = [*misfits(definition, "RegisterTaskDefinitionRequest"), *(each for rule in RULES for each in rule(definition))]
    return [_placed(document, top, each.path, each.what, each.hint, at_key=each.at_key) for each in found]


def _placed(document: Document, top: Path, path: Path, what: str, hint: str, *, at_key: bool) -> Fault:
    beside = bool(top) and path[:1] == ("tags",) and "tags" not in document.value["taskDefinition"]
    return document.fault(path if beside else (*top, *path), what, hint, at_key=at_key)
