"""What a row of the rule table says. The table is data: the guard reads it, and so does its page in the docs."""

from enum import StrEnum
from typing import Final, Literal, NamedTuple

Severity = Literal["refuse", "warn"]
REFUSE: Final[Severity] = "refuse"
WARN: Final[Severity] = "warn"


class Move(StrEnum):
    """Which way a value has to go to lose data."""

    BECOMES = "becomes"
    LEAVES = "is no longer"
    LESSENS = "gets smaller, or goes away"
    EXPIRES = "expires more, or sooner"
    CHANGES = "changes"


class Watched(NamedTuple):
    """An attribute whose change loses data while the resource stays. `*` in the path stands for every block of a list."""

    path: tuple[str, ...]
    move: Move
    values: tuple[str, ...]  # for BECOMES and LEAVES; of LESSENS those that mean "for ever"
    severity: Severity
    lost: str
    instead: str


class Rule(NamedTuple):
    """What a type of resource holds, and how severe it is when the resource is destroyed, or is no longer managed."""

    holds: str
    instead: str
    destroyed: Severity = REFUSE
    watched: tuple[Watched, ...] = ()
    notes: tuple[tuple[str, str, str], ...] = ()  # (attribute, its value, what that means for a destroyed resource)


def watched(path: str, move: Move, *values: str, lost: str, instead: str, severity: Severity = REFUSE) -> Watched:
    return Watched(tuple(path.split(".")), move, values, severity, lost, instead)
