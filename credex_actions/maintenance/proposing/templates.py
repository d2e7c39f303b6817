"""Names that Terraform makes of a text and of what is only known when it is applied, `"/ecs/${local.name}"`, and whether one may be a given name. Pure."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from glob import escape
from typing import Final, NamedTuple

BLOCK: Final = re.compile(r'^(?=[a-z_]+[ \t]*["{])', re.MULTILINE)
RESOURCE: Final = re.compile(r'resource[ \t]+"([a-z0-9_]+)"')
NAME: Final = re.compile(r"^[ \t]*(?:[a-z_]+_)?name(?:_prefix)?[ \t]*=[ \t]*$")
DEEPEST: Final = 20
"""Strings within gaps of strings."""


class Template(NamedTuple):
    """`glob`: of the names that it may make. `kind`: of the resource that is named by it, "" for a text elsewhere."""

    glob: str
    kind: str


def templates(text: str) -> Iterator[Template]:
    """Texts with a gap. One that stands elsewhere than in a name counts only if it has a word of its own: `"${a}-${b}"` may be anything."""
    for block in BLOCK.split(text):
        found = RESOURCE.match(block)
        for line in block.splitlines():
            for before, parts in _literals(line):
                if len(parts) == 1:
                    continue
                is_name = found is not None and NAME.match(before) is not None
                if is_name or any(letter.isalnum() for part in parts for letter in part):
                    yield Template(_glob(parts, before), found[1] if found and is_name else "")


def may_be(name: str, kind: str, known: frozenset[Template]) -> bool:
    """Names of resources of another kind are no names of this one."""
    return any(each.kind in {"", kind} and fnmatchcase(name, each.glob) for each in known)


def _glob(parts: list[str], before: str) -> str:
    return "*".join(map(escape, parts)) + ("*" if before.rstrip(" \t=").endswith("_prefix") else "")


def _literals(line: str) -> Iterator[tuple[str, list[str]]]:
    """What stands before each string of the line, and its parts, between which the gaps are. What has no end on its line is a comment's."""
    at = 0
    while (start := line.find('"', at)) >= 0:
        read = _string(line, start + 1)
        if read is None:
            return
        at, parts = read
        yield line[:start], parts


def _string(line: str, at: int, depth: int = 0) -> tuple[int, list[str]] | None:
    parts = [""]
    while at < len(line):
        three = line[at : at + 3]
        if line[at] == '"':
            return at + 1, parts
        if three in {"$${", "%%{"}:
            parts[-1] += three[1:]
            at += 3
        elif three.startswith(("${", "%{")):
            end = _gap(line, at + 2, depth + 1) if depth < DEEPEST else None
            if end is None:
                return None
            at = end
            parts.append("")
        elif line[at] == "\\":
            parts[-1] += line[at + 1 : at + 2]
            at += 2
        else:
            parts[-1] += line[at]
            at += 1
    return None


def _gap(line: str, at: int, nested: int) -> int | None:
    """Where an interpolation ends, in which strings may stand again."""
    depth = 1
    while at < len(line):
        letter = line[at]
        if letter == '"':
            inner = _string(line, at + 1, nested)
            if inner is None:
                return None
            at = inner[0]
            continue
        depth += (letter == "{") - (letter == "}")
        at += 1
        if not depth:
            return at
    return None
