"""Alarms: without data, without an action, on things that are gone, and ones that databases lack."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credex_actions.maintenance.account.ec2.instances import Instance, instances
from credex_actions.maintenance.account.found import Found, Record, aws, days_since, named, older, plain
from credex_actions.maintenance.account.serving.services import services
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.account.watching.disks import METRIC, NAMESPACE, Disk, measured
from credex_actions.maintenance.account.watching.subjects import Watch, gone, missing_topics

NEEDED: Final = {"status": "the status checks of EC2", "cpu": "the CPU", "disk": "the disk"}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`watches`: namespace, metric and dimensions of each metric of this account; `foreign`: of others, whose things cannot be seen here. `queries`: expressions that select metrics by themselves, of a whole fleet perhaps.
    `since`: when it entered its state. `rule`: of a composite alarm.
    """

    name: str
    arn: str
    state: str
    since: datetime
    enabled: bool
    actions: tuple[str, ...]
    watches: tuple[Watch, ...]
    foreign: tuple[Watch, ...] = ()
    queries: tuple[str, ...] = ()
    rule: str = ""


def alarms(survey: Survey) -> tuple[Alarm, ...]:
    seen: list[Alarm] = []
    for page in survey.reading.answers("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        seen += [read(each) for each in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))]
    return tuple(seen)


def read(record: Record) -> Alarm:
    own = record["AlarmArn"].split(":")[4]
    queries = [each for each in record.get("Metrics", ()) if each.get("MetricStat")]
    metrics = (
        [record] if record.get("MetricName") else [each["MetricStat"]["Metric"] for each in queries if each.get("AccountId", own) == own]
    )
    return Alarm(
        name=record["AlarmName"],
        arn=record["AlarmArn"],
        state=record["StateValue"],
        since=record.get("StateTransitionedTimestamp") or record["StateUpdatedTimestamp"],
        enabled=record.get("ActionsEnabled", True),
        actions=tuple(record.get("AlarmActions", ())),
        watches=tuple(_watch(each) for each in metrics),
        foreign=tuple(_watch(each["MetricStat"]["Metric"]) for each in queries if each.get("AccountId", own) != own),
        queries=tuple(
            each["Expression"] for each in record.get("Metrics", ()) if re.search(r"\b(SELECT|SEARCH)\b", each.get("Expression", ""))
        ),
        rule=record.get("AlarmRule", ""),
    )


def _watch(metric: Record) -> Watch:
    return metric.get("Namespace", ""), metric["MetricName"], tuple((pair["Name"], pair["Value"]) for pair in metric.get("Dimensions", ()))


def check_dangling(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(alarms):
        reasons = [tuple(gone([watch], survey)) for watch in each.watches]
        topics = tuple(missing_topics(each.actions, survey))
        if topics or any(reasons):
            yield told(each, reasons, topics, survey.scope.region)


def told(alarm: Alarm, reasons: Sequence[Sequence[str]], topics: Sequence[str], region: str) -> Found:
    """`reasons`: for each thing that it watches, why that is gone. It is deleted only if nothing is left that it watches."""
    shown = aws("cloudwatch", "describe-alarms", region, alarm_names=alarm.name)
    if not any(reasons):
        title, fix = (
            "notifies a topic that no longer exists",
            f"{shown}  # create the topic, or correct alarm_actions where the alarm is defined",
        )
    elif all(reasons) and not alarm.foreign and not alarm.queries:
        title, fix = "is about something that no longer exists", aws("cloudwatch", "delete-alarms", region, alarm_names=alarm.name)
    else:
        title, fix = (
            "is partly about something that no longer exists",
            f"{shown}  # take what is gone out of its metrics where it is defined",
        )
    return Found(
        check="alarm-dangling",
        resource=alarm.arn,
        title=f"alarm {plain(alarm.name)} {title}",
        why="; ".join([*(why for some in reasons for why in some), *topics]),
        fix=fix,
    )


def dangling(alarm: Alarm, survey: Survey) -> tuple[str, ...]:
    return (*gone(alarm.watches, survey), *missing_topics(alarm.actions, survey))


def check_data(survey: Survey) -> Iterator[Found]:
    limit = survey.setting("alarm-insufficient-data", "days")
    for each in survey.shared(alarms):
        if is_blind(each, survey.now, limit) and not dangling(each, survey):
            yield Found(
                check="alarm-insufficient-data",
                resource=each.arn,
                title=f"alarm {plain(each.name)} has no data",
                why=f"in INSUFFICIENT_DATA for {days_since(each.since, survey.now)} days: {_about(each)} has no values, so that it cannot go off",
                fix=f"{aws('cloudwatch', 'describe-alarms', survey.scope.region, alarm_names=each.name)}"
                "  # correct the metric and its dimensions; where no value means no trouble, set treat-missing-data to notBreaching",
            )


def is_blind(alarm: Alarm, now: datetime, limit: float) -> bool:
    return alarm.enabled and alarm.state == "INSUFFICIENT_DATA" and older(alarm.since, now, limit)


def _about(alarm: Alarm) -> str:
    return ", ".join(f"{plain(namespace)} {plain(metric)}" for namespace, metric, _ in (*alarm.watches, *alarm.foreign)) or "its rule"


def check_actions(survey: Survey) -> Iterator[Found]:
    every = survey.shared(alarms)
    mute = [each for each in every if each.enabled and not each.actions]
    if not mute:
        return
    read_by = {name for each in every for name in names_in(each.rule)} | {name for each in survey.shared(services) for name in each.alarms}
    for each in mute:
        if each.name not in read_by and each.arn not in read_by and not dangling(each, survey):
            yield Found(
                check="alarm-without-action",
                resource=each.arn,
                title=f"alarm {plain(each.name)} notifies nobody",
                why=f"it watches {_about(each)} and has no action; no composite alarm and no ECS deployment reads it",
                fix=f"Add alarm_actions where the alarm is defined, or remove it: {aws('cloudwatch', 'delete-alarms', survey.scope.region, alarm_names=each.name)}",
            )


def names_in(rule: str) -> list[str]:
    """ALARM("name"), OK(name), INSUFFICIENT_DATA("arn:…")."""
    return [quoted or bare for quoted, bare in re.findall(r'(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:"([^"]+)"|([^")\s]+))\s*\)', rule)]


def check_missing(survey: Survey) -> Iterator[Found]:
    databases = [each for each in survey.shared(instances) if each.database and each.state in {"running", "pending"}]
    if not databases:
        return
    watched = [watch for each in survey.shared(alarms) if each.enabled for watch in each.watches]
    of_fleets = {kind for each in survey.shared(alarms) if each.enabled for query in each.queries for kind in kinds_in(query)}
    for instance in databases:
        has = of_fleets | {kind for watch in watched if ("InstanceId", instance.id) in watch[2] and (kind := kind_of(watch[1]))}
        for kind in NEEDED:
            if kind not in has:
                disks = measured(survey, instance.id) if kind == "disk" else ()
                yield from [missing(instance, kind, survey, disk, among=len(disks)) for disk in disks] or [missing(instance, kind, survey)]


def kind_of(metric: str) -> str:
    """One of NEEDED, or "" for another kind."""
    if metric.startswith("StatusCheckFailed"):
        return "status"
    if metric == "CPUUtilization" or metric.startswith("cpu_usage"):
        return "cpu"
    return "disk" if metric.startswith("disk_") else ""


def kinds_in(query: str) -> set[str]:
    return {kind for word in re.findall(r"\w+", query) if (kind := kind_of(word))}


def missing(instance: Instance, kind: str, survey: Survey, disk: Disk | None = None, among: int = 1) -> Found:
    """`among`: how many disks of the instance are measured."""
    namespace, metric, threshold = {
        "status": ("AWS/EC2", "StatusCheckFailed", 1),
        "cpu": ("AWS/EC2", "CPUUtilization", 90),
        "disk": (NAMESPACE, METRIC, 80),
    }[kind]
    dimensions = f"Name=InstanceId,Value={instance.id}"
    where, unmeasured = "", ""
    if disk:
        where = f" {disk.path}" if among > 1 else ""
        dimensions = json.dumps([{"Name": name, "Value": value} for name, value in disk.dimensions])
    elif kind == "disk":
        unmeasured = (
            "; the CloudWatch agent has reported no disk of it within three hours: its metric has further dimensions (path, device, fstype)"
        )
    return Found(
        check="alarm-missing",
        resource=survey.arn("ec2", f"instance/{instance.id}"),
        key=f"{kind}{where}",
        title=f"database {named(instance.id, instance.tags)} has no alarm on {NEEDED[kind]}{f' {plain(disk.path)}' if disk and where else ''}",
        why=f"no alarm with actions enabled watches {metric} of {instance.id}{unmeasured}",
        fix=aws(
            "cloudwatch",
            "put-metric-alarm",
            survey.scope.region,
            alarm_name=f"{instance.id}-{kind}{f'-{disk.word}' if disk and where else ''}",
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic="Maximum",
            period=300,
            evaluation_periods=2,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            alarm_actions=f"arn:aws:sns:{survey.scope.region}:{survey.scope.account}:TOPIC",
        ),
        tags=instance.tags,
        severity="high" if kind == "status" else None,
    )
