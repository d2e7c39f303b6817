"""Fields that ECS takes and botocore's model does not know: sent as is, and read back, past the model.

botocore refuses to send a member that its model lacks, and drops one that it reads. Both are done on the wire's own JSON here, for what
`unknown-fields` names and nothing else.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from credex_actions.core.documents.json_paths import Pattern, at, found
from credex_actions.core.documents.places import Path
from credex_actions.ecs.definition.parts import copied

REQUIRED: Final = (("family",), ("containerDefinitions",))
"""What botocore refuses to send nothing for; any version of it knows them."""


def split(parameters: Mapping[str, Any], patterns: Sequence[Pattern]) -> tuple[dict[str, Any], dict[Path, Any]]:
    """RegisterTaskDefinition's parameters without the fields that `patterns` name, and those fields by their paths."""
    known: dict[str, Any] = copied(parameters)
    paths = [path for path in _fields(parameters, patterns) if path not in REQUIRED]
    fields = {path: at(parameters, path) for path in paths}
    for path in paths:
        with suppress(KeyError):  # it went with what holds it
            del at(known, path[:-1])[path[-1]]
    return known, fields


def _fields(document: Any, patterns: Sequence[Pattern]) -> list[Path]:
    return [path for pattern in patterns for path in found(document, pattern) if isinstance(path[-1], str)]


def joined(document: Any, fields: Mapping[Path, Any]) -> Any:
    """`document`, changed: with `fields` in their places, as far as what holds them is there."""
    for path, value in sorted(fields.items(), key=lambda each: len(each[0])):
        with suppress(KeyError, IndexError, TypeError):
            at(document, path[:-1])[path[-1]] = value
    return document


def send(client: Any, fields: Mapping[Path, Any]) -> None:
    """From now on `client` sends `fields` with RegisterTaskDefinition."""

    def add(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps(joined(json.loads(params["body"]), fields)).encode()

    client.meta.events.register("before-call.ecs.RegisterTaskDefinition", add)


def read_back(client: Any, patterns: Sequence[Pattern]) -> None:
    """From now on DescribeTaskDefinition's answers to `client` have what `patterns` name."""

    def add(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        with suppress(ValueError, KeyError):
            raw = json.loads(http_response.content)["taskDefinition"]
            joined(parsed["taskDefinition"], {path: at(raw, path) for path in _fields(raw, patterns)})

    client.meta.events.register("after-call.ecs.DescribeTaskDefinition", add)
