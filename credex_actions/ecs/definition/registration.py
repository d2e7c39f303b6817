"""A task definition as RegisterTaskDefinition takes it: what is wrong with a document, and what it says once it is unwrapped."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.json_paths import Pattern, at, below, found, written
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.ecs.definition.empty_values import original, without_empty
from credex_actions.ecs.definition.misfit import DOUBT, FAULT, Misfit
from credex_actions.ecs.definition.parts import last_of_each, text
from credex_actions.ecs.definition.registration_model import DESCRIBE_ONLY

Rule = Callable[[Mapping[str, Any]], Iterable[Misfit]]


def wrapping(value: object) -> Path:
    """Where the definition is in a document: `("taskDefinition",)` in the answer of describe-task-definition, else at the top."""
    return ("taskDefinition",) if isinstance(value, Mapping) and isinstance(value.get("taskDefinition"), Mapping) else ()


def of_definition(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """`patterns` as paths of the definition itself, where they were written as paths of describe-task-definition's answer."""
    return tuple(pattern[1:] if pattern[0] == "taskDefinition" and len(pattern) > 1 else pattern for pattern in patterns)


def clean(value: Mapping[str, Any]) -> dict[str, Any]:
    """RegisterTaskDefinition's parameters: unwrapped, without the members and tags that only describe, and with the tags beside joined in."""
    inner = value["taskDefinition"] if wrapping(value) else value
    result = {name: member for name, member in inner.items() if name not in DESCRIBE_ONLY}
    if wrapping(value) and value.get("tags") and "tags" not in result:
        result["tags"] = value["tags"]
    if (wrapping(value) or "taskDefinitionArn" in inner) and isinstance(result.get("tags"), list):
        result["tags"] = [tag for tag in result["tags"] if not _is_of_aws(tag)]
    return result


def _is_of_aws(tag: object) -> bool:
    """CloudFormation's tags, for one: DescribeTaskDefinition tells them, and nobody may register them."""
    return isinstance(tag, Mapping) and text(tag, "key").lower().startswith("aws:")


class Judged(NamedTuple):
    """What there is to say of a task definition. Without `faults` ECS takes `parameters`: what is empty is left out of them."""

    parameters: dict[str, Any]
    faults: list[Fault]
    warnings: list[Fault]


def judge(
    document: Document,
    *,
    template: object = None,
    inputs: Mapping[Path, str] = MappingProxyType({}),
    keep: Collection[str] = (),
    unknown: Sequence[Pattern] = (),
    rules: Sequence[Rule] | None = None,
) -> Judged:
    """Judges a task definition as RegisterTaskDefinition will be sent it: its shape, and what ECS demands across its fields.

    `template`: the document's value as its author wrote it, where it was changed since; `inputs`: names of the inputs that single values came
    from, by path. `keep`: names of members that stay though they are empty; `unknown`: fields that stay as is, and are not judged.
    `rules`: all of ECS's, if nothing else is said.
    """
    from credex_actions.ecs.definition.registration_shapes import misfits
    from credex_actions.ecs.definition.rules.all_rules import RULES

    if not isinstance(document.value, Mapping):
        return Judged({}, [document.fault((), "is not a task definition", _what_it_is(document.value))], [])
    top = wrapping(document.value)
    parameters, moved = without_empty(clean(document.value), keep, unknown)
    author = clean(template) if isinstance(template, Mapping) else clean(document.value)
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for each in [
        *misfits(parameters, "RegisterTaskDefinitionRequest"),
        *(each for rule in (RULES if rules is None else rules) for each in rule(parameters)),
    ]:
        misfit = each._replace(path=original(each.path, moved))
        if below(misfit.path, unknown):
            continue
        by_input = inputs.get(misfit.path, "")
        told = Fault(misfit.what, misfit.hint, by_input) if by_input else _placed(document, top, misfit)
        made = misfit.grade == DOUBT and (by_input or _at(author, misfit.path) != _at(parameters, each.path))
        (faults if misfit.grade == FAULT or made else warnings).append(told)
    warnings += [
        Fault(f"matches nothing in this task definition: {written(pattern)}", "Remove it, or correct the path.", "unknown-fields")
        for pattern in unknown
        if not any(True for _ in found(parameters, pattern))
    ]
    return Judged(last_of_each(parameters), faults, warnings)


def _what_it_is(value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(each, Mapping) and "image" in each for each in value):
        return "It is a list of containers: put it under containerDefinitions, next to family."
    return "A task definition is a mapping with family and containerDefinitions."


def _at(value: Any, path: Path) -> object:
    try:
        return at(value, path)
    except (KeyError, IndexError, TypeError):
        return None


def _placed(document: Document, top: Path, misfit: Misfit) -> Fault:
    beside = bool(top) and misfit.path[:1] == ("tags",) and "tags" not in document.value["taskDefinition"]
    return document.fault(misfit.path if beside else (*top, *misfit.path), misfit.what, misfit.hint, at_key=misfit.at_key)
