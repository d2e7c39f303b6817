"""The one place that says how often a look is repeated. Reads only: a write is sent once (core/loop.py)."""

from collections.abc import Callable
from typing import TypeVar

import tenacity

R = TypeVar("R")


def looks(*on: type[BaseException], sleep: Callable[[float], None], within: float = 120.0) -> tenacity.Retrying:
    """A policy for reads that fail for a while: again after 1, 2, 4 … at most 15 seconds, jittered, for `within` seconds.

    `on` says which failures pass by themselves; the last one is raised as it is. `sleep` is the clock's, so that a signal is noticed.
    """
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(on),
        wait=tenacity.wait_exponential_jitter(initial=1, max=15, jitter=1),
        stop=tenacity.stop_after_delay(within),
        sleep=sleep,
        reraise=True,
    )
