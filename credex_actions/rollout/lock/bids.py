"""Who holds the lock: read off the versions of one SSM parameter. Pure.

Parameter Store has no compare-and-set: whoever may write, writes. But it gives each version a number that no other one has, and the time of its own clock.
So each version is a bid that says which version it follows. Of two bids that follow the same one, that with the lower number counts; the other one counts for
nothing, and its bidder reads that off the same list as everyone else. A holder renews by a bid that follows its own last one. A lock whose holder is dead
expires by AWS's time: then, and not before, a bid of somebody else counts.

Nobody follows a bid that does not count, so the highest number that is followed did count. Older versions, which Parameter Store deletes beyond a hundred, are not needed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

Kind: TypeAlias = Literal["take", "renew", "release"]
LASTS: Final = timedelta(seconds=120)
"""From a bid on, by AWS's clock."""
RENEWED_EVERY: Final = 30.0
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class Bid:
    """`holder`: who it is, in words. `machine` and `process`: as in a lease; `dead`: the process of the bid that this one follows, on the same machine, is gone."""

    kind: Kind
    follows: int
    run: str
    holder: str
    machine: str = ""
    process: str = ""
    dead: bool = False

    def __str__(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`at`: AWS's time. `bid`: None for one that cannot be read."""

    version: int
    at: datetime
    bid: Bid | None


@dataclass(frozen=True, kw_only=True)
class Head:
    """The bid that counts last. `version` 0: there is none yet. `until` None: it is free."""

    version: int
    run: str = ""
    holder: str = ""
    machine: str = ""
    process: str = ""
    at: datetime | None = None
    until: datetime | None = None

    def held(self, now: datetime) -> bool:
        return self.until is not None and now <= self.until


FREE: Final = Head(version=0)


def read_bid(text: str) -> Bid | None:
    """None for what is no bid: whoever may write the parameter may have written this."""
    try:
        given: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(given, dict) or given.get("kind") not in {"take", "renew", "release"}:
        return None
    texts = [given.get(name) for name in ("run", "holder", "machine", "process")]
    follows, dead = given.get("follows"), given.get("dead")
    if not all(isinstance(each, str) for each in texts) or type(follows) is not int or follows < 0 or not isinstance(dead, bool):
        return None
    run, holder, machine, process = (str(each) for each in texts)
    return Bid(kind=given["kind"], follows=follows, run=run, holder=holder, machine=machine, process=process, dead=dead)


class TornHistoryError(Exception):
    """Versions are missing that would have to be there: it is not known who holds the lock."""


def head_of(entries: Sequence[Entry]) -> Head:
    """`entries`: oldest first. Raises TornHistoryError."""
    bids = [each for each in entries if each.bid and each.bid.follows < each.version]
    if not bids:
        return FREE
    followed = max(each.bid.follows for each in bids if each.bid)
    numbers = [each.version for each in entries if each.version >= followed]
    if numbers != list(range(max(followed, 1), entries[-1].version + 1)):
        raise TornHistoryError
    first = next((each for each in bids if each.version == followed), None)
    head = _head(first) if first else FREE
    for each in bids:
        if each.version > followed and each.bid and each.bid.follows == head.version and _counts(head, each, each.bid):
            head = _head(each)
    return head


def _counts(head: Head, entry: Entry, bid: Bid) -> bool:
    if bid.kind == "take":
        over = head.until is None or entry.at > head.until
        return over or (bid.dead and bool(bid.machine) and bid.machine == head.machine)
    return head.until is not None and bid.run == head.run


def _head(entry: Entry) -> Head:
    bid = entry.bid
    assert bid
    return Head(
        version=entry.version,
        run=bid.run,
        holder=bid.holder,
        machine=bid.machine,
        process=bid.process,
        at=entry.at,
        until=None if bid.kind == "release" else entry.at + LASTS,
    )
