"""Time and interruption. A signal is noted at once, and looked at in every wait and before every write, so that none begins after it."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Final, Protocol

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.interrupt import Interrupt

NOTICED_WITHIN: Final = 1.5
"""Seconds after which a signal interrupts what is in progress, inside Actions: an answer that does not come must not use up the time to end."""

ASKED_WITHIN: Final = 4.2
"""Seconds after a signal, inside Actions, in which something may still be requested. What is said then takes the rest of five."""


class Cancelled(KeyboardInterrupt):
    """The user, or GitHub, asked to stop. No Exception: botocore and others take every Exception that passes them for a fault of the network."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


class OutOfTime(Cancelled):
    """What was in progress was cut off, since the process has to end: where it was a write, what became of it is not known."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, with its zone."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, for durations: the wall clock of a runner may jump."""

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Cancelled when a signal has come, also one that came before."""

    def check(self) -> None:
        """Raises Cancelled once for each signal that has come. To be called directly before a write is sent."""

    def last_asks(self) -> AbstractContextManager[None]:
        """Around all that is requested after a signal: what undoes. Raises OutOfTime where the process has to end first."""


class SystemClock:
    """The real clock. Within `listening()`, a first SIGINT or SIGTERM is kept until the next look at it; a second SIGINT ends the process at once.

    `hurried`: a runner waits for the end. GitHub cancels a step with SIGINT, sends SIGTERM 7.5 s later, and kills 2.5 s after that, so
    what is in progress is cut off in time. Source: GitHub docs, "Workflow cancellation reference".
    """

    def __init__(self, *, hurried: bool = False) -> None:
        self._hurried = hurried
        self._unnoticed = 0
        self._first: tuple[int, float] | None = None
        self._asking = False
        self._wake_up: int | None = None

    @property
    def heard(self) -> int:
        """The first signal that has come, 0 for none: for threads next to the main one, which no signal interrupts."""
        return self._first[0] if self._first else 0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    def sleep(self, seconds: float) -> None:
        self.check()
        if self._wake_up is None:
            select.select([], [], [], seconds)
            return
        select.select([self._wake_up], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._wake_up, 512)
        self.check()

    def check(self) -> None:
        """In a thread next to the main one it does nothing: signals are the main thread's."""
        if self._unnoticed and current_thread() is main_thread():
            number, self._unnoticed = self._unnoticed, 0
            raise Cancelled(number)

    @contextmanager
    def last_asks(self) -> Iterator[None]:
        if not self._hurried or self._first is None or self._asking:
            yield
            return
        left = self._first[1] + ASKED_WITHIN - monotonic()
        self._asking = True
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))
        try:
            yield
        finally:
            self._asking = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """In a thread next to the main one it listens to nothing."""
        if current_thread() is not main_thread():
            yield
            return
        if not hasattr(signal, "setitimer"):  # Windows
            raise Failure(
                Exit.BAD_INPUT,
                Fault(
                    "this system cannot interrupt a request that waits for its response, so a cancellation would not be obeyed in time",
                    "Run this command on Linux or macOS. Rendering a file and guarding a plan wait for nothing, and need neither.",
                ),
            )
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)
        handlers = {signal.SIGINT: self._on_signal, signal.SIGTERM: self._on_signal, signal.SIGALRM: self._on_alarm}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        old_fd = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self._wake_up = read_end
        former = before[signal.SIGINT]
        if isinstance(former, Interrupt) and former.heard:  # it was raised where Python ignores what is raised
            former.heard = False
            self._on_signal(signal.SIGINT, None)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._wake_up = None
            signal.set_wakeup_fd(old_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read_end)
            os.close(write_end)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._unnoticed = self._unnoticed or number
        if self._first is None:
            self._first = (number, monotonic())
            if self._hurried:
                signal.setitimer(signal.ITIMER_REAL, NOTICED_WITHIN)
        if number == signal.SIGINT:
            # From now on a second Ctrl-C means: leave at once.
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        number, self._unnoticed = self._unnoticed or (self._first[0] if self._first and self._asking else 0), 0
        if number:
            raise OutOfTime(number)
