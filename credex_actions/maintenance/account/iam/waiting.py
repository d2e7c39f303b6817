"""Waits for a report that IAM writes in the background."""

from collections.abc import Callable
from typing import Any, Final

from credex_actions.maintenance.account.reading import Reading, Unreadable

PATIENCE: Final = 60.0
"""Seconds for IAM to write a report; it takes a few."""
PAUSES: Final = (0.25, 4.0)
"""Seconds: the first, and the longest."""


def finished(
    reading: Reading, operation: str, ask: Callable[[], dict[str, Any]], is_finished: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The first answer that `is_finished`. `operation`: what to name if there is none in time. Raises Unreadable."""
    give_up = reading.clock.monotonic() + PATIENCE
    pause, longest = PAUSES
    while not is_finished(answer := ask()):
        if reading.clock.monotonic() > give_up:
            raise Unreadable("failed", f"{operation} is not finished after {PATIENCE:.0f} seconds; run it again")
        reading.clock.sleep(pause)
        pause = min(pause * 2, longest)
    return answer
