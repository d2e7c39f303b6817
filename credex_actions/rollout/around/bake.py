"""Whether a database that was moved to a new AMI runs well, from one look after another: pure.

It ends early where Bolt is silent for too long, where a check of the configuration has a wrong answer several times in a row, and on an alarm. Two things
are not held against it too soon. An alarm looks back, and may still tell of the swap, which was downtime: it counts once all that it looks at is
bake time. Caches are cold after a start: how long queries take is judged at the end, by the last looks, and not at all where the bake was too short for so many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from credex_actions.core.durations import in_words
from credex_actions.core.loop import Decision, Done, Step, Wait

LAST: Final = 10
"""Looks by which the time of queries is judged."""
WRONG_IN_A_ROW: Final = 3
NOISE: Final = 0.1
"""Seconds by which a query may become slower, whatever the factor: below that, it is the network's."""


class Ringing(NamedTuple):
    """An alarm that is in ALARM. `looks_back`: over which time it is evaluated."""

    name: str
    reason: str
    looks_back: timedelta


@dataclass(frozen=True, kw_only=True)
class Look:
    """`silent`: why Bolt did not respond; "" if it did. `took`: seconds by query. `wrong`: checks whose answer is not the expected one, a sentence each.

    `missing`: alarms that no longer exist.
    """

    at: datetime
    silent: str = ""
    took: Mapping[str, float]
    wrong: tuple[str, ...] = ()
    ringing: tuple[Ringing, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Want:
    """`before`: the median seconds of each query before the swap."""

    name: str
    began: datetime
    bake: timedelta
    silence: timedelta
    slowdown: float
    before: Mapping[str, float]
    poll: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`looks`: the last ones, oldest first. `answered`: when Bolt responded last. `count`, `failed`: looks, and those in which something was wrong."""

    now: datetime
    looks: tuple[Look, ...] = ()
    answered: datetime | None = None
    longest_silence: timedelta = timedelta()
    count: int = 0
    failed: int = 0


def looked(seen: Seen, look: Look, began: datetime) -> Seen:
    silent = look.at - (seen.answered or began)
    return Seen(
        now=look.at,
        looks=(*seen.looks, look)[-LAST:],
        answered=look.at if not look.silent else seen.answered,
        longest_silence=max(seen.longest_silence, silent) if look.silent else seen.longest_silence,
        count=seen.count + 1,
        failed=seen.failed + bool(look.silent or look.wrong or look.ringing),
    )


def decide(want: Want, seen: Seen) -> Decision[Step]:
    """The verdict: `baked`, or `failed` with all reasons; or how long to wait for the next look."""
    if not seen.looks:
        return Wait(f"{want.name}: first look", 0.0)
    over = seen.now - want.began >= want.bake
    reasons = [*_at_once(want, seen), *(_at_the_end(want, seen) if over else ())]
    if reasons:
        return Done("failed", "; ".join(reasons))
    if over:
        return Done("baked", summary(want, seen))
    left = want.bake - (seen.now - want.began)
    return Wait(f"{want.name} is watched for {in_words(left)} more{_doubts(seen)}", min(want.poll, max(left.total_seconds(), 0.1)))


def _doubts(seen: Seen) -> str:
    last = seen.looks[-1]
    doubts = [last.silent, *last.wrong, *(f"{each.name} is in ALARM, perhaps of the swap" for each in last.ringing)]
    told = "; ".join(doubt for doubt in doubts if doubt)
    return f": {told}" if told else ""


def _at_once(want: Want, seen: Seen) -> Iterator[str]:
    last = seen.looks[-1]
    if last.silent and last.at - (seen.answered or want.began) >= want.silence:
        yield f"Bolt has not responded for {in_words(last.at - (seen.answered or want.began))}: {last.silent}"
    recent = seen.looks[-WRONG_IN_A_ROW:]
    if len(recent) == WRONG_IN_A_ROW:
        yield from (each for each in last.wrong if all(each in look.wrong for look in recent))
    for each in last.ringing:
        if last.at - want.began >= each.looks_back:
            yield f"the alarm {each.name} is in ALARM ({each.reason})"
    yield from (f"the alarm {each} no longer exists" for each in last.missing)


def _at_the_end(want: Want, seen: Seen) -> Iterator[str]:
    last = seen.looks[-1]
    for each in last.ringing:
        if last.at - want.began < each.looks_back:
            span = in_words(each.looks_back)
            yield f"the alarm {each.name} is in ALARM ({each.reason}); it looks back {span}, so that it may still tell of the swap: a longer bake would tell"
    if last.silent:
        yield f"Bolt does not respond at the end: {last.silent}"
    recent = seen.looks[-WRONG_IN_A_ROW:]
    yield from (each for each in last.wrong if len(recent) < WRONG_IN_A_ROW or not all(each in look.wrong for look in recent))
    for query, before in want.before.items() if len(seen.looks) == LAST else ():
        now = typical(seen.looks, query)
        if now is not None and now > max(before * want.slowdown, before + NOISE):
            yield f"{_named(query)} takes {in_ms(now)}, {now / max(before, 0.0005):.0f} times as long as before ({in_ms(before)})"


def typical(looks: Sequence[Look], query: str) -> float | None:
    """The median of the last looks: one that was slow is no slowness."""
    took = [look.took[query] for look in looks if query in look.took]
    return median(took) if took else None


def summary(want: Want, seen: Seen) -> str:
    """What was seen, also if it failed."""
    return "; ".join(_sentences(want, seen))


def _sentences(want: Want, seen: Seen) -> Iterator[str]:
    troubled = f", {seen.failed} with something wrong" if seen.failed else ""
    yield f"{want.name}: watched for {in_words(seen.now - want.began)}, {seen.count} looks{troubled}"
    if seen.longest_silence:
        yield f"Bolt did not respond for {in_words(seen.longest_silence)} at most"
    if want.before and len(seen.looks) < LAST:
        yield f"how long queries take was not judged: that needs {LAST} looks, a bake of {in_words(timedelta(seconds=want.poll * LAST))}"
    for query, before in want.before.items():
        now = typical(seen.looks, query)
        if now is not None:
            yield f"{_named(query)} {in_ms(now)} ({in_ms(before)} before)"


def in_ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _named(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - a line


def after(seen: Seen, move: Step | Wait) -> Seen:
    """The world if all stays well."""
    later = seen.now + timedelta(seconds=move.seconds if isinstance(move, Wait) else 0)
    took = seen.looks[-1].took if seen.looks else {}
    return replace(seen, now=later, looks=(*seen.looks, Look(at=later, took=took))[-LAST:], answered=later, count=seen.count + 1)
