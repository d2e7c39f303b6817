"""As much of PackStream as an empty database needs to say. Source: Bolt protocol documentation, "PackStream"."""

from collections.abc import Mapping, Sequence
from struct import pack, unpack_from
from typing import Any, Final

LEAST_TINY: Final = -16
"""A small number is its own marker."""


class Struct(list[Any]):
    """Fields of a structure. `tag`: which one."""

    tag: int = 0


def packed(value: Any) -> bytes:
    """Raises TypeError for what it has no form for."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return b"\xcb" + pack(">q", value)
        case str():
            text = value.encode()
            return b"\xd2" + pack(">I", len(text)) + text
        case Mapping():
            return b"\xda" + pack(">I", len(value)) + b"".join(packed(key) + packed(each) for key, each in value.items())
        case Sequence():
            return b"\xd6" + pack(">I", len(value)) + b"".join(map(packed, value))
    raise TypeError(type(value).__name__)


def message(tag: int, *fields: Any) -> bytes:
    """A structure, in one chunk and the end of it."""
    body = bytes((0xB0 + len(fields), tag)) + b"".join(map(packed, fields))
    return pack(">H", len(body)) + body + b"\x00\x00"


class Reading:
    """`value` takes one after the other out of `data`. Raises ValueError for what a driver does not send to an empty database."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def _number(self, form: str, size: int) -> Any:
        (number,) = unpack_from(form, self._data, self._at)
        self._at += size
        return number

    def _text(self, size: int) -> str:
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def _many(self, size: int) -> list[Any]:
        return [self.value() for _ in range(size)]

    def _map(self, size: int) -> dict[str, Any]:
        return {self.value(): self.value() for _ in range(size)}

    def _struct(self, size: int) -> Struct:
        tag = self._number(">B", 1)
        fields = Struct(self._many(size))
        fields.tag = tag
        return fields

    def value(self) -> Any:
        marker = self._number(">B", 1)
        if (small := int.from_bytes(bytes((marker,)), signed=True)) >= LEAST_TINY:
            return small
        tiny = {0x80: self._text, 0x90: self._many, 0xA0: self._map, 0xB0: self._struct}.get(marker & 0xF0)
        if tiny:
            return tiny(marker & 0x0F)
        if marker in {0xC0, 0xC2, 0xC3}:
            return {0xC0: None, 0xC2: False, 0xC3: True}[marker]
        if form := {0xC1: (">d", 8), 0xC8: (">b", 1), 0xC9: (">h", 2), 0xCA: (">i", 4), 0xCB: (">q", 8)}.get(marker):
            return self._number(*form)
        sized = {0xD0: self._text, 0xD4: self._many, 0xD8: self._map}.get(marker & 0xFC)
        if sized is None:
            raise ValueError(f"marker {marker:#x}")
        return sized(self._number(*((">B", 1), (">H", 2), (">I", 4))[marker & 0x03]))
