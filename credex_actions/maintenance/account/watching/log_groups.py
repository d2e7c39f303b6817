"""Log groups that keep everything, and ones that nothing writes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from credex_actions.maintenance.account.found import Found, Record, aws, days, days_since, older, plain, tags_of
from credex_actions.maintenance.account.reading import Absent
from credex_actions.maintenance.account.serving.functions import functions
from credex_actions.maintenance.account.serving.services import definitions
from credex_actions.maintenance.account.survey import Survey

GIB: Final = 1 << 30
A_YEAR: Final = 365


@dataclass(frozen=True)
class LogGroup:
    """`retention`: in days, None for ever. `bytes`: stored, as far as CloudWatch has counted."""

    name: str
    arn: str
    created: datetime
    retention: int | None
    bytes: int


def log_groups(survey: Survey) -> tuple[LogGroup, ...]:
    """Those whose logs are in another class that keeps no events are delivered elsewhere and have no retention."""
    return tuple(
        read(each)
        for each in survey.reading.pages("logs", "describe_log_groups", "logGroups", PaginationConfig={"PageSize": 50})
        if each.get("logGroupClass") != "DELIVERY"
    )


def read(record: Record) -> LogGroup:
    return LogGroup(
        name=record["logGroupName"],
        arn=record["arn"].removesuffix(":*"),
        created=datetime.fromtimestamp(record["creationTime"] / 1000, UTC),
        retention=record.get("retentionInDays"),
        bytes=record.get("storedBytes", 0),
    )


def check_retention(survey: Survey) -> Iterator[Found]:
    age, longest = survey.setting("log-group-without-retention", "days"), survey.setting("log-group-without-retention", "longest")
    empty = {each.name for each in empty_ones(survey)}
    for each in survey.shared(log_groups):
        if each.name not in empty and keeps_too_long(each, survey.now, age, longest):
            yield endless(each, survey, longest)


def keeps_too_long(group: LogGroup, now: datetime, age: float, longest: float) -> bool:
    return older(group.created, now, age) and (group.retention is None or group.retention > longest)


def empty_ones(survey: Survey) -> list[LogGroup]:
    return survey.shared(_empty)


def _empty(survey: Survey) -> list[LogGroup]:
    limit = survey.setting("log-group-empty", "days")
    quiet = [each for each in survey.shared(log_groups) if not each.bytes and older(each.created, survey.now, limit)]
    if not quiet:
        return []
    used = survey.shared(functions).log_groups | logged_to(survey.shared(definitions))
    return [each for each in quiet if each.name not in used and not _written(survey, each, limit)]


def logged_to(running: tuple[Record, ...]) -> frozenset[str]:
    containers = (container for each in running for container in each["containerDefinitions"])
    options = (container.get("logConfiguration", {}).get("options", {}) for container in containers)
    return frozenset(each["awslogs-group"] for each in options if each.get("awslogs-group"))


def _written(survey: Survey, group: LogGroup, limit: float) -> bool:
    """CloudWatch counts stored bytes late, and none of what has expired: the newest stream tells when something came in."""
    try:
        streams = survey.reading.one(
            "logs", "describe_log_streams", logGroupName=group.name, orderBy="LastEventTime", descending=True, limit=1
        )["logStreams"]
    except Absent:
        return True
    times = [each.get("lastIngestionTime") or each.get("lastEventTimestamp") for each in streams]
    return any(each and not older(datetime.fromtimestamp(each / 1000, UTC), survey.now, limit) for each in times)


def check_empty(survey: Survey) -> Iterator[Found]:
    for each in empty_ones(survey):
        yield Found(
            check="log-group-empty",
            resource=each.arn,
            title=f"nothing writes to log group {plain(each.name)}",
            why=f"created {days_since(each.created, survey.now)} days ago, holds no events, and nothing was written in the last {days(survey.setting('log-group-empty', 'days'))}",
            fix=aws("logs", "delete-log-group", survey.scope.region, log_group_name=each.name),
            tags=_tags(survey, each),
        )


def endless(group: LogGroup, survey: Survey, longest: float) -> Found:
    cost = survey.prices.of("log-storage", group.bytes / GIB)
    kept = (
        "its events never expire" if group.retention is None else f"it keeps events for {group.retention} days, {days(longest)} are allowed"
    )
    return Found(
        check="log-group-without-retention",
        resource=group.arn,
        title=f"log group {plain(group.name)} keeps its events {'for ever' if group.retention is None else 'for very long'}",
        why=f"{kept}; {group.bytes / GIB:.2f} GiB stored{survey.prices.says(cost)}",
        fix=aws("logs", "put-retention-policy", survey.scope.region, log_group_name=group.name, retention_in_days=A_YEAR),
        tags=_tags(survey, group),
        monthly_cost=cost,
    )


def _tags(survey: Survey, group: LogGroup) -> dict[str, str]:
    try:
        answer = survey.reading.one("logs", "list_tags_for_resource", resourceArn=group.arn)
    except Absent:
        return {}
    return tags_of({"Tags": [{"Key": key, "Value": value} for key, value in answer.get("tags", {}).items()]})
