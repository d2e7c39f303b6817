"""A gate as a value. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from credex_actions.core.faults import Fault


@dataclass(frozen=True, kw_only=True)
class Gate:
    """`says`: what was seen, or why it is shut. `passed`: the reason that was given for going through all the same. `database`: "" for one of all databases."""

    name: str
    says: str
    shut: bool = False
    hint: str = ""
    passed: str = ""
    database: str = ""

    @property
    def stops(self) -> bool:
        return self.shut and not self.passed

    @property
    def state(self) -> str:
        return "passed with a reason" if self.shut and self.passed else "shut" if self.shut else "open"

    def __str__(self) -> str:
        why = f" (reason given: {self.passed})" if self.shut and self.passed else ""
        return f"{f'{self.database}: ' if self.database else ''}{self.name}: {self.state}: {self.says}{why}"

    def told(self) -> dict[str, Any]:
        return asdict(self) | {"state": self.state}


def faults(gates: Iterable[Gate]) -> Iterator[Fault]:
    """Of those that stop a roll-out."""
    for gate in gates:
        if gate.stops:
            yield Fault(f"refused: {f'{gate.database}: ' if gate.database else ''}{gate.says}", gate.hint)


def unread(name: str, why: str, hint: str, database: str = "") -> Gate:
    """What is not known keeps a gate shut."""
    return Gate(name=name, says=f"it is not known: {why}", shut=True, hint=hint, database=database)
