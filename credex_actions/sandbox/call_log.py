"""What was called: one record for each request, in the order in which the answers left."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple


class Call(NamedTuple):
    """`at`: seconds since the epoch when the request came. `status`: the HTTP status, 0 where the connection was dropped. `who`: the caller's user agent."""

    at: float
    service: str
    operation: str
    status: int
    who: str
    region: str


LISTENERS: Final[list[Callable[[Call], None]]] = []
"""Told of each call of every sandbox in this process, by the thread that answered it."""


class CallLog:
    """`unanswered`: how many requests are in progress."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.unanswered = 0
        self._calls: list[Call] = []

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._lock:
            self.unanswered += 1
        try:
            yield
        finally:
            with self._lock:
                self.unanswered -= 1

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
        for listener in LISTENERS:
            listener(call)

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)
