"""What AWS checks of a request: the constraints of its published shapes, which botocore leaves to the service."""

import re
from collections.abc import Iterator
from typing import Any

from credex_actions.sandbox.aws.imagebuilder.records import invalid


def check(shape: Any, value: Any) -> None:
    """Raises Refusal for the first value that does not fit."""
    for fault in _faults(shape, value, ""):
        raise invalid(fault)


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from (
            f"The value supplied for parameter '{_in(path, name)}' is not valid. {name} cannot be null."
            for name in shape.required_members
            if name not in value
        )
        for name, each in value.items():
            yield from _faults(shape.members[name], each, _in(path, name))
    elif kind == "list":
        yield from _size(shape, len(value), path)
        for at, each in enumerate(value):
            yield from _faults(shape.member, each, f"{path}[{at}]")
    elif kind == "map":
        yield from _size(shape, len(value), path)
        for name, each in value.items():
            yield from _faults(shape.key, name, f"{path}.{name}")
            yield from _faults(shape.value, each, f"{path}.{name}")
    elif kind == "string":
        yield from _text(shape, value, path)
    elif kind == "integer":
        yield from _size(shape, value, path)


def _in(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _size(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        yield f"The value supplied for parameter '{path}' is not valid. {path.rpartition('.')[2]} must match pattern {pattern}"
    if shape.enum and value not in shape.enum:
        yield f"The value supplied for parameter '{path}' is not valid. {path.rpartition('.')[2]} must be one of {', '.join(shape.enum)}"


def _size(shape: Any, size: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"The value supplied for parameter '{path}' is not valid. Its size has to be between {least} and {most}."
