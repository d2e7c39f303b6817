"""CHANGELOG.md in the form of https://keepachangelog.com: what is wrong with it, what a release takes from it, and how it reads afterwards."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from releasing.versions import Version, parsed

SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
HEADING: Final = re.compile(r"## (?:\[?Unreleased\]?|\[(?P<version>[^\]]+)\] - (?P<date>\S+))")


class Part(NamedTuple):
    """`version`: None for what is not released yet. `changes`: section -> its entries, without their dashes."""

    line: int
    version: str | None
    date: str
    text: str
    changes: dict[str, list[str]]


def parts(text: str) -> list[Part]:
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = HEADING.fullmatch(lines[start])
        version, day = (heading["version"], heading["date"] or "") if heading else (lines[start].removeprefix("## "), "")
        body = "\n".join(lines[start + 1 : end]).strip()
        found.append(Part(start + 1, version, day, body, _changes(body)))
    return found


def _changes(body: str) -> dict[str, list[str]]:
    changes: dict[str, list[str]] = {}
    for section in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
        name, _, entries = section.partition("\n")
        changes.setdefault(name.strip(), []).extend(each.strip() for each in re.split(r"^- ", entries, flags=re.MULTILINE)[1:])
    return changes


def faults(text: str) -> Iterator[str]:
    """What keeps it from being released as it is, each with its line."""
    found = parts(text)
    if not found or found[0].version is not None:
        yield "CHANGELOG.md: the first heading has to be `## [Unreleased]`. Add it, with what has changed."
        return
    if not any(found[0].changes.values()):
        yield f"CHANGELOG.md:{found[0].line}: Unreleased is empty, so there is nothing to release. Add what has changed, under one of {', '.join(SECTIONS)}."
    before: Version | None = None
    for part in found:
        for name, entries in part.changes.items():
            if name not in SECTIONS:
                yield f"CHANGELOG.md:{part.line}: there is no section {name}. Use one of {', '.join(SECTIONS)}."
            elif not entries:
                yield f"CHANGELOG.md:{part.line}: {name} has no entries. Add one, or remove the heading."
        if part is found[0]:
            continue
        version = parsed(part.version or "")
        if version is None or not _is_date(part.date):
            yield f"CHANGELOG.md:{part.line}: the heading is not of the form `## [X.Y.Z] - YYYY-MM-DD`."
            continue
        if before is not None and version >= before:
            yield f"CHANGELOG.md:{part.line}: {version} is not older than {before} above it. Order the versions, the newest first."
        before = version


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def released(text: str, version: Version, day: date) -> str:
    """The changelog once `version` is out: what was unreleased is its part, and a new one begins."""
    unreleased = parts(text)[0]
    lines = text.splitlines(keepends=True)
    before, heading, after = lines[: unreleased.line - 1], lines[unreleased.line - 1], lines[unreleased.line :]
    return "".join([*before, heading, f"\n## [{version}] - {day.isoformat()}\n", *after])


def notes(text: str, since: str) -> str:
    """What is new, for the page of the release. `since`: where all of it is; empty for the first one."""
    return "\n\n".join(filter(None, (parts(text)[0].text, since))) + "\n"
