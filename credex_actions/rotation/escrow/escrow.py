"""The escrow: where a value is safe before anybody else has it. What every kind of it can do, and how its documents read."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import Secret
from credex_actions.rotation.deciding.state import Held, Version
from credex_actions.rotation.values import Values

NAMESPACE: Final = uuid.UUID("b2f0c3de-6d0a-5d43-9a55-53a1c1e1c0de")
FORMAT: Final = "credex-rotation/1"


@dataclass(frozen=True)
class Note:
    """What is next to the values. `receipts`: hash of a place's key -> version and stamp."""

    receipts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    distributed: tuple[str, datetime] | None = None
    deactivated: tuple[str, datetime] | None = None


@dataclass(frozen=True)
class Look:
    held: Held
    receipts: Mapping[str, tuple[str, str]]


class Escrow(Protocol):
    """Every write is one request. Those that begin something take effect for one of two runs alone.

    `where` names it for people. `look` answers with times of the service's own clock.
    """

    @property
    def where(self) -> str: ...

    def look(self) -> Look: ...

    def values(self, version: str) -> Values:
        """Of a version that look() told."""

    def open(self) -> None: ...

    def note_intent(self, after: str, known: frozenset[str]) -> str:
        """The id of the intent. Raises NoEffect where another run noted one meanwhile."""

    def keep(self, version: str, document: "Document") -> None:
        """As the pending one."""

    def adopt(self, version: str, document: "Document") -> None:
        """As the current one."""

    def promote(self, version: str, former: str) -> None: ...

    def settle(self, version: str) -> None: ...

    def discard(self, version: str) -> None: ...

    def note(self, notes: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Document:
    """What a version holds."""

    values: Values
    identity: str = ""
    intent: str = ""
    known: frozenset[str] = frozenset()

    def text(self) -> str:
        return json.dumps(
            {
                "format": FORMAT,
                "identity": self.identity,
                "intent": self.intent,
                "known": sorted(self.known),
                "values": {name: value.reveal() for name, value in self.values.items()},
            }
        )

    def version(self, number: str, created: datetime) -> Version:
        return Version(id=number, created=created, identity=self.identity, intent=self.intent, known=self.known)


def read(text: str, where: str) -> Document:
    """Raises Failure where the text is none of ours: then the name belongs to something else."""
    try:
        found: Any = json.loads(text)
        if found["format"] != FORMAT:
            raise ValueError
        values = {str(name): Secret(str(value)) for name, value in found["values"].items()}
        return Document(values, str(found["identity"]), str(found["intent"]), frozenset(map(str, found["known"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "Set a prefix for the escrow in the manifest (escrow.prefix) that nothing else uses."
        raise Failure(Exit.BAD_INPUT, Fault(f"{where} contains something that credex-actions did not write", hint, "escrow")) from None


def new_id(*facts: str) -> str:
    """The same for the same facts: of two runs that begin the same thing, the service takes one. Nothing secret goes into it."""
    return str(uuid.uuid5(NAMESPACE, "\n".join(facts)))
