"""Roles that nobody assumes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.found import Found, ago, aws, days, older, plain
from credex_actions.maintenance.account.iam.authorization import Role, authorization
from credex_actions.maintenance.account.serving.functions import functions
from credex_actions.maintenance.account.serving.schedules import schedules
from credex_actions.maintenance.account.serving.services import definitions
from credex_actions.maintenance.account.survey import Survey

OF_AWS: Final = ("/aws-service-role/", "/aws-reserved/")
"""AWS makes the roles of these paths, and removes them in its way."""


def check(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(unused):
        yield found(each, survey, survey.setting("role-unused", "days"))


def unused(survey: Survey) -> tuple[Role, ...]:
    """Roles belong to no region, what names them does."""
    limit = survey.setting("role-unused", "days")
    candidates = [each for each in survey.shared(authorization).roles if is_unused(each, survey.now, limit)]
    if not candidates:
        return ()
    named = frozenset(name for each in survey.siblings for name in each.shared(named_here))
    return tuple(each for each in candidates if each.arn not in named and named.isdisjoint(each.profiles))


def is_unused(role: Role, now: datetime, limit: float) -> bool:
    return not role.path.startswith(OF_AWS) and older(role.created, now, limit) and (role.used is None or older(role.used, now, limit))


def named_here(survey: Survey) -> frozenset[str]:
    """A task that runs for months uses its execution role only when it starts, and one that calls no service never uses its own."""
    tasks = (role for each in survey.shared(definitions) for role in (each.get("taskRoleArn"), each.get("executionRoleArn")))
    return frozenset(
        each
        for each in (
            *tasks,
            *survey.shared(functions).roles,
            *(each.profile for each in survey.shared(instances)),
            *(each.role for each in survey.shared(schedules)),
        )
        if each
    )


def found(role: Role, survey: Survey, limit: float) -> Found:
    used = f"last used {ago(role.used, survey.now)}" if role.used else "no use on record"
    return Found(
        check="role-unused",
        resource=role.arn,
        title=f"role {plain(role.name)} has not been used for {days(limit)}",
        why=f"created {ago(role.created, survey.now)}, {used}; no task, function, schedule or instance in the regions looked at names it",
        fix=f"Deny it first: {aws('iam', 'attach-role-policy', role_name=role.name, policy_arn='arn:aws:iam::aws:policy/AWSDenyAll')}; delete it after a month",
        tags=role.tags,
        region="",
    )
