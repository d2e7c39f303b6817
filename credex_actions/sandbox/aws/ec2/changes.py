"""What AWS does in its own time: changes that were asked for and have not happened yet."""

from collections.abc import Callable
from typing import Final, NamedTuple

KINDS: Final = ("start", "stop", "terminate", "volume", "attach", "detach", "snapshot", "image", "replace-root")


class Change(NamedTuple):
    due: float
    ready: Callable[[], bool]
    effect: Callable[[], None]


class Changes:
    """`seconds`: how long each of KINDS takes at least; what is not in it happens before the next request is answered."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._open: list[Change] = []

    def later(self, kind: str, now: float, effect: Callable[[], None], ready: Callable[[], bool] = lambda: True) -> float:
        """When it is due; it happens then, or as soon as it is `ready`."""
        due = now + self._seconds.get(kind, 0.0)
        self._open.append(Change(due, ready, effect))
        return due

    def settle(self, now: float) -> None:
        """Makes happen what is due, in the order in which it was asked for; one may lead to the next."""
        while fit := next((each for each in self._open if each.due <= now and each.ready()), None):
            self._open.remove(fit)
            fit.effect()
