"""A program of the user's that stores the value: it reads it from its standard input, so that no process table shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credex_actions.core.faults import Fault
from credex_actions.core.loop import Lost
from credex_actions.rotation.programs import ProgramFailed, findable, run
from credex_actions.rotation.targets.place import Receipt
from credex_actions.rotation.values import Values, text_of


@dataclass
class ProgramPlace:
    name: str
    program: Sequence[str]
    part: str
    former: bool = False

    @property
    def key(self) -> str:
        return f"command:{self.name}"

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.part,)

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        del values
        if not findable(self.program[0]):
            yield Fault(f"{self.key}: {self.program[0]} is not an executable program", "Correct its path, and its permissions.")

    def write(self, values: Values) -> str:
        try:
            run(self.program, text_of(values, self.part).reveal())
        except ProgramFailed as error:
            raise Lost(str(error)) from None
        return ""

    def receipt(self) -> Receipt:
        """It is never asked: the escrow's own note is all there is."""
        return Receipt(exists=True)
