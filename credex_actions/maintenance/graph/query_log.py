"""Sums up Neo4j's query log. It runs on the instance, with Python's standard library alone, since a log of megabytes does not fit through SSM.

No literal and no parameter of a query leaves the instance: what is left is its shape. Both forms of the log are read, text and JSON.
Source: Neo4j operations manual, "Query logging".
"""

from __future__ import annotations  # an instance may have Python 3.9

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEXT = re.compile(r"INFO\s+(?:Query [^:]{0,20}: )?(?:id:\S+ - )?(?:transaction id:\S+ - )?(\d{1,12}) ms: ")
PAGES = re.compile(r" (\d{1,18}) page hits, (\d{1,18}) page faults")
SESSION = re.compile(r"-session\t[^>]{0,500}>\t?|embedded-session\t")
TOKEN = re.compile(
    r"(?P<name>`(?:[^`]|``)*`)|(?P<comment>//[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z))"
    r"|'(?:[^'\\]|\\[\s\S])*(?:'|\\?\Z)|\"(?:[^\"\\]|\\[\s\S])*(?:\"|\\?\Z)|`[\s\S]*|(?<![\w$])-?\d[\d._]*(?:[eE][-+]?\d+)?"
)
"""A name in backticks, a comment, a literal: whichever begins first, since a quotation mark in one of them begins no other. One that does not end was cut off."""
ENDS = re.compile(r" - \{.*$")
LONGEST = 300
MOST = 15
READ = 64 << 20
DAY = 10


def shape(query: str) -> str:
    """Of a query: its text on one line, with a question mark for each literal, and without comments, which may hold any."""
    return " ".join(TOKEN.sub(_shown, query).split())[:LONGEST]


def _shown(token: re.Match[str]) -> str:
    return " " if token["comment"] else token["name"] or "?"


def entry(line: str) -> tuple[int, int, int, str, str] | None:
    """(milliseconds, hits, faults, shape, day), or None for what is no finished query."""
    if line.startswith("{"):
        try:
            found = json.loads(line)
            if found.get("event", "success") == "start" or "elapsedTimeMs" not in found:
                return None
            return (
                int(found["elapsedTimeMs"]),
                int(found.get("pageHits") or 0),
                int(found.get("pageFaults") or 0),
                shape(str(found.get("query", ""))),
                str(found.get("time", ""))[:DAY],
            )
        except (ValueError, TypeError, AttributeError):
            return None
    found = TEXT.search(line)
    session = SESSION.search(line)
    if not found or not session or "Query started" in line[: found.end()]:
        return None
    pages = PAGES.search(line)
    said = line[session.end() :].split(" - ", 2)
    query = said[2] if len(said) > 2 else said[-1]  # noqa: PLR2004 - database, user, query
    hits, faults = (int(each) for each in pages.groups()) if pages else (0, 0)
    return int(found[1]), hits, faults, shape(ENDS.sub("", query)), line[:DAY]


def summed(lines: Iterable[str], slow: int) -> dict[str, Any]:
    """`slow`: milliseconds from which on a query counts as slow."""
    shapes: dict[str, tuple[int, int, int]] = {}
    total, hits, faults, first = 0, 0, 0, ""
    for line in lines:
        found = entry(line)
        if found is None:
            continue
        milliseconds, here, there, text, day = found
        total, hits, faults, first = total + 1, hits + here, faults + there, first or day
        if milliseconds >= slow and (text in shapes or len(shapes) < 10000):  # noqa: PLR2004 - bounded memory
            times, whole, longest = shapes.get(text, (0, 0, 0))
            shapes[text] = (times + 1, whole + milliseconds, max(longest, milliseconds))
    worst = sorted(shapes.items(), key=lambda each: -each[1][1])[:MOST]
    return {"queries": total, "hits": hits, "faults": faults, "since": first, "slow": [[text, *numbers] for text, numbers in worst]}


def tail(path: str) -> Iterator[str]:
    """The lines of the last part of the file."""
    with open(path, "rb") as file:
        file.seek(max(os.path.getsize(path) - READ, 0))
        for line in file:
            yield line.decode("utf-8", "replace")


if __name__ == "__main__":
    print(json.dumps(summed(tail(sys.argv[1]), int(sys.argv[2]))))
