"""Finds the parts that a report is made of, and reads them. One that cannot be read takes no other with it: its shard is lacking."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from glob import escape, glob
from typing import Final, NamedTuple

import msgspec

from credex_actions._version import __version__
from credex_actions.core.documents.document import read_text
from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.text import one_line
from credex_actions.maintenance.parts.part import FORM, Heading, Part, heading_of, part_of
from credex_actions.maintenance.reporting.document import LARGEST

WRITTEN_BY: Final = "Provide the files that runs with shard have written (part-file)."


class Found(NamedTuple):
    """`heading`: a Part, if this version wrote it and it is whole; else `damage` says what is wrong with it, for this version's."""

    path: str
    heading: Heading
    damage: str = ""


class Given(NamedTuple):
    """`found`: in the order of the shards, one at most of each. `unread`: of files that say of no shard that they are its part, such as one that was cut off."""

    found: tuple[Found, ...]
    unread: tuple[Fault, ...]


def read(patterns: Sequence[str]) -> Given:
    """`patterns`: paths or globs. Raises Failure(BAD_INPUT) where the parts contradict each other, or there is none."""
    paths = {os.path.realpath(path): path for pattern in patterns for path in _matching(pattern)}
    unread: list[Fault] = []
    faults: list[Fault] = []
    if not paths:
        faults.append(Fault("no file matches: no shard has left a part, or they are elsewhere", WRITTEN_BY, "parts"))
    read_ones = [collected(unread, partial(_read, path)) for path in paths.values()]
    found = tuple(sorted((each for each in read_ones if each), key=lambda each: each.heading.shard))
    faults += _of_all(found)
    if faults or not found:
        raise Failure(Exit.BAD_INPUT, *faults, *unread)
    return Given(found, tuple(unread))


def _matching(pattern: str) -> list[str]:
    """A path that exists is meant as it stands, and so is the folder that a glob is in: either may have brackets in its name."""
    if os.path.exists(pattern):
        return [pattern]
    folder, rest = os.path.split(pattern)
    while folder and not os.path.isdir(folder):
        folder, last = os.path.split(folder)
        rest = os.path.join(last, rest)
    return sorted(glob(os.path.join(escape(folder), rest), recursive=True))


def _read(path: str) -> Found:
    text = read_text(path, "parts", LARGEST)
    try:
        heading = heading_of(text)
        if heading.number > heading.count:
            raise msgspec.ValidationError("there is no such shard")
    except msgspec.MsgspecError:
        raise Failure(Exit.BAD_INPUT, Fault(f"is not a {FORM}", WRITTEN_BY, "parts", path)) from None
    if heading.suite != __version__:
        return Found(path, heading)
    try:
        return Found(path, part_of(text))
    except msgspec.MsgspecError as error:
        return Found(path, heading, f"left a damaged part: {one_line(str(error))}")


def _of_all(found: Sequence[Found]) -> Iterator[Fault]:
    first: dict[int, Found] = {}
    for each in found:
        shard = each.heading.shard
        other = first.setdefault(shard.number, each)
        if shard.of != found[0].heading.count:
            what = f"is shard {shard}, but {found[0].path} is {found[0].heading.shard}"
            yield Fault(what, "Provide the parts of one run.", "parts", each.path)
        elif other is not each:
            yield Fault(f"is shard {shard}, but so is {other.path}", "Provide one part of each shard.", "parts", each.path)
    signed = [(part.home, each) for each in found if isinstance(part := each.heading, Part) and part.home]
    for home, each in signed:
        own, other = signed[0]
        if home != own:
            what = f"was signed in to {home.account} in {home.region}, but {other.path} to {own.account} in {own.region}"
            yield Fault(what, "Run all shards with the same role and region.", "parts", each.path)
