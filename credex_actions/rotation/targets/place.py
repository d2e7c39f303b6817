"""What every target is made of: places, each of which is written by one request."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from credex_actions.core.faults import Fault
from credex_actions.rotation.values import Values

OPENED: Final = ":opened"
"""Ends the key of the place that says that a pair is being written."""


@dataclass(frozen=True)
class Receipt:
    """What a place tells of itself. `stamp` changes with each write. `values`: what it holds, by part; None if it never tells."""

    exists: bool
    stamp: str = ""
    values: Values | None = None


class Place(Protocol):
    """`key` names it, the same in every run. `parts`: what of the credential it holds. `former`: the previous value, while the grace lasts."""

    @property
    def key(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def former(self) -> bool: ...

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        """What stands in the way of writing it, found by calls that change nothing. `values`: some of the size that is to come, if there are any."""

    def write(self, values: Values) -> str:
        """Answers the stamp that it has from now on. Raises NoEffect or Lost as a write does."""

    def receipt(self) -> Receipt: ...
