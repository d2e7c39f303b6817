"""`${NAME}` in the texts of a parsed task definition, filled in one pass: a value never changes the structure, whatever it contains.

`$${NAME}` is a literal `${NAME}`. What a value itself contains is not looked at again. A text that is one placeholder becomes a number or a
boolean where ECS takes one. What a secret went into knows it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.command.kinds import BOOLEANS
from credex_actions.core.documents.origin import TracedMember, TracedText, as_secret, number_from
from credex_actions.core.documents.places import Path
from credex_actions.ecs.definition.registration_model import SHAPES

PATTERN: Final = r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}"
"""Compiled by the first text that has a placeholder: many definitions have none."""

EVERY: Final = "*"
"""Among the kept names: the document is not a template, so that `$${NAME}` stays too."""

NAMED_BY_USERS: Final = frozenset(("dockerLabels", "options", "labels", "driverOpts"))
"""Mappings whose keys are the user's own, so that they may hold placeholders too."""

TYPED: Final = frozenset(("integer", "boolean"))
"""Kinds of ECS's model that a text becomes."""

WHOLE_NUMBER: Final = r"-?(?:0|[1-9][0-9]{0,18})"
"""As JSON writes it, and no longer than ECS's largest."""


class Untyped(NamedTuple):
    """A placeholder that stands where ECS takes a `kind`, and became none: it has another value, or none at all."""

    path: Path
    name: str
    kind: str


class Filled(NamedTuple):
    """`unfilled`: (path, name) of each placeholder that no value was given for. `doubled`: paths of names that became another's name."""

    value: Any
    used: frozenset[str]
    unfilled: tuple[tuple[Path, str], ...]
    doubled: tuple[Path, ...]
    untyped: tuple[Untyped, ...]


def fill(definition: Any, values: Mapping[str, str], secret: frozenset[str] = frozenset(), kept: tuple[str, ...] = ()) -> Filled:
    """`definition`, RegisterTaskDefinition's parameters, with `values` in the places of their names; `secret` are the names of secrets.

    `kept`: names and globs of placeholders that stay. A name that is kept stays though it has a value; a glob keeps what has none.
    """
    given = {name: value for name, value in values.items() if name not in kept}
    shown = {name: as_secret(name) if name in secret else value for name, value in given.items()}
    template = EVERY not in kept
    used: set[str] = set()
    unfilled: list[tuple[Path, str]] = []
    doubled: list[Path] = []
    untyped: list[Untyped] = []

    def in_text(text: str, path: Path) -> str:
        if "${" not in text:
            return text
        names = [match[2] for match in re.finditer(PATTERN, text) if not match[1]]
        used.update(name for name in names if name in given)
        unfilled.extend((path, name) for name in names if name not in given and not _is_kept(name, kept))
        filled, secrets = (
            _substituted(text, given, template=template),
            tuple(dict.fromkeys(each for each in names if each in secret & given.keys())),
        )
        return TracedText(filled, _substituted(text, shown, template=template), secrets) if secrets else filled

    def in_value(value: Any, path: Path, shape: str) -> Any:
        kind, *of = SHAPES.get(shape, ("",))
        if isinstance(value, str):
            text = in_text(value, path)
            return typed(value, text, path, kind) if kind in TYPED else text
        if isinstance(value, list):
            return [in_value(item, (*path, index), of[0] if kind == "list" else "") for index, item in enumerate(value)]
        return in_mapping(value, path, kind, of) if isinstance(value, dict) else value

    def in_mapping(value: dict[str, Any], path: Path, kind: str, of: list[Any]) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        names_too = bool(path) and path[-1] in NAMED_BY_USERS
        for name, item in value.items():
            become = in_text(name, (*path, name)) if names_too else name
            if become in filled:
                doubled.append((*path, name))
            inner = in_value(item, (*path, name), of[0].get(name, "") if kind == "structure" else "")
            if isinstance(inner, bool) and (source := _whole(item)) in secret:
                become = TracedMember(become, as_secret(source))
            filled[become] = inner
        return filled

    def typed(placeholder: str, text: str, path: Path, kind: str) -> Any:
        name = _whole(placeholder)
        if name in given and kind == "boolean" and text in BOOLEANS:
            return BOOLEANS[text]
        if name in given and kind == "integer" and re.fullmatch(WHOLE_NUMBER, text, re.ASCII):
            return number_from(text, int(text))
        if name:
            untyped.append(Untyped(path, name, kind))
        return text

    result = in_value(definition, (), "RegisterTaskDefinitionRequest")
    return Filled(result, frozenset(used), tuple(unfilled), tuple(doubled), tuple(untyped))


def _is_kept(name: str, kept: tuple[str, ...]) -> bool:
    if not kept:
        return False
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, each) for each in kept)


def _whole(text: object) -> str:
    """The name, where `text` is one placeholder and nothing else; else ""."""
    match = re.fullmatch(PATTERN, text) if isinstance(text, str) and text.startswith("${") else None
    return match[2] if match else ""


def _substituted(text: str, values: Mapping[str, str], *, template: bool) -> str:
    def become(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:] if template else match[0]
        return values.get(match[2], match[0])

    return re.sub(PATTERN, become, text)
