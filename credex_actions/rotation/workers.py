"""Many rotations side by side: one that fails stops no other, and a signal stops all between two of their steps."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from credex_actions.core.clock import Cancelled, Clock

R = TypeVar("R")
W = TypeVar("W")
LOOK = 0.2
"""Seconds between two looks at whether a signal came."""


@dataclass
class WorkerClock:
    """The services' time: `ahead` is what their clocks are ahead of this machine's. A sleep ends at once when the run is to stop."""

    clock: Clock
    ahead: timedelta = timedelta()
    _stopped: threading.Event = field(default_factory=threading.Event)
    _signal: int = 0

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Cancelled(self._signal)

    def check(self) -> None:
        self.sleep(0)

    def last_asks(self) -> AbstractContextManager[None]:
        return nullcontext()

    def stop(self, signal_number: int) -> None:
        self._signal = signal_number
        self._stopped.set()


def side_by_side(
    work: Callable[[W], R], groups: Iterable[Sequence[W]], clock: WorkerClock, parallel: int
) -> tuple[list[R], Cancelled | None]:
    """The results of all groups, one group after the other; `work` never raises. After a signal no more are begun, and those that run end by themselves."""
    results: list[R] = []
    for group in groups:
        with ThreadPoolExecutor(max_workers=max(parallel, 1), thread_name_prefix="rotation") as pool:
            futures: list[Future[R]] = [pool.submit(work, each) for each in group]
            cancelled = _wait_for(futures, clock)
            results += [future.result() for future in futures if not future.cancelled()]
        if cancelled:
            return results, cancelled
    return results, None


def _wait_for(futures: Sequence["Future[R]"], clock: WorkerClock) -> Cancelled | None:
    cancelled: Cancelled | None = None
    while not all(future.done() for future in futures):
        wait(futures, timeout=LOOK)
        try:
            clock.clock.sleep(0)
        except Cancelled as error:
            cancelled = error
            clock.stop(error.signal_number)
            for future in futures:
                future.cancel()
    return cancelled
