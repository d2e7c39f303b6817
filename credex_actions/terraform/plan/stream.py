"""JSON of any size, read value by value: only one window of the text and one value are in memory.

The values themselves are read by the standard library's scanner in C. A value that is not wanted and does not fit into the window is
passed over member by member, so that it is checked, and forgotten, all the same.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

WINDOW: Final = 1 << 20
LARGEST: Final = 1 << 25
"""Characters of one value that is wanted: a resource with all its attributes has some thousand."""

_ESCAPE: Final = len("\\u0000")
_BLANK: Final = " \t\n\r"
Scan: TypeAlias = Callable[[str, int], tuple[Any, int]]


class Broken(Exception):
    """The text is not JSON, or not all of it."""


class Truncated(Broken):
    """It ends before it is complete."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise Broken("a key stands twice in the same object")
    return result


def _constant(name: str) -> Any:
    raise Broken(f"{name} is not a JSON value")


_skipping: Final[Scan] = cast("Any", json.JSONDecoder()).scan_once
_reading: Final[Scan] = cast("Any", json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)).scan_once


class Stream:
    """`read(n)` answers the next characters, up to n of them, and "" at the end."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._more()

    def value(self) -> Any:
        """The next value, whole."""
        return self._scanned(_reading)

    def skip(self) -> None:
        """Passes over the next value, however large it is."""
        kind = self.peek()
        if kind not in {"{", "["}:
            self._scanned(_skipping)
            return
        try:
            _, self._at = _skipping(self._text, self._at)
        except RecursionError:
            raise Broken("it is nested too deeply") from None
        except (StopIteration, ValueError):
            inside = self.members() if kind == "{" else self.elements()
            for _ in inside:
                self.skip()

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next. Whoever takes one reads or skips its value before the next one."""
        self._expect("{")
        if self._passed("}"):
            return
        while True:
            if self.peek() != '"':
                raise self._broken("a key is missing")
            key: str = self._scanned(_skipping)
            self._expect(":")
            yield key
            if self._passed("}"):
                return
            self._expect(",")

    def elements(self) -> Iterator[int]:
        """The positions in the array that comes next; each value is read or skipped before the next one."""
        self._expect("[")
        if self._passed("]"):
            return
        position = 0
        while True:
            yield position
            position += 1
            if self._passed("]"):
                return
            self._expect(",")

    def _more(self, size: int = WINDOW) -> None:
        piece = self._read(size)
        self._text = self._text[self._at :] + piece
        self._at = 0
        self._ended = not piece

    def _scanned(self, scan: Scan) -> Any:
        if not self.peek():
            raise Truncated("it ends before it is complete")
        while True:
            try:
                value, end = scan(self._text, self._at)
            except RecursionError:
                raise Broken("it is nested too deeply") from None
            except (StopIteration, ValueError) as error:
                if self._ended:
                    raise self._broken("a value is not valid", error) from None
            else:
                # a number at the very end of the window may go on in the next one
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            if len(self._text) - self._at > LARGEST:
                raise Broken(f"one of its values has more than {LARGEST:,} characters")
            self._more(max(WINDOW, len(self._text) - self._at))

    def _expect(self, character: str) -> None:
        if not self._passed(character):
            raise self._broken(f"{character} is missing")

    def _passed(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def _broken(self, what: str, error: Exception | None = None) -> Broken:
        if not self.peek() or (error is not None and _ran_out(error, self._text.rstrip())):
            return Truncated("it ends before it is complete")
        return Broken(f"it is not valid JSON: {what}")


def _ran_out(error: Exception, text: str) -> bool:
    """Whether the scanner failed for want of more text: at its end, or in the middle of a word, a string or an escape."""
    if isinstance(error, StopIteration):
        return any(word.startswith(text[error.value :]) for word in ("true", "false", "null", "-0"))
    if isinstance(error, json.JSONDecodeError):
        return error.pos >= len(text) or error.msg.startswith("Unterminated string") or len(text) - error.pos < _ESCAPE
    return False
