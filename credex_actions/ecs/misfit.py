"""A fault of a value, before it is known where in a file the value stands."""

from typing import NamedTuple

from credex_actions.core.documents import Path


class Misfit(NamedTuple):
    """`at_key`: the member's name is at fault, not its value."""

    path: Path
    what: str
    hint: str = ""
    at_key: bool = False
