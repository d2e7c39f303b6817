"""Structured inputs (container overrides, tags, volumes …), checked against the model of the AWS call that will carry them.

The model is botocore's own, so what passes here is what the client will send. A field that this botocore does not know is refused:
the client would refuse it too, and dropping it would deploy something else than was requested.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from credex_actions.core.documents.document import parse
from credex_actions.core.documents.places import Path, json_path
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest, one_line

_NAMES: Final = {
    "structure": "an object",
    "map": "an object",
    "list": "an array",
    "string": "a string",
    "integer": "a whole number",
    "long": "a whole number",
    "double": "a number",
    "float": "a number",
    "boolean": "true or false",
}
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
}


def read_value(text: str, name: str, operation: str, member: Sequence[str]) -> Any:
    """The value of the input `name`, JSON or YAML, fit for `member` of ECS's `operation`; an empty one asks for nothing.

    Raises Failure(BAD_INPUT) with all its faults.
    """
    value = parsed(text, name)
    faults = checked(value, "ecs", operation, member, name) if value not in ({}, []) else []
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return value


def parsed(text: str, name: str) -> Any:
    """The JSON or YAML in the text of the input `name`. Raises Failure(BAD_INPUT)."""
    try:
        return parse(text, "").value
    except Failure as failure:
        raise Failure(Exit.BAD_INPUT, *(_of_input(fault, name) for fault in failure.faults)) from None


def _of_input(fault: Fault, name: str) -> Fault:
    """A fault in the text of an input: its line is the input's, not a file's."""
    place = f"{name}, line {fault.line}, column {fault.column}" if fault.line else name
    return Fault(fault.what, fault.hint, f"{place}: {fault.where}" if fault.where else place)


def checked(value: object, service: str, operation: str, member_path: Sequence[str], name: str) -> list[Fault]:
    """The faults of `value` as `member_path` of `operation`'s input ; `[]` steps into a list. `name` is the input's."""
    shape = _model(service).operation_model(operation).input_shape
    for member in member_path:
        shape = shape.member if member == "[]" else shape.members[member]
    return [fault._replace(where=_below(name, path)) for path, fault in _walk(value, shape, ())]


def _below(name: str, path: Path) -> str:
    return f"{name}: {json_path(path)}" if path else name


@cache
def _model(service: str) -> Any:
    import botocore.session  # most requests have no such input, and are told what is wrong with them without it

    return botocore.session.get_session().get_service_model(service)


def _walk(value: object, shape: Any, path: Path) -> Iterator[tuple[Path, Fault]]:
    kind = shape.type_name
    wanted = _TYPES[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield path, _wrong_type(value, kind)
    elif isinstance(value, dict) and kind == "structure":
        yield from _structure(value, shape, path)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _walk(each, shape.value, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _walk(each, shape.member, (*path, index))
    elif isinstance(value, str):
        yield from ((path, fault) for fault in _text(value, shape))
    else:
        yield from ((path, fault) for fault in _bounds(value, shape, "is"))


def _wrong_type(value: object, kind: str) -> Fault:
    if value is None:
        return Fault("is null", f"Provide {_NAMES[kind]}, or omit it.")
    given = next(name for each, name in _GIVEN if isinstance(value, each))
    quotes = " Put it in quotes." if kind == "string" and not isinstance(value, (dict, list)) else ""
    return Fault(f"is {given}", f"ECS expects {_NAMES[kind]} here.{quotes}")


_GIVEN: Final = ((bool, "a boolean"), (int, "a number"), (float, "a number"), (str, "a string"), (list, "an array"), (dict, "an object"))


def _structure(value: dict[str, Any], shape: Any, path: Path) -> Iterator[tuple[Path, Fault]]:
    for key, each in value.items():
        if key in shape.members:
            yield from _walk(each, shape.members[key], (*path, key))
        else:
            yield (*path, key), _unknown(key, shape)
    for missing in shape.required_members:
        if missing not in value:
            yield path, Fault(f"lacks {missing}", f"{shape.name} needs it; the field is {_NAMES[shape.members[missing].type_name]}.")


def _unknown(key: str, shape: Any) -> Fault:
    guess = nearest(key, list(shape.members))
    if guess:
        return Fault("unknown field", f"Did you mean {guess}?")
    known = ", ".join(shape.members)
    return Fault(
        f"botocore {_version()}, which sends this call, does not know this field of {shape.name}",
        f"It is rejected, not dropped. If the field is newer than that, update credex-actions. Known fields: {known}.",
    )


def _version() -> str:
    import botocore

    return botocore.__version__


def _text(value: str, shape: Any) -> Iterator[Fault]:
    if shape.enum and value not in shape.enum:
        guess = nearest(value, list(shape.enum))
        known = f"botocore {_version()} knows {', '.join(shape.enum)}."
        yield Fault(f"'{one_line(value, 40)}' is not one of the accepted values", f"Did you mean {guess}? {known}" if guess else known)
    elif "\0" in value:
        yield Fault("holds a NUL character", "Remove it.")
    yield from _bounds(len(value), shape, "is a text of length")


def _bounds(size: Any, shape: Any, words: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield Fault(f"{words} {size}", f"At least {low}.")
    if high is not None and size > high:
        yield Fault(f"{words} {size}", f"At most {high}.")
