"""Two instances and the one data volume that goes from the one to the other: values."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

SUCCESSOR: Final = "credex:successor-of"
"""A tag of the new one, from its launch on: the instance whose place it takes, and the id of the backup of that roll-out."""
UNPROVEN: Final = "credex:unproven"
"""A tag of the new one until the database was proven on it: what may be terminated bears it. Its value is the run that launched it."""
ENDED: Final = frozenset(("", "shutting-down", "terminated"))
"""States of an instance that does not come back; "" where EC2 does not know it any more."""


class Former(NamedTuple):
    """The instance whose place a new one takes. `run`: that began it, whoever continues it, since a client token takes no other request than its first. `device`: of the data volume, on both."""

    instance: str
    run: str
    device: str

    def __str__(self) -> str:
        return f"{self.instance} {self.run} {self.device}"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """`successor`: "" as long as there is none. States as EC2 names them. `serving`: which of the two has the database, by their tags.

    `data_on`: to which instance the data volume is attached, "" if to none; `moving`: while EC2 attaches or detaches it. `deleted_with`: whether it would be deleted with the
    instance that it is attached to. `left`: whether the one that does not serve still bears notes. `unproven`: of the successor. `unprotected`: whether it lacks the termination protection that
    the former one has.
    """

    former: str
    former_state: str
    serving: str
    successor: str = ""
    successor_state: str = ""
    data_on: str = ""
    moving: bool = False
    deleted_with: bool = False
    left: bool = False
    unproven: bool = False
    unprotected: bool = False

    @property
    def other(self) -> str:
        """The one that does not serve."""
        return self.successor if self.serving == self.former else self.former

    @property
    def on_successor(self) -> bool:
        """Whether the data volume is attached to it, or about to be."""
        return bool(self.successor) and self.data_on == self.successor

    def later(self) -> "Pair":
        """After a while in which nobody does anything."""
        by_itself = {"pending": "running", "stopping": "stopped", "shutting-down": "terminated"}
        return replace(
            self,
            former_state=by_itself.get(self.former_state, self.former_state),
            successor_state=by_itself.get(self.successor_state, self.successor_state),
            moving=False,
        )
