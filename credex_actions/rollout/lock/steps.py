"""How the lock is taken, and released: pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.rollout.lock.bids import Head


@dataclass(frozen=True)
class Take(Step):
    says = "take the lock {name}"
    harmless = True
    twice = "nothing: of two bids that follow the same version the second one counts for nothing"
    unseen = "Nothing was changed. Run the same command again."
    name: str
    follows: int


@dataclass(frozen=True)
class Release(Step):
    says = "release the lock {name}"
    harmless = True
    twice = "nothing: of two bids that follow the same version the second one counts for nothing"
    name: str
    follows: int


LockStep: TypeAlias = Take | Release


@dataclass(frozen=True, kw_only=True)
class Want:
    name: str
    run: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`dead`: whether the holder's process, on this machine, is gone. `bid`: the number that AWS gave this run's bid, which may not show yet.

    `newest`: the highest number that shows. `torn`: whether versions are missing.
    """

    now: datetime
    head: Head
    newest: int
    dead: bool = False
    bid: int = 0
    torn: bool = False


def take(want: Want, seen: Seen) -> Decision[LockStep]:
    if seen.torn or seen.newest < seen.bid:
        return Wait(f"the lock {want.name} does not show all its versions yet", 1.0)
    if seen.head.run == want.run and seen.head.until is not None:
        return Done("held")
    if seen.head.held(seen.now) and not seen.dead:
        return Refuse((held(want.name, seen.head),), Exit.REFUSED)
    return Take(want.name, seen.head.version)


def held(name: str, head: Head) -> Fault:
    assert head.until
    what = f"refused: a roll-out is at work here: {head.holder} (run {head.run}) holds the lock {name} until {head.until:%Y-%m-%d %H:%M:%S} UTC, or longer if it is renewed"
    return Fault(what, "Wait for its end. If that run was killed, the lock expires at that time; then run the same command again.")


def release(want: Want, seen: Seen) -> Decision[LockStep]:
    mine = seen.head.run == want.run and seen.head.until is not None
    return Release(want.name, seen.head.version) if mine else Done("released")


def after(seen: Seen, step: LockStep | Wait) -> Seen:
    """The world if `step` works. Whose run it is the edge knows."""
    match step:
        case Take() | Release():
            raise AssertionError("the edge knows whose bid it is: after_bid")
        case Wait():
            return replace(seen, torn=False, newest=max(seen.newest, seen.bid))


def after_bid(want: Want, seen: Seen, step: LockStep | Wait) -> Seen:
    match step:
        case Take():
            return replace(seen, head=Head(version=seen.newest + 1, run=want.run, at=seen.now, until=seen.now), newest=seen.newest + 1)
        case Release():
            return replace(seen, head=Head(version=seen.newest + 1, run=want.run, at=seen.now), newest=seen.newest + 1)
        case _:
            return after(seen, step)
