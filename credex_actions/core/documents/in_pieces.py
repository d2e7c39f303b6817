"""JSON as it is written, in pieces: of what has a hundred thousand records, only one is in memory at a time."""

from collections.abc import Iterator, Mapping

import msgspec


def in_pieces(value: object, depth: int = 0) -> Iterator[bytes]:
    """`value` with an indentation of one blank. An iterator in a mapping, or in another iterator, is written as a list; each of its items is asked for when the one before is written."""
    inner = b"\n" + b" " * (depth + 1)
    if isinstance(value, Iterator):
        between = b"["
        for each in value:
            yield between + inner
            yield from in_pieces(each, depth + 1)
            between = b","
        yield b"[]" if between == b"[" else inner[:-1] + b"]"
    elif isinstance(value, Mapping) and _comes_in_pieces(value):
        between = b"{"
        for name, each in value.items():
            yield between + inner + msgspec.json.encode(name) + b": "
            yield from in_pieces(each, depth + 1)
            between = b","
        yield inner[:-1] + b"}"
    else:  # a line end is never within a string
        yield msgspec.json.format(msgspec.json.encode(value), indent=1).replace(b"\n", inner[:-1])


def _comes_in_pieces(value: object) -> bool:
    return isinstance(value, Iterator) or (isinstance(value, Mapping) and any(map(_comes_in_pieces, value.values())))
