"""What can go wrong, as data: a fault says what is wrong, where, and what to do; a failure carries faults to the edge."""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple, TypeVar

R = TypeVar("R")


class Exit(IntEnum):
    """Exit codes, the same for every command (docs/reference/exit-codes.md)."""

    DONE = 0
    FAILED = 1  # the operation ran and failed
    BAD_INPUT = 2  # nothing was changed
    REFUSED = 3  # a guard said no, nothing was changed
    REMOTE = 4  # a service failed, or it timed out; running again continues
    INTERRUPTED = 130  # SIGINT
    TERMINATED = 143  # SIGTERM

    @classmethod
    def of(cls, interrupt: KeyboardInterrupt) -> "Exit":
        """128 and the number of the signal that came, as shells count: a Cancelled knows which; Python's own KeyboardInterrupt is SIGINT's."""
        from signal import SIGINT  # no command needs the module to say what is wrong with its inputs

        return cls(128 + getattr(interrupt, "signal_number", SIGINT))


class Fault(NamedTuple):
    """One thing that is wrong. `line` and `column` count from 1; 0 and "" mean "not known"."""

    what: str
    hint: str = ""
    where: str = ""  # a JSON path ($.cpu) or the name of an input
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """`file:line:column: where`, as far as it is known: the form that editors and terminals make clickable."""
        position = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (position, self.where) if part)

    def __str__(self) -> str:
        first = f"{self.place}: {self.what}" if self.place else self.what
        return f"{first}\n  {self.hint}" if self.hint else first


NOTHING_CHANGED = "nothing was changed"
NO_AWS_CREDENTIALS = "there are no AWS credentials"


class Failure(Exception):
    """The end of a command that did not do what was asked: an exit code, all faults, and the state that is left."""

    def __init__(self, code: Exit, *faults: Fault, left: str = NOTHING_CHANGED) -> None:
        super().__init__("\n".join([*(str(fault) for fault in faults), f"State: {left}."]))
        self.code = code
        self.faults = faults
        self.left = left


def collected(faults: list[Fault], read: Callable[[], R]) -> R | None:
    """What `read` answers. Where it raises a Failure, its faults join `faults`, so that all are told at once, and the answer is None."""
    try:
        return read()
    except Failure as failure:
        faults.extend(failure.faults)
        return None
