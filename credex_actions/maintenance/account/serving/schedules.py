"""Tasks of ECS that run on a schedule: nothing shows of them between two runs."""

from collections.abc import Iterator
from dataclasses import dataclass

from credex_actions.maintenance.account.found import Record
from credex_actions.maintenance.account.survey import Survey


@dataclass(frozen=True)
class Scheduled:
    """`role`: the one that starts the task."""

    definition: str
    role: str
    groups: tuple[str, ...]


def schedules(survey: Survey) -> tuple[Scheduled, ...]:
    return tuple(_read(each) for each in (*_by_rules(survey), *_by_scheduler(survey)) if each.get("EcsParameters"))


def _by_rules(survey: Survey) -> Iterator[Record]:
    """Rules of the default bus: others pass on what applications send."""
    for rule in list(survey.reading.pages("events", "list_rules", "Rules")):
        yield from survey.reading.pages("events", "list_targets_by_rule", "Targets", Rule=rule["Name"])


def _by_scheduler(survey: Survey) -> Iterator[Record]:
    """A list tells of each target its ARN alone; that of a task is its cluster's."""
    for each in list(survey.reading.pages("scheduler", "list_schedules", "Schedules")):
        if ":ecs:" in each["Target"]["Arn"]:
            yield survey.reading.one("scheduler", "get_schedule", GroupName=each["GroupName"], Name=each["Name"])["Target"]


def _read(target: Record) -> Scheduled:
    """EventBridge writes the members of AwsvpcConfiguration in two ways."""
    task = target["EcsParameters"]
    network = task.get("NetworkConfiguration", {})
    inner = network.get("awsvpcConfiguration") or network.get("AwsvpcConfiguration") or {}
    return Scheduled(task["TaskDefinitionArn"], target.get("RoleArn", ""), tuple(inner.get("SecurityGroups", ())))
