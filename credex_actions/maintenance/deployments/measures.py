"""The four measures: how often is deployed, how long a change takes, how much fails, how long a failure lasts. Pure.

Source: DORA, "DORA's software delivery metrics". A rollback is a deployment too: it says that what it replaced had failed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from credex_actions.core.durations import in_words
from credex_actions.maintenance.deployments.observed import Between, Deployed, Environment
from credex_actions.maintenance.finding import Chart

WEEK: Final = timedelta(days=7)


class Measures(NamedTuple):
    """`failed`: of `finished`. None where nothing tells."""

    finished: int
    failed: int
    a_week: float
    lead: timedelta | None
    restore: timedelta | None

    @property
    def failures(self) -> float | None:
        return 100 * self.failed / self.finished if self.finished else None

    def __str__(self) -> str:
        lead = f"lead time {in_words(self.lead)}" if self.lead is not None else "lead time not known"
        restore = f", {in_words(self.restore)} to restore" if self.restore is not None else ""
        rate = f", {self.failures:.0f}% failed" if self.failures is not None else ""
        return f"{self.a_week:.1f} deployments a week, {lead}{rate}{restore}"


def measured(environment: Environment, leads: Mapping[int, Between], span: timedelta) -> Measures:
    """`leads`: by deployment, what it brought that the one before it had not."""
    bad = failed(environment.deployed)
    return Measures(
        finished=len(environment.finished),
        failed=len(bad),
        a_week=sum(each.outcome == "success" for each in environment.deployed) / max(span / WEEK, 1),
        lead=lead_time(environment.deployed, leads),
        restore=time_to_restore(environment.deployed, bad),
    )


def failed(deployed: Sequence[Deployed]) -> frozenset[int]:
    """Those that ended so, and those that were rolled back: what came next had been deployed before them."""
    bad = {each.id for each in deployed if each.outcome == "failure"}
    earlier: set[str] = set()
    last: Deployed | None = None
    for each in reversed(deployed):
        if each.outcome != "success":
            continue
        if last and each.sha != last.sha and each.sha in earlier:
            bad.add(last.id)
        earlier.add(each.sha)
        last = each
    return frozenset(bad)


def lead_time(deployed: Iterable[Deployed], leads: Mapping[int, Between]) -> timedelta | None:
    """The median over all changes, from commit to success."""
    times = [
        (each.ended - change.at).total_seconds()
        for each in deployed
        if each.outcome == "success" and each.ended
        for change in leads.get(each.id, Between(0, ())).changes
        if change.at <= each.ended
    ]
    return timedelta(seconds=median(times)) if times else None


def time_to_restore(deployed: Sequence[Deployed], bad: frozenset[int]) -> timedelta | None:
    """The median, from the first failure in a row to the next success. What is not restored yet does not count."""
    times: list[float] = []
    since: datetime | None = None
    for each in reversed(deployed):
        if each.id in bad:
            since = since or each.ended or each.created
        elif each.outcome == "success" and since and each.ended:
            times.append((each.ended - since).total_seconds())
            since = None
    return timedelta(seconds=median(times)) if times else None


def by_week(environment: Environment, end: datetime, span: timedelta) -> Chart:
    weeks = max(round(span / WEEK), 1)
    counts = [0] * weeks
    for each in environment.deployed:
        at = int((end - (each.ended or each.created)) / WEEK)
        if each.outcome == "success" and 0 <= at < weeks:
            counts[weeks - 1 - at] += 1
    points = tuple(((end - (weeks - number) * WEEK).isoformat(timespec="seconds"), float(count)) for number, count in enumerate(counts))
    return Chart(f"Deployments to {environment.name} by week", "deployments", "line", points)
