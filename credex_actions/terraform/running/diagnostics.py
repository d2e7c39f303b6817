"""Terraform's diagnostics as faults with their places: those of `-json`, and those that other commands print as text."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line, plain

LOCKED: Final = "Error acquiring the state lock"
STALE: Final = "Saved plan is stale"
HALTED: Final = "execution halted"
"""What Terraform says of itself, twice, once it was interrupted."""

LONGEST: Final = 1500
MOST: Final = 20

_BLOCK: Final = re.compile(r"^(Error|Warning): (.*)$", re.MULTILINE)
_PLACE: Final = re.compile(r"^  (?:on|with) (\S+\.tf\S*) line ([0-9]+)", re.MULTILINE)
_SNIPPET: Final = re.compile(r"^  (?:on .* line [0-9]+.*:|with .*,|\s*[0-9]+: .*|\s*│.*|\s*├─*.*)$\n?", re.MULTILINE)
_LOCK: Final = re.compile(r"^\s*(ID|Path|Operation|Who|Version|Created):[ \t]+(\S.*?)\s*$", re.MULTILINE)


class Lock(NamedTuple):
    """Who holds the state, as whoever took the lock wrote it down."""

    id: str
    who: str
    operation: str
    since: str

    def __str__(self) -> str:
        doing = f", for {self.operation}" if self.operation else ""
        return f"{self.who or 'somebody unknown'} since {self.since or 'an unknown time'}{doing}"


def fault(diagnostic: Mapping[str, Any], directory: str) -> Fault:
    """`directory`: where Terraform ran, which its paths begin at."""
    summary, detail = (one_line(str(diagnostic.get(name) or ""), LONGEST) for name in ("summary", "detail"))
    what = f"{summary}: {detail}" if summary and detail else summary or detail or "Terraform reports an error without words"
    span = diagnostic.get("range")
    file, line, column = "", 0, 0
    if isinstance(span, Mapping) and isinstance(span.get("start"), Mapping):
        name, start = span.get("filename"), span["start"]
        file = os.path.normpath(os.path.join(directory, name)) if isinstance(name, str) and name else ""
        line, column = (start[key] if isinstance(start.get(key), int) else 0 for key in ("line", "column"))
    address = diagnostic.get("address")
    return Fault(what, "", one_line(address, 500) if isinstance(address, str) else "", file, line, column)


def of_text(text: str, directory: str) -> list[Fault]:
    """The errors that a command without `-json` printed, each with its place where it has one."""
    text = re.sub(r"^[╷│╵] ?", "", plain(text), flags=re.MULTILINE)
    marks = list(_BLOCK.finditer(text))
    faults = []
    for number, mark in enumerate(marks, 1):
        if mark[1] != "Error":
            continue
        body = text[mark.end() : marks[number].start() if number < len(marks) else len(text)]
        place = _PLACE.search(body)
        words = one_line(f"{mark[2].strip()} {_SNIPPET.sub('', body)}", LONGEST)
        file = os.path.normpath(os.path.join(directory, place[1])) if place else ""
        faults.append(Fault(words, "", "", file, int(place[2]) if place else 0))
    return faults


def lock_of(text: str) -> Lock | None:
    """Who holds the lock, from the words of the error about it."""
    found = dict(_LOCK.findall(text)) if LOCKED in text or "Lock Info:" in text else {}
    if not found.get("ID"):
        return None
    names = (("ID", 80), ("Who", 120), ("Operation", 60), ("Created", 60))
    number, who, operation, since = (one_line(found.get(name, ""), limit) for name, limit in names)
    return Lock(
        number, who, operation.removeprefix("OperationType").lower(), re.sub(r"\.\d+", "", since).removesuffix(" +0000 UTC") + " UTC"
    )


def failure(faults: Iterable[Fault], locked: Lock | None, doing: str, *, left: str) -> Failure:
    """What Terraform ended with. A lock that somebody holds passes by itself; everything else is Terraform's own verdict."""
    told = list(faults)
    if locked:
        what = f"the state is locked by {locked}"
        hint = (
            "Wait until it has ended, or set lock-timeout. If that process no longer exists: "
            f"terraform force-unlock {locked.id}, in the same directory."
        )
        return Failure(Exit.REMOTE, Fault(what, hint), left=left)
    if any(each.what.startswith(LOCKED) for each in told):
        return Failure(Exit.REMOTE, *told, left=left)
    if not told:
        told = [Fault(f"terraform {doing} failed without saying why", f"Run terraform {doing} in the same directory to see its output.")]
    return Failure(Exit.FAILED, *_few(told), left=left)


def _few(faults: list[Fault]) -> Iterator[Fault]:
    yield from faults[:MOST]
    if (more := len(faults) - MOST) > 0:
        yield Fault(f"{more:,} more {'error' if more == 1 else 'errors'} of Terraform", "Fix those above first.")
