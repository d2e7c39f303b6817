"""What the report draws of an account, and what it says of that which is well."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.ec2.using import use_of_instances
from credex_actions.maintenance.account.found import days_since
from credex_actions.maintenance.account.iam.credential_report import User, credential_report
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.finding import Chart, Finding

BARS: Final = 20
"""More are not read; the longest are drawn."""


def charts(findings: Sequence[Finding], surveys: Sequence[Survey]) -> tuple[Chart, ...]:
    drawn = [cost_by_check(findings)]
    firsts = (each for each in surveys if each is each.siblings[0])
    drawn += [ages_of_keys(users, each.now, each.scope.account) for each in firsts if (users := each.known(credential_report))]
    return tuple(each for each in drawn if each.points)


def cost_by_check(findings: Sequence[Finding]) -> Chart:
    costs: Counter[str] = Counter()
    for each in findings:
        costs[each.check] += each.monthly_cost or 0  # type: ignore[assignment]
    points = sorted(((name, round(cost, 2)) for name, cost in costs.items() if cost), key=lambda point: -point[1])
    return Chart("Cost of what nobody needs, by check", "USD a month", "bars", tuple(points[:BARS]))


def ages_of_keys(users: Sequence[User], now: datetime, account: str) -> Chart:
    points = sorted(_ages(users, now), key=lambda point: -point[1])
    return Chart(f"Age of active access keys in {account}", "days", "bars", tuple(points[:BARS]))


def _ages(users: Sequence[User], now: datetime) -> Iterator[tuple[str, float]]:
    for user in users:
        active = [each for each in user.keys if each.active and each.created]
        for number, key in enumerate(active, 1):
            assert key.created
            name = one_line(user.name, 64)
            yield name if len(active) == 1 else f"{name} ({number})", float(days_since(key.created, now))


def notes(surveys: Sequence[Survey]) -> tuple[tuple[str, str], ...]:
    return tuple(note for survey in surveys for note in _notes(survey))


def _notes(survey: Survey) -> Iterator[tuple[str, str]]:
    where = f"{survey.scope.account} {survey.scope.region}"
    use = survey.known(use_of_instances)
    if use and (unmeasured := sum(not each.memory for each in use.values())):
        yield (
            "instance-oversized",
            f"{where}: {unmeasured} of {len(use)} instances have no metric of memory (mem_used_percent), so nothing is said of their size",
        )
    if every := survey.known(instances):
        yield "instance-imdsv1", f"{where}: {sum(not each.version_1 for each in every)} of {len(every)} instances ask for a token"
    users = survey.known(credential_report)
    if users and survey is survey.siblings[0]:
        keys = [key for user in users for key in user.keys if key.active and key.created]
        if keys:
            oldest = max(days_since(key.created, survey.now) for key in keys if key.created)
            yield "access-key-old", f"{survey.scope.account}: {len(keys)} active access keys, the oldest is {oldest} days old"
