"""What is odd about a value, before it is known where in a file the value stands."""

from typing import Final, NamedTuple

from credex_actions.core.documents.places import Path

FAULT: Final = "fault"
WARNING: Final = "warning"
"""ECS takes it, though its documentation does not, or it can hardly be meant."""
DOUBT: Final = "doubt"
"""Nothing that works: a fault where an input or a value made it, a warning where the file has it, since ECS takes it."""


class Misfit(NamedTuple):
    """`at_key`: the member's name is at fault, not its value. `grade`: FAULT, WARNING or DOUBT."""

    path: Path
    what: str
    hint: str = ""
    at_key: bool = False
    grade: str = FAULT
