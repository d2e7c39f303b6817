"""What AWS does in its own time: changes that were asked for and have not happened yet."""

from collections.abc import Callable
from typing import Final, NamedTuple

KINDS: Final = ("start", "stop", "terminate", "volume", "attach", "detach", "snapshot", "image", "replace-root", "backup", "restore")


class Change(NamedTuple):
    kind: str
    asked: float
    ready: Callable[[], bool]
    effect: Callable[[], None]


class Changes:
    """`seconds`: how long each of KINDS takes at least, also for what is already in progress; what is not in it happens before the next request is answered."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._open: list[Change] = []

    def later(self, kind: str, now: float, effect: Callable[[], None], ready: Callable[[], bool] = lambda: True) -> Change:
        """It happens when its time is up, or as soon after as it is `ready`."""
        change = Change(kind, now, ready, effect)
        self._open.append(change)
        return change

    def share(self, change: Change, now: float) -> float:
        """How much of its time is up: from 0 to 1."""
        takes = self._seconds.get(change.kind, 0.0)
        return min(1.0, max(0.0, (now - change.asked) / takes)) if takes else 1.0

    def settle(self, now: float) -> None:
        """Makes happen what is due, in the order in which it was asked for; one may lead to the next."""
        while fit := next((each for each in self._open if self.share(each, now) >= 1 and each.ready()), None):
            self._open.remove(fit)
            fit.effect()
