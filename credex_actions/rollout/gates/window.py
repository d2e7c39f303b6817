"""The maintenance window: when it is open, and whether that is long enough. Pure.

`cron` is read as Debian's cron reads it, daylight saving time included: a fixed time that a change of the clocks skips comes right after it, one that it
repeats comes once. How long a window is open is elapsed time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from credex_actions.core.durations import in_words
from credex_actions.neo4j.configuration.model import Window
from credex_actions.rollout.gates.gate import Gate

NAME: Final = "maintenance window"
EARLIER: Final = timedelta(days=1)
"""Where the search begins: an hour that the clocks repeat would otherwise be met in its middle."""


class Opening(NamedTuple):
    """In UTC; `ends` is no part of it."""

    begins: datetime
    ends: datetime


def opening_at(window: Window, now: datetime) -> Opening | None:
    """The one that `now` lies in; of several the one that ends last."""
    open_for = timedelta(hours=window.hours)
    begun = takewhile(lambda begins: begins <= now, _openings(window, now - open_for - EARLIER))
    last = max(begun, default=None)
    return Opening(last, last + open_for) if last and now < last + open_for else None


def next_opening(window: Window, now: datetime) -> Opening | None:
    """The first that begins after `now`; None if there is none within fifty years, which is as far as the library looks."""
    begins = next((each for each in _openings(window, now - EARLIER) if each > now), None)
    return Opening(begins, begins + timedelta(hours=window.hours)) if begins else None


def _openings(window: Window, since: datetime) -> Iterator[datetime]:
    try:
        times = CronSim(window.cron, since.astimezone(ZoneInfo(window.time_zone)))
    except CronSimError:
        return  # a day that no month has
    for each in times:
        yield each.astimezone(UTC)


def judged(window: Window | None, now: datetime, needs: timedelta | None, forced: str = "") -> Gate:
    """`needs`: the expected downtime of what would be begun now; None where it is not known. One that would close before that is over counts as closed."""
    if window is None:
        return Gate(name=NAME, says="none is configured: a roll-out may begin at any time")
    current = opening_at(window, now)
    if current and (needs is None or now + needs <= current.ends):
        return Gate(name=NAME, says=f"open until {moment(current.ends, window)}")
    following = next_opening(window, now)
    then = f"it opens next on {moment(following.begins, window)}" if following else "it never opens: no day fits its cron"
    if current:
        what = f"it closes at {moment(current.ends, window)}, before the expected downtime of {in_words(needs or timedelta())} would be over; {then}"
    else:
        what = f"closed; {then}"
    return Gate(name=NAME, says=what, shut=True, passed=forced, hint="Wait for it, or give a reason in force-window.")


def moment(time: datetime, window: Window) -> str:
    """As a clock there shows it, and in UTC."""
    there = time.astimezone(ZoneInfo(window.time_zone))
    here = time.astimezone(UTC)
    if window.time_zone == "UTC":
        return f"{here:%A, %Y-%m-%d, %H:%M} UTC"
    day = "" if there.date() == here.date() else f"{here:%Y-%m-%d} "
    return f"{there:%A, %Y-%m-%d, %H:%M} {window.time_zone} ({day}{here:%H:%M} UTC)"
