"""Whether the tasks of a service have read the address of its database as it is now, which they do when they start: pure."""

from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

Move: TypeAlias = Literal["redeploy", "follow", "proven", "idle"]


class Tasks(NamedTuple):
    """`oldest`: when the oldest task that is not stopped was created. `deploying`: when a deployment that is in progress began."""

    revision: str
    desired: int
    oldest: datetime | None
    deploying: datetime | None


def decide(since: datetime, seen: Tasks) -> Move:
    """`since`: when the address was written. A run that was killed after it had begun a deployment is followed by the next one: tasks that are newer than
    the address are not started again.
    """
    if seen.deploying is not None:
        return "follow" if seen.deploying >= since else "redeploy"
    if seen.oldest is None:
        return "idle" if seen.desired == 0 else "follow"
    return "proven" if seen.oldest >= since else "redeploy"
