"""Where the configuration says what a finding is about, so that it shows next to its line in a pull request."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from credex_actions.terraform.judging.finding import PLAN, Finding

MOST_BYTES: Final = 1 << 22
"""Of all .tf files of a root module together; beyond that, findings have no place."""

_BLOCK: Final = re.compile(r'^[ \t]*(?:resource[ \t]+"([\w-]+)"[ \t]+"([\w-]+)"|module[ \t]+"([\w-]+)")', re.MULTILINE)
_FIRST: Final = re.compile(r"module\.[\w-]+|[\w-]+\.[\w-]+")


class Place(NamedTuple):
    file: str
    line: int


def placed(findings: Iterable[Finding], directory: str) -> Mapping[str, Place]:
    """By address: the block of the resource in the root module, or of the module that holds it. What was removed has no place."""
    wanted = {each.address: match[0] for each in findings if each.address != PLAN and (match := _FIRST.match(each.address))}
    blocks = dict(_blocks(directory)) if wanted else {}
    return {address: blocks[name] for address, name in wanted.items() if name in blocks}


def _blocks(directory: str) -> Iterator[tuple[str, Place]]:
    room = MOST_BYTES
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".tf"))
    except OSError:
        return
    for name in names:
        path = os.path.join(directory, name)
        try:
            if not os.path.isfile(path) or (room := room - os.path.getsize(path)) < 0:
                continue
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        line, at = 1, 0
        for match in _BLOCK.finditer(text):
            line, at = line + text.count("\n", at, match.start()), match.start()
            yield f"module.{match[3]}" if match[3] else f"{match[1]}.{match[2]}", Place(os.path.normpath(path), line)
