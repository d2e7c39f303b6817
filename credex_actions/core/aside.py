"""A look in a thread of its own, so that several go side by side, and one that hangs holds up nobody."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

R = TypeVar("R")


class Aside(Thread, Generic[R]):
    """A daemon: a look that hangs does not keep a process that has to end."""

    def __init__(self, look: Callable[[], R]) -> None:
        super().__init__(daemon=True)
        self._look = look
        self._answer: list[R] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._answer.append(self._look())
        except Exception as error:  # noqa: BLE001 - raised in the thread that waits
            self._error = error

    def answer(self) -> R:
        """What the look answered, or raised. Waits for its end."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._answer[0]
