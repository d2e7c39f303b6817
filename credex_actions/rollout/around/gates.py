"""What keeps writes out of a database, and the note that says so, which this run holds while it lives."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from credex_actions.aws.heartbeat import renewed
from credex_actions.aws.lease import is_over, own_lease, read_lease
from credex_actions.core.aws.clients import one_write
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.around.writes import Note

WRITES_STOPPED_BY: Final = "credex:writes-stopped-by"
"""A tag of the instance or of the ECS service: the run, what the gate was before, and the run's lease."""


class State(NamedTuple):
    """`busy`: what is in progress behind the gate, in words."""

    note: Note | None
    state: str
    closed: bool
    busy: tuple[str, ...] = ()


class Gate(Protocol):
    @property
    def held(self) -> "HeldNote": ...
    def noted(self) -> Note | None: ...
    def look(self) -> State: ...
    def close(self) -> None: ...
    def open(self, before: str) -> None: ...


def read_note(tags: Mapping[str, str], now: datetime) -> Note | None:
    run, _, rest = tags.get(WRITES_STOPPED_BY, "").partition(" ")
    if not run:
        return None
    before, _, text = rest.partition(" ")
    lease = read_lease(text)
    return Note(run, before, None if lease is None or is_over(lease, now) else lease.until)


def unreadable(place: str, what: str, by_hand: str) -> Failure:
    """Somebody has changed the note: what it was before is not guessed."""
    told = f"writes are still stopped: the tag {WRITES_STOPPED_BY} of {place} does not say what {what} was before"
    return Failure(Exit.REMOTE, Fault(told, f"By hand: {by_hand}; then remove the tag."))


@dataclass
class HeldNote:
    """`tag`, `untag`: how AWS does that with WRITES_STOPPED_BY where the gate is."""

    clock: Clock
    tag: Callable[[str], None]
    untag: Callable[[], None]
    _lease: ExitStack = field(default_factory=ExitStack)

    def write(self, run: str, before: str) -> None:
        def renew() -> None:
            self.tag(f"{run} {before} {own_lease(self.clock.now())}")

        with one_write():
            renew()
        self.let_go()
        self._lease.enter_context(renewed(self.clock, renew))

    def remove(self) -> None:
        self.let_go()
        with one_write():
            self.untag()

    def let_go(self) -> None:
        """It is renewed no more."""
        self._lease.close()
