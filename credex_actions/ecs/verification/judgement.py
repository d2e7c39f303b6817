"""Whether a deployment is healthy, from one look after another: pure (architecture.md, idea 1).

`successes` good looks in a row make it healthy. While it is watched afterwards, as many failures among the last looks make it unhealthy:
a single lost request does not put a release back, and a service that fails every other request does not pass either.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.progress import elapsed

State: TypeAlias = Literal["good", "bad", "unknown"]

QUICK: Final = 2.0
"""Seconds between two looks while good ones in a row are counted."""

REMEMBERED: Final = 4
"""Times `successes`: how many of the last looks count while it is watched."""

UNREAD_WITHIN: Final = timedelta(minutes=5)
"""How long the end is put off for checks that cannot be read, or could not be."""

IN_A_ROW: Final = timedelta(minutes=1)
"""How much more than two polls may lie between two good looks of one row: a look of long ago says nothing of now."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one check found. `unknown`: it could not be read, which says nothing about the deployment. `hopeless`: it cannot become good any more.

    `note`: what a person has to know although the check is good: what it does not cover, where it was led.
    """

    check: str
    state: State
    what: str
    seconds: float = 0.0
    failures: int = 1  # how many things went wrong at once, where the state is bad
    hopeless: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Look:
    """All checks, once."""

    at: datetime
    answers: tuple[Answer, ...]

    @property
    def state(self) -> State:
        states = {answer.state for answer in self.answers}
        return "bad" if "bad" in states else "unknown" if "unknown" in states else "good"

    @property
    def failures(self) -> int:
        return max((answer.failures for answer in self.answers if answer.state == "bad"), default=0)

    def words(self, state: State) -> str:
        return "; ".join(f"{answer.check}: {answer.what}" for answer in self.answers if answer.state == state)


@dataclass(frozen=True, kw_only=True)
class Want:
    """`watch`: how long it has to stay healthy; `poll`: seconds between two looks, but for those that count a row of good ones."""

    successes: int
    give_up: datetime
    watch: timedelta
    poll: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`looks`: the last ones, oldest first. `streak`: good ones in a row. `healthy_since`: when it was first found healthy.

    `blind`: how long it could not be read while it was watched; `unread`: the last words for that.
    """

    now: datetime
    looks: tuple[Look, ...] = ()
    streak: int = 0
    last_good: datetime | None = None
    blind: timedelta = timedelta()
    unread: str = ""
    healthy_since: datetime | None = None
    since_healthy: tuple[Look, ...] = ()


def looked(want: Want, seen: Seen, look: Look) -> Seen:
    """`seen` with one more look. One that could not be read neither ends a row of good ones nor adds to it, for a while."""
    fresh = seen.last_good is not None and look.at - seen.last_good <= IN_A_ROW + 2 * timedelta(seconds=want.poll)
    streak = {"good": seen.streak + 1 if fresh else 1, "bad": 0, "unknown": seen.streak}[look.state]
    healthy = seen.healthy_since or (look.at if streak >= want.successes else None)
    watched = (*seen.since_healthy, look)[-REMEMBERED * want.successes :] if seen.healthy_since else ()
    return Seen(
        now=look.at,
        looks=(*seen.looks, look)[-want.successes :],
        streak=streak,
        last_good=look.at if look.state == "good" else seen.last_good,
        blind=seen.blind + (look.at - seen.now if seen.healthy_since and look.state == "unknown" else timedelta()),
        unread=look.words("unknown") or seen.unread,
        healthy_since=healthy,
        since_healthy=watched,
    )


def decide(want: Want, seen: Seen) -> Decision[Step]:
    """The verdict, or how long to wait for the next look. The first case that fits wins: their order is their priority."""
    if not seen.looks:
        return Wait("looking", 0.0)
    last = seen.looks[-1]
    if any(answer.hopeless and answer.state == "bad" for answer in last.answers):
        return Done("became-unhealthy" if seen.healthy_since else "never-healthy", last.words("bad"))
    return _becoming(want, seen, last) if seen.healthy_since is None else _watched(want, seen, last, seen.healthy_since)


def _becoming(want: Want, seen: Seen, last: Look) -> Decision[Step]:
    if last.state == "unknown" and seen.now >= want.give_up:
        return Done("unread", last.words("unknown"))
    if seen.now >= want.give_up:
        return Done("never-healthy", last.words("bad") or f"only {seen.streak} of {want.successes} consecutive checks were good")
    if last.state == "good":
        return Wait(f"healthy in {seen.streak} of {want.successes} checks", min(QUICK, want.poll))
    return Wait(f"not healthy yet: {last.words('bad') or last.words('unknown')}", want.poll)


def _watched(want: Want, seen: Seen, last: Look, since: datetime) -> Decision[Step]:
    if sum(look.failures for look in seen.since_healthy) >= want.successes:
        return Done("became-unhealthy", _lately(seen))
    over = seen.now - since - want.watch - seen.blind  # what was not seen is watched afterwards
    if over >= timedelta() and last.state == "good":
        return Done("healthy")
    if over + seen.blind >= UNREAD_WITHIN and last.state != "bad":
        return Done("unread", f"{seen.unread} (not read for {elapsed(seen.blind.total_seconds())} of the time during which it was watched)")
    if last.state == "good":
        return Wait("watched, all is well", min(want.poll, -over.total_seconds()))
    return Wait(f"watched for {elapsed((seen.now - since).total_seconds())}: {last.words(last.state)}", want.poll)


def _lately(seen: Seen) -> str:
    """What went wrong while it was watched, each thing once, the newest last."""
    words = dict.fromkeys(look.words("bad") for look in seen.since_healthy if look.state == "bad")
    return "; then ".join(list(words)[-3:])


def after(seen: Seen, move: Step | Wait) -> Seen:
    """The world if all stays well: one more good look, later."""
    later = seen.now + timedelta(seconds=move.seconds if isinstance(move, Wait) else 0)
    answers = tuple(
        replace(answer, state="good", what="all is well", hopeless=False) for look in seen.looks[-1:] for answer in look.answers
    )
    return replace(seen, now=later, looks=(*seen.looks, Look(at=later, answers=answers)), streak=seen.streak + 1)
