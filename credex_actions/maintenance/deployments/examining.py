"""Looks at the deployments of one repository to its environments, from the first to the last, which is production."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from credex_actions.core.retry import Later
from credex_actions.core.text import listed, one_line
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.github.connection.session import Session
from credex_actions.maintenance.checking import Checking, Skipped, Wanted, everything
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.deployments import judging, measures, reading
from credex_actions.maintenance.deployments.observed import Between, Environment
from credex_actions.maintenance.finding import Chart, Examined, Finding

MOST_COMPARED: Final = 30
"""Deployments whose changes are looked at for the lead time."""
GONE: Final = 404


def examine(
    context: Context, session: Callable[[], Session], environments: Mapping[str, str], window: timedelta, *, wanted: Wanted = everything
) -> Examined:
    """`session`: raises Failure without credentials. `environments`: in the order in which a change passes them, each with the branch that is deployed
    to it. `window`: how far back is looked. Never raises but Cancelled.
    """
    checking = Checking(context, wanted)
    checking.run(judging.CHECK, lambda: _examined(checking, session, environments, window))
    return checking.examined()


def _examined(checking: Checking, opened: Callable[[], Session], environments: Mapping[str, str], window: timedelta) -> Iterator[Finding]:
    session = opened()
    before = session.api.charged
    try:
        yield from _of_repository(checking, session, environments, window)
    except Refused as error:
        raise Skipped(
            one_line(f"GitHub does not show the deployments of {session.place.repository}: {error}. Grant deployments: read.", 400)
        ) from None
    except (Unreachable, Later) as error:
        raise Skipped(one_line(str(error), 300)) from None
    finally:
        checking.calls += session.api.charged - before


def _of_repository(checking: Checking, session: Session, environments: Mapping[str, str], span: timedelta) -> Iterator[Finding]:
    now, repository = session.api.now(), session.place.repository
    seen = [reading.environment(session, name, now - span) for name in environments]
    percent, least, days = (checking.setting(judging.CHECK, name) for name in ("failures", "least", "waiting"))
    leads_of_all = []
    for each in seen:
        leads = _leads(checking, session, each) if each is seen[-1] else {}
        found = measures.measured(each, leads, span)
        checking.note(judging.CHECK, judging.note(each, found, now))
        checking.chart(judging.CHECK, measures.by_week(each, now, span))
        leads_of_all.append(leads)
        yield from judging.last_failed(each, repository, now)
        yield from judging.often_failed(each, found, repository, percent, least)
    checking.chart(judging.CHECK, _lead_chart(seen[-1], leads_of_all[-1]))
    yield from _waiting(checking, session, seen, environments, now, days)


def _leads(checking: Checking, session: Session, environment: Environment) -> Mapping[int, Between]:
    """What each successful deployment brought. The first one that is looked at has none before it."""
    done = [each for each in environment.deployed if each.outcome == "success"]
    found = {}
    for newer, older in list(pairwise(done))[:MOST_COMPARED]:
        checking.context.clock.check()
        if newer.sha != older.sha and (there := _between(session, older.sha, newer.sha)):
            found[newer.id] = there
    return found


def _between(session: Session, base: str, head: str) -> Between | None:
    """None for a commit that is gone: a branch was rewritten."""
    try:
        return reading.between(session, base, head)
    except Refused as error:
        if error.status == GONE:
            return None
        raise


def _waiting(
    checking: Checking, session: Session, seen: Sequence[Environment], branches: Mapping[str, str], now: datetime, days: float
) -> Iterator[Finding]:
    """What serves there is compared; where no deployment says what that is, the branches are."""
    for source, target in pairwise(seen):
        base, head = (each.serving.sha if each.serving else branches[each.name] for each in (target, source))
        if base == head or (source.serving is None and target.serving is None):
            continue
        there = _between(session, base, head)
        if there and there.total:
            checking.note(
                judging.CHECK,
                f"{there.total} {'change is' if there.total == 1 else 'changes are'} in {source.name} and not in {target.name}",
            )
            yield from judging.waiting(source, target, there, session.place.repository, now, days)
    empty = [each.name for each in seen if not each.deployed]
    if empty and len(empty) == len(seen):
        raise Skipped(f"nothing was deployed to {listed(empty)} in the time that is looked at: are these the names of the environments?")


def _lead_chart(environment: Environment, leads: Mapping[int, Between]) -> Chart:
    """Hours from commit to production, by deployment."""
    points = []
    for each in reversed(environment.deployed):
        time = measures.lead_time([each], leads)
        if time is not None and each.ended:
            points.append((each.ended.isoformat(timespec="seconds"), round(time.total_seconds() / 3600, 2)))
    return Chart(f"Lead time to {environment.name}", "hours", "line", tuple(points))
