"""The one place that says how often a look is repeated. Reads only: a write is sent once (core/loop.py)."""

from collections.abc import Callable
from typing import TypeVar

import tenacity

R = TypeVar("R")


class Later(Exception):
    """A service asks to come again in `seconds`; looks() waits exactly so long."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


def looks(
    *on: type[BaseException],
    sleep: Callable[[float], None],
    within: float | Callable[[BaseException], float] = 120.0,
    on_wait: Callable[[BaseException, float], None] = lambda *_: None,
) -> tenacity.Retrying:
    """A policy for reads that fail for a while: again after 1, 2, 4 … at most 15 seconds, jittered, for `within` seconds.

    `on` says which failures pass by themselves; the last one is raised as it is. `within` may depend on the failure. `sleep` is the clock's, so that a signal is noticed.
    `on_wait` hears of every wait, with the failure and the seconds.
    """
    growing = tenacity.wait_exponential_jitter(initial=1, max=15, jitter=1)

    def wait(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        return failure.seconds if isinstance(failure, Later) else growing(state)

    def stop(state: tenacity.RetryCallState) -> bool:
        failure = state.outcome.exception() if state.outcome else None
        limit = within(failure) if callable(within) and failure is not None else within
        return isinstance(limit, float | int) and (state.seconds_since_start or 0.0) + state.upcoming_sleep >= limit

    def told(state: tenacity.RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        if failure is not None:
            on_wait(failure, state.upcoming_sleep)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(on),
        wait=wait,
        stop=stop,
        sleep=sleep,
        before_sleep=told,
        reraise=True,
    )
