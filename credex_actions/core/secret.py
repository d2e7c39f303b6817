"""A value that nobody can print by accident: hiding belongs into the type, not into each place that prints."""

from typing import Final, NoReturn

HIDDEN: Final = "***"


class Secret:
    """Text that shows as `***` however it is formatted. `reveal()` is the only way out, so that a search finds every use."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return HIDDEN

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret must not be copied, pickled or serialized")
