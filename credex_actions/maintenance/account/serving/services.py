"""ECS services of a region, and the task definitions that they run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from credex_actions.maintenance.account.found import Record, tags_of
from credex_actions.maintenance.account.serving.schedules import schedules
from credex_actions.maintenance.account.survey import Survey

T = TypeVar("T")
AT_ONCE: Final = 10
"""Services that ECS describes in one call."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """`changed`: when the newest of its deployments began."""

    arn: str
    name: str
    cluster: str
    desired: int
    running: int
    created: datetime
    changed: datetime
    definitions: tuple[str, ...]
    target_groups: tuple[str, ...]
    groups: tuple[str, ...]
    alarms: tuple[str, ...]
    is_fargate: bool
    tags: dict[str, str] = field(default_factory=dict)


def services(survey: Survey) -> tuple[Service, ...]:
    seen: list[Service] = []
    for cluster in survey.shared(clusters):
        arns = list(survey.reading.pages("ecs", "list_services", "serviceArns", cluster=cluster, PaginationConfig={"PageSize": 100}))
        for some in batches(arns, AT_ONCE):
            answer = survey.reading.one("ecs", "describe_services", cluster=cluster, services=list(some), include=["TAGS"])
            seen += [read(each) for each in answer["services"] if each["status"] != "INACTIVE"]
    return tuple(seen)


def clusters(survey: Survey) -> tuple[str, ...]:
    return tuple(str(each) for each in survey.reading.pages("ecs", "list_clusters", "clusterArns"))


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def read(record: Record) -> Service:
    rollouts = [*record.get("deployments", ()), *record.get("taskSets", ())]
    balancers = record.get("loadBalancers", ())
    advanced = [each.get("advancedConfiguration", {}).get("alternateTargetGroupArn") for each in balancers]
    of_task_sets = [each for rollout in rollouts for each in rollout.get("loadBalancers", ())]
    networks = [record, *rollouts]
    return Service(
        arn=record["serviceArn"],
        name=record["serviceName"],
        cluster=record["clusterArn"].rpartition("/")[2],
        desired=record["desiredCount"],
        running=record["runningCount"],
        created=record["createdAt"],
        changed=max([record["createdAt"], *(each["createdAt"] for each in rollouts)]),
        definitions=_distinct([record.get("taskDefinition"), *(each.get("taskDefinition") for each in rollouts)]),
        target_groups=_distinct([*(each.get("targetGroupArn") for each in (*balancers, *of_task_sets)), *advanced]),
        groups=_distinct(
            each
            for network in networks
            for each in network.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("securityGroups", ())
        ),
        alarms=tuple(record.get("deploymentConfiguration", {}).get("alarms", {}).get("alarmNames", ())),
        is_fargate=record.get("launchType") == "FARGATE"
        or any("FARGATE" in each["capacityProvider"] for each in record.get("capacityProviderStrategy", ())),
        tags=tags_of(record, "tags"),
    )


def _distinct(items: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in items if each))


def definitions(survey: Survey) -> tuple[Record, ...]:
    """What the services run, and what is run on a schedule: one call each, so it is asked for only where a finding depends on it."""
    wanted = dict.fromkeys(
        [each for service in survey.shared(services) for each in service.definitions]
        + [each.definition for each in survey.shared(schedules)]
    )
    return tuple(survey.reading.one("ecs", "describe_task_definition", taskDefinition=each)["taskDefinition"] for each in wanted)
