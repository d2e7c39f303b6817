"""Whether a value has the shape that ECS's model says: known members, their types, and what is required.

A message names what was expected and what kind of value was found; never the value, which may be a secret.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from credex_actions.core.documents.origin import reveal
from credex_actions.core.documents.places import Path
from credex_actions.core.text import suggester, untransmittable
from credex_actions.ecs.definition.misfit import Misfit
from credex_actions.ecs.definition.registration_model import BOTOCORE, SHAPES

Suggest = Callable[[str, "list[str] | tuple[str, ...] | frozenset[str]"], str | None]

KINDS: Final = {
    "structure": "a mapping",
    "map": "a mapping",
    "list": "a list",
    "string": "a string",
    "integer": "a whole number",
    "double": "a number",
    "boolean": "true or false",
}


YAML_1_1: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
"""Booleans of YAML 1.1, which are texts since."""

INTEGER: Final = 2**31 - 1
"""The largest `Integer` of ECS's model; the smallest is one below its negative."""


def misfits(value: Any, shape: str, path: Path = ()) -> Iterator[Misfit]:
    return _misfits(value, shape, path, suggester())


def _misfits(value: Any, shape: str, path: Path, nearest: Suggest) -> Iterator[Misfit]:
    kind, *rest = SHAPES[shape]
    if not _fits(value, kind):
        yield Misfit(path, f"is {_found(value)}, not {KINDS[kind]}", _hint(value, kind))
    elif kind == "integer" and not -INTEGER - 1 <= value <= INTEGER:
        yield Misfit(path, "is a number out of ECS's range", f"ECS accepts integers up to {INTEGER}.")
    elif kind == "structure":
        yield from _structure(value, rest[0], rest[1], path, nearest)
    elif kind == "list":
        for index, item in enumerate(value):
            yield from _misfits(item, rest[0], (*path, index), nearest)
    elif kind == "map":
        for name, item in value.items():
            if untransmittable(str(name)):
                yield Misfit(path, "has a name that contains a NUL or half a surrogate pair", "Remove the character.")
            yield from _misfits(item, rest[0], (*path, str(name)), nearest)
    elif kind == "string" and untransmittable(value):
        yield Misfit(path, "contains a NUL or half a surrogate pair, which cannot be passed to a container", "Remove the character.")
    elif kind == "string" and rest[0] and value not in rest[0]:
        guess = nearest(str(value), rest[0])
        yield Misfit(path, f"is not one of {', '.join(rest[0])}", f"Did you mean {guess}?" if guess else "")


def _structure(value: Any, members: Mapping[str, str], required: tuple[str, ...], path: Path, nearest: Suggest) -> Iterator[Misfit]:
    meant: set[str | None] = set()
    for name, member in value.items():
        if name in members:
            yield from _misfits(member, members[name], (*path, name), nearest)
        else:
            guess = nearest(str(name), list(members))
            meant.add(guess)
            hint = (
                f"Did you mean {guess}?"
                if guess
                else f"Remove it; or is it newer than ECS's model of botocore {BOTOCORE}, which this version uses? Then list it in unknown-fields, by the path above: it is sent as is."
            )
            yield Misfit((*path, str(name)), "is not a field that ECS accepts here", hint, at_key=True)
    for name in required:
        if name not in value and name not in meant:
            yield Misfit((*path, name), f"{name} is missing", f"ECS requires {name} here, and it must not be empty.")


def _fits(value: object, kind: str) -> bool:
    match kind:
        case "structure" | "map":
            return isinstance(value, Mapping)
        case "list":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "double":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, bool)


def _found(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a mapping")


def _hint(value: object, kind: str) -> str:
    if value is None:
        return "Remove the field, or set a value."
    if kind == "string" and isinstance(value, bool | int | float):
        return "Put it in quotes."
    if kind in {"integer", "double"} and isinstance(value, str):
        return "Write the number without quotes."
    if kind == "boolean" and isinstance(value, str) and (meant := YAML_1_1.get(reveal(value).lower())):
        return f"{value} is a string in YAML 1.2: write {meant}."
    if kind == "boolean" and isinstance(value, str):
        return "Write true or false without quotes."
    if kind == "list":
        return "Put it in brackets: [ ]."
    return ""
