"""Entries for `.github/dependabot.yml`, written into the file as it is: its comments stay where they are. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from credex_actions.core.documents.document import parse
from credex_actions.core.faults import Failure
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.proposing.proposal import Change

HEAD: Final = "version: 2\nupdates:\n"
ENTRY: Final = re.compile(r"Add to `updates` in \S+: - (\{.+\})\s*$")


def make(given: str, findings: Sequence[Finding]) -> Change:
    """Only if the file means afterwards what it meant before, and the entries."""
    text = given if given.strip() else HEAD
    added: list[tuple[Finding, str, Any]] = []
    left = []
    for finding in findings:
        found = ENTRY.search(finding.fix)
        value = _value(found[1]) if found else None
        if found is None or not isinstance(value, dict):
            left.append(f"{finding.title}: the file has to be corrected by hand")
        else:
            added.append((finding, _block(value), value))
    if not added:
        return Change(given, left=tuple(left))
    before = _value(text)
    indent = _indent(text)
    if indent is None or not isinstance(before, dict):
        return Change(given, left=(*left, "the entries of the file are not written one below the other at its end"))
    content = (
        text.rstrip() + "\n" + "".join(f"{indent}- {block.replace(chr(10), chr(10) + indent + '  ').rstrip()}\n" for _, block, _ in added)
    )
    wanted = {**before, "updates": [*(before.get("updates") or []), *(value for _, _, value in added)]}
    if _value(content) != wanted:
        return Change(given, left=(*left, "the entries of the file are not written one below the other at its end"))
    return Change(content, tuple(finding for finding, _, _ in added), tuple(left))


def _block(entry: dict[str, Any]) -> str:
    """One member a line; what is in it stays on it. JSON is YAML."""
    lines = [f"{name}: {value if _bare(value) else json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()]
    return "\n".join(lines) + "\n"


def _bare(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9-]*", value) is not None and value not in {"true", "false", "null"}


def _indent(text: str) -> str | None:
    """Of the entries, where `updates` is the last member and is a list of one entry below the other; the usual one where it has none."""
    lines = text.rstrip().split("\n")
    start = next((at for at, line in enumerate(lines) if re.match(r"updates:\s*(#.*)?$", line)), None)
    if start is None:
        return None
    below = lines[start + 1 :]
    first = next((line for line in below if re.match(r"\s*- ", line)), None)
    indent = first[: len(first) - len(first.lstrip())] if first else "  "
    ours = all(not line.strip() or line.lstrip().startswith("#") or re.match(rf"{indent}(- | )", line) for line in below)
    return indent if ours else None


def _value(text: str) -> Any:
    try:
        return parse(text, "dependabot.yml").value
    except Failure:
        return None
