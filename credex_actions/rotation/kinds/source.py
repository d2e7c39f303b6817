"""What every kind of credential can do. A source remembers nothing that a look could not tell, but for the answers that it got in this run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from credex_actions.core.faults import Fault
from credex_actions.rotation.deciding.state import Held, Identity
from credex_actions.rotation.escrow.escrow import Document
from credex_actions.rotation.values import Values


@dataclass(frozen=True)
class Nature:
    """As in state.Want."""

    creates: bool = False
    installs: bool = False
    adopts: bool = False
    revokes: Literal["", "keys", "login"] = ""


@dataclass(frozen=True)
class SourceLook:
    """As in state.Seen; `remark`: what people should know of it if nothing is done."""

    identities: tuple[Identity, ...] = ()
    installed: bool = True
    offered: bool | None = None
    remark: str = ""


class Source(Protocol):
    @property
    def nature(self) -> Nature: ...

    @property
    def where(self) -> str: ...

    def preflight(self) -> Iterator[Fault]:
        """What stands in the way of a rotation, found by calls that change nothing."""

    def look(self, held: Held) -> SourceLook: ...

    def make(self, held: Held, version: str) -> Document:
        """A new value: created at the source where `nature.creates`, else only drawn. Raises NoEffect or Lost as a write does."""

    def sample(self) -> Values | None:
        """Values of the size that a new one will have, for places to judge; None if nobody can tell."""

    def install(self, values: Values) -> None: ...

    def adopted(self, found: Values) -> Document | None:
        """The value that is in use, from what its places hold; None if they do not hold all of it."""

    def verify(self, values: Values) -> str:
        """Tries it once, from a fresh connection. What was wrong; "" where it works."""

    def deactivate(self, identity: str) -> None: ...

    def activate(self, identity: str) -> None: ...

    def delete(self, identity: str) -> None: ...
