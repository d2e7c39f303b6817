"""Time and interruption. The loop waits here and nowhere else, so a signal is noticed between two steps, never inside a write."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Protocol


class Cancelled(Exception):
    """The user, or GitHub, asked to stop."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, with its zone."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, for durations: the wall clock of a runner may jump."""

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Cancelled when a signal has come, also one that came before."""


class SystemClock:
    """The real clock. Within `listening()`, a first SIGINT or SIGTERM is kept until the next `sleep`; a second one ends the process at once.

    GitHub cancels a job with SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that; the two count as one request,
    so that what is done on the first is not cut off by the second. Source: GitHub docs, "Workflow cancellation reference".
    """

    def __init__(self) -> None:
        self._received: list[int] = []
        self._wake_up: int | None = None

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
        """Raises Cancelled once for each request to stop."""
        if self._received:
            number = self._received[0]
            self._received.clear()
            raise Cancelled(number)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """In a thread beside the main one it listens to nothing: signals are the main thread's."""
        if current_thread() is not main_thread():
            yield
            return
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        old_fd = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self._wake_up = read_end
        try:
            yield
        finally:
            self._wake_up = None
            signal.set_wakeup_fd(old_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read_end)
            os.close(write_end)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(number)
        if number == signal.SIGINT:
            # From now on a second Ctrl-C means: leave at once.
            signal.signal(signal.SIGINT, signal.default_int_handler)
