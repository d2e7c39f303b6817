"""What `cypher-shell --format plain` prints, as rows.

A line with the names of the columns, then a line for each record; nothing for no record. Values are separated by a comma and a blank: TRUE,
NULL, 1, 1.5, "text", [lists] and {maps: of them}; what is none of these (dates, durations) is read as the text that it shows as. In a text only
the quotation mark is escaped, by a backslash, and the backslash is not: a text that holds one could be read in two ways, and is refused. A text that ends with one
seems to go on, and what follows it to be no text; it is found out, since a backslash outside of a text is refused too. So is what is no value but
a node, a relationship, a path or a point.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

BARE: Final = re.compile(r"[^,\[\]{}()\"\\\n]+")
KEY: Final = re.compile(r"(\w+|`(?:[^`\"\\\n]|``)+`): ")
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(E-?[0-9]+)?")
WORDS: Final = {"TRUE": True, "FALSE": False, "NULL": None, "NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
BETWEEN: Final = ", "


class UnreadableError(ValueError):
    """Says what cannot be read, without the value."""


def rows(text: str) -> Iterator[dict[str, Any]]:
    """Raises UnreadableError."""
    text = text.removesuffix("\n")
    if not text:
        return
    head, _, rest = text.partition("\n")
    reading = _Reading(rest)
    while True:
        values = reading.line()
        columns = [head] if len(values) == 1 else head.split(BETWEEN)
        if len(columns) != len(values):
            raise UnreadableError(f"a record has {len(values)} values instead of {len(columns)}")
        yield dict(zip(columns, values, strict=True))
        if reading.at_end:
            return


class _Reading:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def line(self) -> list[Any]:
        values = [self._value()]
        while self._skip(BETWEEN):
            values.append(self._value())
        if not self.at_end and not self._skip("\n"):
            raise UnreadableError("a value is not of a kind that can be read")
        return values

    def _skip(self, what: str) -> bool:
        if self._text.startswith(what, self._at):
            self._at += len(what)
            return True
        return False

    def _value(self) -> Any:
        if self._skip('"'):
            return self._string()
        if self._text.startswith("[:", self._at):
            raise UnreadableError("a value is a relationship")
        if self._skip("["):
            return self._list()
        if self._skip("{"):
            return self._map()
        return self._bare()

    def _string(self) -> str:
        parts = []
        while True:
            end = self._text.find('"', self._at)
            if end < 0:
                raise UnreadableError("a text has no end")
            part = self._text[self._at : end]
            self._at = end + 1
            escaped = part.endswith("\\")
            if "\\" in (part[:-1] if escaped else part):
                raise UnreadableError("a text has a backslash, which cypher-shell does not mark")
            parts.append(part[:-1] + '"' if escaped else part)
            if not escaped:
                return "".join(parts)

    def _list(self) -> list[Any]:
        values: list[Any] = []
        while not self._skip("]"):
            if values and not self._skip(BETWEEN):
                raise UnreadableError("a list is not of a kind that can be read")
            values.append(self._value())
        return values

    def _map(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not self._skip("}"):
            if values and not self._skip(BETWEEN):
                raise UnreadableError("a map is not of a kind that can be read")
            found = KEY.match(self._text, self._at)
            if not found:
                raise UnreadableError("a map is not of a kind that can be read")
            self._at = found.end()
            name = found[1]
            values[name[1:-1].replace("``", "`") if name.startswith("`") else name] = self._value()
        return values

    def _bare(self) -> Any:
        found = BARE.match(self._text, self._at)
        if not found:
            raise UnreadableError("a value is not of a kind that can be read")
        self._at = found.end()
        text = found[0]
        if text in WORDS:
            return WORDS[text]
        number = NUMBER.fullmatch(text)
        if not number:
            return text
        return float(text) if number[1] or number[2] else int(text)
