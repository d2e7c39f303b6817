"""Places in a document: a path to a value, the line and column where it begins, and how both are written."""

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

IN_QUOTES: Final = 'Put it in quotes: "${NAME}" becomes a number or a boolean where ECS takes one.'

DEEPEST: Final = 100
"""Levels of nesting that are read, in JSON and in YAML; ECS's deepest field lies nine levels down."""

Path = tuple[str | int, ...]


class Spot(NamedTuple):
    """Where a value and the key before it begin: (line, column), counted from 1."""

    value: tuple[int, int]
    key: tuple[int, int]


def bare_placeholder(text: str, line: int, column: int) -> bool:
    """Whether a placeholder begins here, or just before: parsers stumble over the first or the second character of one that has no quotes."""
    row = "".join(text.split("\n")[line - 1 : line])  # YAML ends lines at more characters than these
    return any(re.match(r"\$\{|\{\{|<\w|%\w|@\w|#\{|\$\w|__\w", row[at:]) for at in (column - 2, column - 1) if at >= 0)


def json_path(path: Sequence[str | int]) -> str:
    """`path` as RFC 9535 writes it: `$.containerDefinitions[0].environment`, `$['odd name']`."""
    parts = ["$"]
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.isascii() and step.isidentifier():
            parts.append(f".{step}")
        else:
            parts.append(f"[{json.dumps(str(step), ensure_ascii=False)}]")
    return "".join(parts)
