"""Permissions that roles and users have and do not use, service by service.

What a policy allows that was made or changed lately has had no time to be used. AWS tells when no other policy was attached: such a role is reported, and accepted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from credex_actions.core.text import listed
from credex_actions.maintenance.account.found import Found, ago, aws, days, older, plain
from credex_actions.maintenance.account.iam import roles, users
from credex_actions.maintenance.account.iam.analyzers import Analyzer, advised, covering
from credex_actions.maintenance.account.iam.authorization import Identity, Role, authorization
from credex_actions.maintenance.account.iam.last_accessed import Granted, Grantor, grantors, last_accessed
from credex_actions.maintenance.account.reading import Absent, Unreadable
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.checking import counted

CHECK: Final = "permission-unused"
SHOWN: Final = 8
"""Services, policies and actions that a finding names: an administrator has hundreds."""

AGENTS: Final = frozenset(("AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"))
"""Policies that AWS writes for a program of its own, outside of the folder of those for its services."""


def check(survey: Survey) -> Iterator[Found]:
    limit = survey.setting(CHECK, "days")
    known = survey.shared(authorization)
    identities = {each.arn: each for each in (*known.roles, *known.users) if is_candidate(each, survey.now, limit)}
    for arn in _reported(survey) & identities.keys() if identities else ():
        del identities[arn]
    if not identities:
        return
    for arn, granted, fix in _granted(survey, identities, limit):
        idle = unused(granted, survey.now, limit)
        if not idle:
            continue
        try:
            by = grantors(survey.reading, arn, sorted(each.service for each in idle))
        except Absent:  # deleted meanwhile
            continue
        idle = [each for each in idle if counts(by.get(each.service, ()), known.changed, survey.now, limit)]
        if idle:
            judged = Judged(idle, used(granted, survey.now, limit), by)
            yield found(identities[arn], judged, survey.now, limit, fix or _statements(arn, idle))


def is_candidate(identity: Identity, now: datetime, limit: float) -> bool:
    """Roles that AWS makes for its services have the policies that AWS gives them."""
    return identity.permitted and older(identity.created, now, limit) and not identity.path.startswith(roles.OF_AWS)


def _reported(survey: Survey) -> set[str]:
    """Roles and users that nobody uses at all are findings of other checks: they are deleted, not trimmed. Where those may not look, these are not left out."""
    found: set[str] = set()
    with suppress(Unreadable):
        found |= {each.arn for each in survey.shared(roles.unused)}
    with suppress(Unreadable):
        found |= {each.user.arn for each in users.inactive(survey)}
    return found


def _granted(survey: Survey, identities: Mapping[str, Identity], limit: float) -> Iterator[tuple[str, tuple[Granted, ...], str]]:
    """The last is what solves it, where the analyzer knows. Whose findings may not be read is no analyzer: IAM itself knows which services are unused."""
    asked = set(identities)
    if analyzer := covering(survey, limit):
        judged = {arn for arn, each in identities.items() if is_judged(each, survey.now, analyzer.days)}
        with suppress(Unreadable):
            found = list(advised(analyzer, judged, survey.now - timedelta(days=limit)))
            yield from ((each.arn, each.granted, _advice(analyzer, each.finding)) for each in found)
            asked -= judged
    yield from ((arn, granted, "") for arn, granted in last_accessed(survey.reading, sorted(asked)))


def is_judged(identity: Identity, now: datetime, patience: float) -> bool:
    """Whether an analyzer says what somebody may use and does not: of a role without any activity in its time it says that alone.

    Source: IAM Access Analyzer FAQ, "For active IAM roles and users, the findings provide visibility into unused services and actions".
    """
    return not isinstance(identity, Role) or (identity.used is not None and not older(identity.used, now, patience))


def unused(granted: Sequence[Granted], now: datetime, limit: float) -> list[Granted]:
    """Services without a use in that time, then those in use with idle actions; by name."""
    whole = [replace(each, idle=()) for each in granted if each.used is None or older(each.used, now, limit)]
    partly = [each for each in granted if each.idle and each.used is not None and not older(each.used, now, limit)]
    return sorted(whole, key=lambda each: each.service) + sorted(partly, key=lambda each: each.service)


def used(granted: Sequence[Granted], now: datetime, limit: float) -> list[str]:
    return sorted(each.service for each in granted if each.used and not older(each.used, now, limit) and not each.idle)


def counts(by: Sequence[Grantor], changed: Mapping[str, datetime], now: datetime, limit: float) -> bool:
    """Whether one of the policies that allow a service is the team's to change, and has been as it is for that time."""
    return not by or any(
        not _is_for_a_service(each) and not (each.arn in changed and not older(changed[each.arn], now, limit)) for each in by
    )


def _is_for_a_service(policy: Grantor) -> bool:
    """AWS writes it for one of its services or programs as a whole: nobody takes a part of it away."""
    _, of_aws, name = policy.arn.partition(":iam::aws:policy/")
    return bool(of_aws) and (name.startswith("service-role/") or name in AGENTS)


@dataclass(frozen=True)
class Judged:
    """`used`: services that were, where that is known. `by`: the policies that allow a service."""

    idle: Sequence[Granted]
    used: Sequence[str]
    by: Mapping[str, Sequence[Grantor]]


def found(identity: Identity, judged: Judged, now: datetime, limit: float, fix: str) -> Found:
    services = [each for each in judged.idle if not each.idle]
    actions = [action for each in judged.idle for action in each.idle]
    parts = [*([counted(len(services), "service")] if services else []), *([counted(len(actions), "action")] if actions else [])]
    kind = "role" if isinstance(identity, Role) else "user"
    return Found(
        check=CHECK,
        resource=identity.arn,
        title=f"{kind} {plain(identity.name)} may use {' and '.join(parts)}, and has not for {days(limit)}",
        why="; ".join((f"created {ago(identity.created, now)}", *_details(judged, services, actions, now))),
        fix=fix,
        tags=identity.tags,
        region="",
    )


def _details(judged: Judged, services: Sequence[Granted], actions: Sequence[str], now: datetime) -> Iterator[str]:
    policies = sorted({policy.name for each in judged.idle for policy in judged.by.get(each.service, ())})
    for what, names in (
        ("in use:", judged.used),
        ("no use on record of", [each.service for each in services if not each.used]),
        ("last used:", [f"{each.service} {ago(each.used, now)}" for each in services if each.used]),
        ("unused actions:", actions),
        ("allowed by", [plain(each) for each in policies]),
    ):
        if names:
            yield f"{what} {listed(names, SHOWN)}"


def _statements(arn: str, idle: Sequence[Granted]) -> str:
    shown = [each.service for each in idle][:SHOWN]
    asked = aws("iam", "list-policies-granting-service-access", "", "--service-namespaces", *shown, arn=arn)
    return f"See which policies allow them, and take that out: {asked}"


def _advice(analyzer: Analyzer, finding: str) -> str:
    given = {"analyzer_arn": analyzer.arn, "id": finding}
    begun = aws("accessanalyzer", "generate-finding-recommendation", analyzer.region, **given)
    return f"Have Access Analyzer write the policies without them: {begun}; a minute later: {aws('accessanalyzer', 'get-finding-recommendation', analyzer.region, **given)}"
