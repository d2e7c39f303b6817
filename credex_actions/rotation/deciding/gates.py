"""What holds a previous value in service: pure. It goes only once nobody needs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from credex_actions.core.durations import in_words
from credex_actions.rotation.deciding.state import Identity, Seen, Want


@dataclass(frozen=True)
class Hold:
    """`until`: when it passes by itself, as far as can be reported. `lasts`: it does not while this run continues."""

    why: str
    until: datetime | None
    lasts: bool = False


def holds(want: Want, seen: Seen, former: Identity | None = None) -> list[Hold]:
    """Why the previous value stays in service for now. An emergency waits for nobody."""
    if want.mode == "emergency":
        return []
    return list(_holds(want, seen, former))


def _holds(want: Want, seen: Seen, former: Identity | None) -> Iterator[Hold]:
    since = distributed_at(seen)
    if since is None:
        yield Hold("the new value is not in all targets yet", None)
        return
    if seen.now < (until := since + want.grace):
        yield Hold(f"its grace of {in_words(want.grace)} lasts until {until:%Y-%m-%d %H:%M:%S} UTC", until)
    for user in seen.users:
        if user.since is not None and user.since < since:
            yield Hold(f"{user.name} started before the new value was written, and still has the old one", None)
    if former and former.name == want.own_key:
        yield Hold(f"this run itself uses {former.name}: the next run, which has the new key, revokes it", None, lasts=True)
    elif former and former.used and former.used > since and seen.now < (quiet := former.used + max(want.grace, SOON)):
        what = f" for {former.used_for}" if former.used_for else ""
        yield Hold(f"{former.name} was used{what} at {former.used:%Y-%m-%d %H:%M:%S} UTC, after the new value was written", quiet)


SOON = timedelta(seconds=1)


def distributed_at(seen: Seen) -> datetime | None:
    """Since when all places have the current version; None if they have not."""
    known, current = seen.held.distributed, seen.held.current
    return known[1] if known and current and known[0] == current.id else None


def watch_ends(want: Want, seen: Seen, former: Identity) -> datetime | None:
    """None if it is not noted since when `former` is inactive."""
    noted = seen.held.deactivated
    if noted is None or noted[0] != former.name:
        return None
    return noted[1] + (timedelta() if want.mode == "emergency" else want.watch)
