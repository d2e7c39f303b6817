"""Values that a secret went into. Where it came from is known when it is put there, and travels with the value: nobody has to search for it.

Such a value is the real one wherever it is compared, sent or written, and shows as `(secret NAME)` wherever it is formatted.
"""

from typing import Any, Self


def as_secret(name: str) -> str:
    """How the secret `name` shows."""
    return f"(secret {name})"


class TracedText(str):
    """Text that holds secrets. `shown` is the same text with their names in their places; `names` says which they are."""

    __slots__ = ("names", "shown")

    names: tuple[str, ...]
    shown: str

    def __new__(cls, text: str, shown: str, names: tuple[str, ...]) -> Self:
        traced = super().__new__(cls, text)
        traced.shown, traced.names = shown, names
        return traced

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return repr(self.shown)

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)

    def __deepcopy__(self, _: Any) -> Self:
        return self


class TracedNumber(int):
    """A whole number that is a secret."""

    shown: str

    def __new__(cls, number: int, shown: str) -> Self:
        traced = super().__new__(cls, number)
        traced.shown = shown
        return traced

    def __str__(self) -> str:
        return self.shown

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)

    def __deepcopy__(self, _: Any) -> Self:
        return self


class TracedMember(str):
    """The name of a member whose value is a secret and cannot say so itself: a boolean."""

    __slots__ = ("shown",)

    shown: str

    def __new__(cls, name: str, shown: str) -> Self:
        traced = super().__new__(cls, name)
        traced.shown = shown
        return traced

    def __deepcopy__(self, _: Any) -> Self:
        return self


def reveal(value: object) -> str:
    """`value` as a text, even if it would not show."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__repr__(value) if isinstance(value, TracedNumber) else str(value)


def number_from(origin: object, number: int) -> int:
    """`number`, which was worked out of `origin`, with what is known of where that came from."""
    return TracedNumber(number, origin.shown) if isinstance(origin, TracedText) else number


def text_from(origin: object, text: str) -> str:
    """`text`, which means the same as `origin`, with what is known of where that came from."""
    return TracedText(text, origin.shown, origin.names) if isinstance(origin, TracedText) else text
