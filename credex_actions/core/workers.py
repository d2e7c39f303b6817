"""Many pieces of work side by side: one that fails stops no other, and a signal stops all before their next write."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from credex_actions.core.clock import Cancelled, Clock

R = TypeVar("R")
W = TypeVar("W")
LOOK: Final = 0.1
"""Seconds between two looks at whether a signal came."""
LEFT_BEHIND_AFTER: Final = 3.0
"""Seconds after a signal in which a hurried process waits for its threads. What is said of many credentials takes the rest of five."""


@dataclass
class WorkerClock:
    """The services' time: `ahead` is what their clocks are ahead of this machine's. `heard`: the first signal that has come, 0 for none: no signal
    interrupts a thread next to the main one, so each looks for itself.
    """

    clock: Clock
    ahead: timedelta = timedelta()
    heard: Callable[[], int] = lambda: 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _asking: threading.local = field(default_factory=threading.local)

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self.check()
        self._stopped.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raises Cancelled as often as it is called after a signal: each thread is to notice. Not within the caller's own `last_asks()`."""
        if (number := self.heard()) and not getattr(self._asking, "now", False):
            raise Cancelled(number)

    @contextmanager
    def last_asks(self) -> Iterator[None]:
        """For what makes safe. How long that may take, the main thread knows (side_by_side)."""
        self._asking.now = True
        try:
            yield
        finally:
            self._asking.now = False

    def stop(self) -> None:
        """Ends the sleep of all threads."""
        self._stopped.set()


@dataclass
class _Crew(Generic[W, R]):
    """Threads that nobody has to wait for, unlike those of concurrent.futures, which hold up the end of the process."""

    work: Callable[[W], R]
    left: deque[W]
    results: list[R] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, parallel: int) -> None:
        for number in range(min(max(parallel, 1), len(self.left))):
            thread = threading.Thread(target=self._one_after_the_other, name=f"worker-{number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def _one_after_the_other(self) -> None:
        while True:
            try:
                item = self.left.popleft()
            except IndexError:
                return
            try:
                self.results.append(self.work(item))
            except BaseException as error:  # noqa: BLE001 - raised again by side_by_side
                self.errors.append(error)

    def wait(self, seconds: float) -> bool:
        """Whether all have ended."""
        alive = next((each for each in self.threads if each.is_alive()), None)
        if alive:
            alive.join(seconds)
        return not any(each.is_alive() for each in self.threads)


def side_by_side(
    work: Callable[[W], R],
    groups: Iterable[Sequence[W]],
    clock: WorkerClock,
    parallel: int,
    *,
    hurried: bool = False,
    within: float = float("inf"),
) -> tuple[list[R], Cancelled | None]:
    """The results of all groups, one group after the other. `work` does not raise; if it does, so does this, once the group has ended: a result that is
    missing would pass for a success.

    After a signal no more are begun, and those that run end by themselves; where the process is `hurried`, those that have not ended in time are left behind.
    After `within` seconds, in which all groups have to end, those that have not are left behind too: their results are missing, which is the caller's to tell.
    """
    results: list[R] = []
    give_up = clock.monotonic() + within
    for group in groups:
        crew = _Crew(work, deque(group))
        crew.start(parallel)
        cancelled = _wait_for(crew, clock, give_up, hurried=hurried)
        results += crew.results
        if crew.errors and not cancelled:
            raise crew.errors[0]
        if cancelled or clock.monotonic() >= give_up:
            return results, cancelled
    return results, None


def _wait_for(crew: _Crew[W, R], clock: WorkerClock, give_up: float, *, hurried: bool) -> Cancelled | None:
    cancelled: Cancelled | None = None
    while not crew.wait(LOOK) and clock.monotonic() < give_up:
        try:
            clock.clock.check()
        except Cancelled as error:
            if cancelled is None and hurried:
                give_up = min(give_up, clock.monotonic() + LEFT_BEHIND_AFTER)
            cancelled = error
            crew.left.clear()
            clock.stop()
    if give_up < float("inf"):
        crew.left.clear()
    return cancelled
