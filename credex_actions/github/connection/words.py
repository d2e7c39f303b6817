"""What GitHub's outages and limits are to a user: a failure that says what state is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.retry import Later
from credex_actions.github.connection.answers import Unreachable


def until(limit: Later) -> str:
    return f"lasts {max(round(limit.seconds / 60), 1)} min more"


@contextmanager
def in_words(state: Callable[[], str]) -> Iterator[None]:
    try:
        yield
    except Unreachable as error:
        hint = "Check the network and githubstatus.com."
        raise Failure(Exit.REMOTE, Fault(str(error), hint, "GITHUB_API_URL"), left=state()) from None
    except Later as error:
        what = f"{error}, and it {until(error)}, which is too long to wait here"
        raise Failure(Exit.REMOTE, Fault(what, "It resets by itself; other credentials have their own limit."), left=state()) from None
