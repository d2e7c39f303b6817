"""What about deployments somebody has to decide. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from credex_actions.core.durations import in_words
from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.deployments.measures import Measures
from credex_actions.maintenance.deployments.observed import Between, Environment
from credex_actions.maintenance.finding import Finding

CHECK: Final = "deployment-measures"
UNREPAIRED: Final = timedelta(days=1)
"""For which a failed deployment is somebody's work in progress."""


def last_failed(environment: Environment, repository: str, now: datetime) -> Iterator[Finding]:
    last = environment.finished[0] if environment.finished else None
    if last is None or last.outcome != "failure" or now - (last.ended or last.created) < UNREPAIRED:
        return
    serving = environment.serving
    what = (
        f"{serving.sha[:12]}, deployed {in_words(now - serving.created)} ago, serves"
        if serving
        else "nothing has succeeded for as long as is looked back"
    )
    yield Finding(
        check=CHECK,
        severity="high",
        resource=f"{repository} {environment.name}",
        key="failed",
        title=f"the last deployment to {environment.name} failed {in_words(now - (last.ended or last.created))} ago",
        why=f"{last.sha[:12]} was to be deployed; {what}.",
        fix="Read the log of its run, then deploy a corrected revision, or remove the change.",
    )


def often_failed(environment: Environment, measures: Measures, repository: str, percent: float, least: float) -> Iterator[Finding]:
    if measures.finished >= least and measures.failures is not None and measures.failures >= percent:
        yield Finding(
            check=CHECK,
            severity="medium",
            resource=f"{repository} {environment.name}",
            key="failures",
            title=f"{measures.failures:.0f}% of the deployments to {environment.name} fail",
            why=f"{measures.failed} of {measures.finished} failed or were rolled back; {measures}.",
            fix="Compare what the failed runs have in common: the same check, the same kind of change, the same hour.",
        )


def waiting(source: Environment, target: Environment, there: Between, repository: str, now: datetime, days: float) -> Iterator[Finding]:
    """`there`: what `source` serves and `target` lacks."""
    if not there.changes or now - there.changes[0].at < timedelta(days=days):
        return
    oldest = there.changes[0]
    number = "1 change waits" if there.total == 1 else f"{there.total} changes wait"
    yield Finding(
        check=CHECK,
        severity="medium",
        resource=f"{repository} {target.name}",
        key=f"waiting {source.name}",
        title=f"{number} in {source.name} for {target.name}, the oldest for {in_words(now - oldest.at)}",
        why=one_line(f"The oldest: {listed([each.subject for each in there.changes], 3)}.", 300),
        fix=f"Promote {source.name} to {target.name} (credex-actions promote), or revert what must not reach it.",
    )


def note(environment: Environment, measures: Measures, now: datetime) -> str:
    serving = environment.serving
    if serving is None:
        return f"{environment.name}: nothing was deployed in the time that is looked at"
    more = " (more than were read)" if environment.cut else ""
    return f"{environment.name}: {serving.sha[:12]} since {in_words(now - (serving.ended or serving.created))}; {measures}{more}"
