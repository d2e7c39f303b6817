"""Trouble on order: the N-th call of an operation from now on is throttled, fails, is refused, dropped before or after its effect, slow, or answered by something else."""

import threading
from dataclasses import dataclass, field
from typing import Final

FOREIGN: Final = ("page", "empty", "other-shape")
"""Answers that are not the service's, with status 200. The call never gets to it."""

KINDS: Final = ("throttle", "error", "access-denied", "expired-token", "drop-before", "drop-after", "slow", *FOREIGN)


@dataclass
class Planned:
    """`nth` counts down with each call of the operation; the fault strikes at 1. `released`: what is slow need not wait any longer."""

    operation: str
    nth: int
    kind: str
    seconds: float = 0
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        self.released.wait(self.seconds)


class Faults:
    def __init__(self, kinds: tuple[str, ...] = KINDS) -> None:
        self._kinds = kinds
        self._lock = threading.Lock()
        self._planned: list[Planned] = []
        self._holding: list[Planned] = []
        self.struck: list[str] = []

    def plan(self, operation: str, nth: int, kind: str, seconds: float = 0) -> None:
        """`operation` as the call log names it, `*` for any. Raises ValueError for what cannot be planned."""
        if kind not in self._kinds:
            raise ValueError(f"there is no fault {kind!r}: one of {', '.join(self._kinds)}")
        if nth < 1 or seconds < 0:
            raise ValueError("nth counts from 1, and seconds from 0")
        with self._lock:
            self._planned.append(Planned(operation, nth, kind, seconds))

    def strike(self, operation: str) -> Planned | None:
        """The fault that this call meets, if any; each strikes once."""
        struck = None
        with self._lock:
            for each in [each for each in self._planned if each.operation in {operation, "*"}]:
                each.nth -= 1
                if each.nth == 0:
                    self._planned.remove(each)
                    self._holding.append(each)
                    struck = struck or each
                    self.struck.append(operation)
        return struck

    @property
    def left(self) -> int:
        """How many have not struck yet."""
        with self._lock:
            return len(self._planned)

    def release(self) -> None:
        with self._lock:
            for each in self._holding:
                each.released.set()
            self._holding.clear()

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()


ERRORS: Final = {
    "throttle": ("ThrottlingException", "Rate exceeded", 400),
    "error": ("ServerException", "An unexpected error occurred on the server side.", 500),
    "access-denied": (
        "AccessDeniedException",
        "User: {arn} is not authorized to perform: {service}:{operation}",
        400,
    ),
    "expired-token": ("ExpiredTokenException", "The security token included in the request is expired", 400),
}
"""Code, message and HTTP status of the faults that are answers."""

OF_SERVICES: Final = {
    ("imagebuilder", "throttle"): ("CallRateLimitExceededException", "You have exceeded the permitted request rate.", 429)
}
"""Where a service has an error of its own for it."""
