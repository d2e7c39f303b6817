"""What an issue of ours remembers, in its body where no reader sees it: that it is ours, and which findings it has announced, by check."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

SHORT: Final = 8
"""Characters of an id that are kept: among a thousand findings of one check two are alike once in ten thousand reports."""
ROOM: Final = 20_000
"""Characters for the ids. What has no room is not remembered, and `full` says so."""
FULL: Final = " full"

Ids: TypeAlias = Mapping[str, frozenset[str]]
"""Short ids, by check."""

OF_IDS: Final = re.compile(r"<!-- credex-actions: findings( full)?((?: [a-z0-9.:-]+=[0-9a-f,]+)*) -->")


def mark(config: str) -> str:
    """Of the issue of one configuration; its name is hidden in a hash, since it may hold what ends a comment of HTML."""
    return f"<!-- credex-actions: maintenance-report {hashlib.sha256(config.encode()).hexdigest()[:12]} -->"


def of_comment(ids: Ids) -> str:
    """Of the comment that announces these findings, and no others."""
    said = ",".join(sorted(each for some in ids.values() for each in some))
    return f"<!-- credex-actions: announced {hashlib.sha256(said.encode()).hexdigest()[:16]} -->"


def by_check(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """(check, id) of each finding, to short ids."""
    found: dict[str, set[str]] = {}
    for check, identity in pairs:
        found.setdefault(check, set()).add(identity[:SHORT])
    return {check: frozenset(ids) for check, ids in found.items()}


def written(ids: Ids) -> str:
    parts, room, full = [], ROOM, ""
    for check in sorted(ids):
        some = sorted(ids[check])
        fitting = some[: max(0, (room - len(check) - 2) // (SHORT + 1))]
        if len(fitting) < len(some):
            full = FULL
        if fitting:
            parts.append(f" {check}={','.join(fitting)}")
            room -= len(parts[-1])
    return f"<!-- credex-actions: findings{full}{''.join(parts)} -->"


def read(body: str) -> tuple[Ids, bool]:
    """The ids, and whether there were more than had room."""
    found = OF_IDS.search(body)
    if not found:
        return {}, False
    pairs = (part.split("=") for part in found[2].split())
    return {check: frozenset(ids.split(",")) for check, ids in pairs}, bool(found[1])


def without(ids: Ids, known: Ids) -> dict[str, frozenset[str]]:
    """Those of `ids` that are not in `known`."""
    return {check: left for check, some in ids.items() if (left := some - known.get(check, frozenset()))}
