"""Looks at AWS that outlast trouble on the way: what has begun is not given up for an outage of a minute."""

from collections.abc import Callable
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import UNREADABLE, is_passing
from credex_actions.core.clock import Clock
from credex_actions.core.retry import looks

AWAY: Final = 120.0
"""Seconds for which AWS or the network may be away."""
FOREIGN: Final = 12.0
"""Seconds for which something else may answer: a proxy's page is seldom a hiccup."""


class Passing(Exception):
    """A look failed in a way that passes by itself."""


def look_again(clock: Clock, call: Callable[[], Any]) -> Any:
    """A read that is repeated while AWS or the network is away, or something else answers: a deployment is not given up for that."""

    def once() -> Any:
        try:
            return call()
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            if is_passing(error):
                raise Passing from error
            raise

    try:
        return looks(Passing, sleep=clock.sleep, within=_patience)(once)
    except Passing as error:
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


def _patience(error: BaseException) -> float:
    return FOREIGN if isinstance(error.__cause__, UNREADABLE) else AWAY
