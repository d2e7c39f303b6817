"""Answers held against the shapes that botocore publishes: a member that they do not have is a fault of the sandbox."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from credex_actions.sandbox.aws.refusals import Refusal

REST = frozenset(("scheduler", "backup", "access-analyzer", "imagebuilder"))
"""Services that name an operation by method and path, where the sandbox says which: so that faults, denials and the call log can name it too."""

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "blob": (str,),
}


CLIENTS = {"access-analyzer": "accessanalyzer"}
"""Services whose requests are signed for another name than that of botocore's client."""


@lru_cache(maxsize=32)
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(CLIENTS.get(service, service))


def operation(service: str, name: str) -> OperationModel | None:
    return model(service).operation_model(name) if name in model(service).operation_names else None


@lru_cache(maxsize=256)
def _paths(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(method, path, operation) of a service whose operations are paths; none for others, which all have the path /."""
    if service not in REST:
        return ()
    operations = [model(service).operation_model(name) for name in model(service).operation_names]
    return tuple((each.http["method"], re.compile(re.sub(r"\{\w+\}", "[^/]+", each.http["requestUri"])), each.name) for each in operations)


def rest_operation(service: str, method: str, path: str) -> str:
    """The operation that a REST service publishes for this method and path; "" if there is none, or the service is not in REST."""
    return next((name for verb, pattern, name in _paths(service) if verb == method and pattern.fullmatch(path)), "")


def rest_request(service: str, name: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """What a REST request asks for, by the names of the API: its path (as it was sent, encoded), its query and its JSON."""
    operation = model(service).operation_model(name)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
    found = re.fullmatch(pattern, path)
    parts = {place: unquote(value) for place, value in found.groupdict().items()} if found else {}
    sources: dict[str, Mapping[str, Any]] = {"uri": parts, "querystring": query}
    request = {}
    for member, shape in operation.input_shape.members.items() if operation.input_shape else ():
        source = sources.get(shape.serialization.get("location", ""), body)
        place = shape.serialization.get("name", member)
        if source.get(place) is not None:
            request[member] = source[place]
    return request


def misfits(shape: Any, value: Any, path: str = "$") -> Iterator[str]:
    """Where a JSON answer departs from its shape, in words."""
    if shape is None:
        if value not in ({}, None, ""):
            yield f"{path}: the operation has no output"
        return
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _many(shape.member, enumerate(value) if isinstance(value, list) else None, path, value)
    elif kind == "map":
        yield from _many(shape.value, value.items() if isinstance(value, dict) else None, path, value)
    elif not _fits(kind, value):
        yield f"{path}: {type(value).__name__} where {shape.name} is a {kind}"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is not one of {shape.name}'s values"


def _structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {type(value).__name__} where {shape.name} is a structure"
        return
    names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    for name, each in value.items():
        if name not in names:
            if not getattr(shape, "is_document_type", False):
                yield f"{path}.{name}: {shape.name} has no such member"
        elif each is not None:
            yield from misfits(names[name], each, f"{path}.{name}")


def _many(member: Any, items: Any, path: str, value: Any) -> Iterator[str]:
    if items is None:
        yield f"{path}: {type(value).__name__} where there should be several"
        return
    for key, each in items:
        yield from misfits(member, each, f"{path}[{key}]")


def _fits(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES.get(kind, (object,))) and not (isinstance(value, float) and math.isnan(value))


def understood(shape: Any, value: Any, path: str = "") -> Any:
    """A request as the service reads it: unknown members are passed over, null is "not given".

    Raises Refusal for a wrong type, a value outside an enumeration, or a member that is missing.
    """
    kind = shape.type_name if shape is not None else ""
    if kind == "structure":
        return _understood_structure(shape, value, path)
    if kind in {"list", "map"} and not isinstance(value, list if kind == "list" else dict):
        raise _unreadable(path, value, shape)
    if kind == "list":
        return [understood(shape.member, each, f"{path}[{index}]") for index, each in enumerate(value)]
    if kind == "map":
        return {key: understood(shape.value, each, f"{path}.{key}") for key, each in value.items()}
    if kind and not _fits(kind, value):
        raise _unreadable(path, value, shape)
    values = getattr(shape, "enum", None)
    if values and value not in values:
        what = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(values)}]"
        raise Refusal("InvalidParameterException", what)
    return value


def _understood_structure(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unreadable(path, value, shape)
    inside = f"{path}." if path else ""
    given = {name: each for name, each in value.items() if name in shape.members and each is not None}
    if missing := [name for name in shape.required_members if name not in given]:
        raise Refusal("InvalidParameterException", f"{inside}{missing[0]} can not be blank.")
    return {name: understood(shape.members[name], each, f"{inside}{name}") for name, each in given.items()}


def _unreadable(path: str, value: Any, shape: Shape) -> Refusal:
    return Refusal("SerializationException", f"{path or 'the body'}: a {type(value).__name__} cannot be converted to {shape.type_name}")
