"""Whether a deployment is healthy, pure: "never became healthy" and "became unhealthy while watched" are two different ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from credex_actions.core.loop import Decision, Done, Step, Wait


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check at one look."""

    name: str
    ok: bool
    what: str
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Want:
    """`successes`: looks in a row, good ones to become healthy, bad ones to become unhealthy again."""

    successes: int
    give_up: datetime
    watch: timedelta
    poll: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`good` and `bad`: looks in a row that ended so, this one included. `healthy_since`: when it first became healthy."""

    now: datetime
    results: tuple[Result, ...]
    good: int = 0
    bad: int = 0
    healthy_since: datetime | None = None


def looked(before: Seen | None, now: datetime, results: tuple[Result, ...], want: Want) -> Seen:
    """What is known after one more look."""
    fine = all(result.ok for result in results)
    good = (before.good if before else 0) + 1 if fine else 0
    bad = 0 if fine else (before.bad if before else 0) + 1
    since = before.healthy_since if before else None
    return Seen(now=now, results=results, good=good, bad=bad, healthy_since=since or (now if good >= want.successes else None))


def decide(want: Want, seen: Seen) -> Decision[Step]:
    failing = "; ".join(f"{result.name}: {result.what}" for result in seen.results if not result.ok)
    if seen.healthy_since is None:
        if seen.now >= want.give_up:
            return Done("unhealthy", f"it never became healthy: {failing or f'only {seen.good} good looks in a row'}")
        return Wait(failing or f"{seen.good} of {want.successes} good looks in a row", want.poll)
    if seen.bad >= want.successes:
        return Done("unhealthy", f"it became unhealthy while it was watched: {failing}")
    if seen.now >= seen.healthy_since + want.watch and not failing:
        return Done("healthy")
    return Wait(failing or "healthy; watching", want.poll)


def after(seen: Seen, move: Step | Wait) -> Seen:
    """The world if all goes well: one more good look."""
    seconds = move.seconds if isinstance(move, Wait) else 0.0
    now = seen.now + timedelta(seconds=seconds)
    return replace(seen, now=now, good=seen.good + 1, bad=0, healthy_since=seen.healthy_since or now, results=())
