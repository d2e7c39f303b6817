"""How often to look, learnt from how long earlier runs took: pure."""

from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Final

from credex_actions.github.runs.seen import Run

FEWEST_SECONDS: Final = 2.0
NEAR: Final = 0.15
"""The part of the expected duration around its end in which the end may come at any moment."""


def expected_seconds(runs: Iterable[Run], branch: str) -> float | None:
    """The median duration of earlier runs that succeeded: on this branch if there are any, else on all. None if there are none."""
    took = [
        (run.branch, (run.updated - run.started).total_seconds())
        for run in runs
        if run.conclusion == "success" and run.updated and run.started
    ]
    here = [seconds for where, seconds in took if where == branch]
    seconds = [each for each in here or [each for _, each in took] if each >= 0]
    return median(seconds) if seconds else None


def pause(poll: float, expected: float | None, elapsed: float) -> float:
    """Seconds to the next look: twice `poll` while the end is far, fewer around the expected end, else `poll`."""
    if expected is None:
        return poll
    left = expected - elapsed
    if abs(left) <= max(expected * NEAR, poll):
        return max(min(poll, FEWEST_SECONDS), poll * 0.6)
    return min(poll * 2, left) if left > poll * 2 else poll


def remaining(expected: float | None, began: datetime | None, now: datetime) -> float | None:
    """Seconds that are left if this run takes as long as others; None if that is not known, or over."""
    if expected is None or began is None:
        return None
    left = expected - (now - began).total_seconds()
    return left if left > 0 else None
