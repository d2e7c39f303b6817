"""Databases that are moved at the same time, and share one service: it is scaled to 0 once for all of them, and back when the last one has come through."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from credex_actions.core.clock import Clock
from credex_actions.core.loop import Done

LOOK: Final = 0.2
"""Seconds between two looks at whether the others have come through."""


@dataclass
class Together:
    """`inside`: those whose database may be down, now or soon."""

    clock: Clock
    inside: set[str]
    lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: AbstractContextManager[Done] | None = None
    _done: Done | None = None
    _owed: Callable[[], None] | None = None

    @contextmanager
    def stopped(self, name: str, stop: Callable[[], AbstractContextManager[Done]]) -> Iterator[Done]:
        """Around what is done to the database `name`. `stop`: lets nobody write from its beginning to its end; the first one begins it, the last one ends it."""
        with self.lock:
            if self._stopped is None:
                stopped = stop()
                self._done = stopped.__enter__()
                self._stopped = stopped
            done = self._done
        assert done
        try:
            yield done
        except BaseException:
            self.out(name)
            raise
        self.through(name)

    def through(self, name: str) -> None:
        """The database `name` is back. Waits for the others: nobody is let in while one of them is down. Raises Cancelled."""
        self.out(name)
        while self.inside:
            self.clock.sleep(LOOK)

    def out(self, name: str) -> bool:
        """The database `name` is back, or given up. Whether it was the last one: then what was stopped is let in again, after a failure as that of an exception which is
        on its way here. May be called again.
        """
        with self.lock:
            self.inside.discard(name)
            if not self.inside and self._stopped:
                stopped, self._stopped = self._stopped, None
                stopped.__exit__(*sys.exc_info())
            last, owed = not self.inside, None
            if last:
                owed, self._owed = self._owed, None
        if owed:
            owed()
        return last

    def owe(self, what: Callable[[], None]) -> None:
        """`what` is to be done when the last one is back, or given up: also where that one never comes so far as to do it itself."""
        with self.lock:
            if self.inside:
                self._owed = what
                return
        what()


def each_alone(names: Iterable[str], clock: Clock) -> dict[str, Together]:
    return {name: Together(clock, {name}) for name in names}


def all_together(names: Iterable[str], clock: Clock) -> dict[str, Together]:
    every = Together(clock, set(names))
    return dict.fromkeys(every.inside, every)
