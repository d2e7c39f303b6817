"""Digests of nodes and relationships: the same for the same content, in whatever order it was read, and whatever its ids are."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

SIZE: Final = 16
"""Bytes that are kept of a digest: of a million nodes two agree by chance once in 10^26."""
MODULUS: Final = 1 << 128


def written(value: Any) -> str:
    """A property's value such that no two that Cypher tells apart are written the same: 1, 1.0 and "1" differ, as do [1, [2]] and [[1], 2]."""
    match value:
        case bool():
            return f"b{int(value)}"
        case int():
            return f"i{value}"
        case float():
            return "fnan" if value != value else f"f{struct.pack('>d', value).hex()}"  # noqa: PLR0124 - every NaN is the same here
        case str():
            return f"s{len(value)}:{value}"
        case bytes() | bytearray():
            return f"x{value.hex()}"
        case Point():
            return f"p{value.srid}({','.join(written(float(each)) for each in value)})"
        case DateTime():
            zone = getattr(value.tzinfo, "zone", None) or getattr(value.tzinfo, "key", None)
            return f"DateTime {value.iso_format()} {zone or ''}"
        case Date() | Time() | Duration():
            return f"{type(value).__name__} {value.iso_format()}"
        case list() | tuple():
            return f"l{len(value)}[{','.join(map(written, value))}]"
        case _:  # a type that came after this driver's
            return f"{type(value).__name__} {value!r}"


def digest(names: Sequence[str], properties: Mapping[str, Any], *more: object) -> bytes:
    """Of a node by its labels, of a relationship by its type and what it joins."""
    parts = [
        written(sorted(names)),
        *(f"{written(name)}={written(properties[name])}" for name in sorted(properties)),
        *(f"|{each.hex() if isinstance(each, bytes) else each}" for each in more),
    ]
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()[:SIZE]


class Total:
    """A digest of many, as their sum: their order does not count, and how often each occurs does."""

    def __init__(self) -> None:
        self._sum = 0
        self.count = 0

    def add(self, each: bytes) -> None:
        self._sum = (self._sum + int.from_bytes(each)) % MODULUS
        self.count += 1

    def __str__(self) -> str:
        return f"{self._sum:0{SIZE * 2}x}"


def chosen(seed: int, what: str, span: int, most: int) -> list[int]:
    """At most `most` different ids below `span`, by the seed alone: all of them, if there are no more."""
    if span <= most:
        return list(range(span))
    found: dict[int, None] = {}
    turn = 0
    while len(found) < most:
        drawn = int.from_bytes(sha256(f"{seed} {what} {turn}".encode()).digest()[:8])
        found[drawn % span] = None
        turn += 1
    return list(found)


def span_of(count: int) -> int:
    """The power of two at or above `count`: it stays the same while a database grows a little, and with it the ids that a seed chooses."""
    return 1 << max(count - 1, 0).bit_length() if count else 0


def grouped(digests: Iterable[tuple[int, bytes]], groups: int) -> tuple[str, ...]:
    """One digest for each group of ids: enough to say how much of a sample differs, and too much in each to guess a value from it."""
    totals = [Total() for _ in range(groups)]
    for number, each in digests:
        totals[number % groups].add(digest([], {}, number, each))
    return tuple(str(total)[:SIZE] for total in totals)
