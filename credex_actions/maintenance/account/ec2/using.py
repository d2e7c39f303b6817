"""Instances against their metrics: idle ones, and ones larger than they need to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from credex_actions.maintenance.account.ec2.instances import Instance, instances
from credex_actions.maintenance.account.found import Found, aws, days, named, older
from credex_actions.maintenance.account.metrics import Metric, by_day
from credex_actions.maintenance.account.reading import Unreadable
from credex_actions.maintenance.account.sizes import half_of
from credex_actions.maintenance.account.survey import Survey

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Use:
    """Values by day; () where CloudWatch has none."""

    cpu: tuple[float, ...]
    peaks: tuple[float, ...]
    network: tuple[float, ...]
    memory: tuple[float, ...]


def use_of_instances(survey: Survey) -> dict[str, Use]:
    """Of those that have run for all of the shorter window."""
    window = max(survey.setting("instance-idle", "days"), survey.setting("instance-oversized", "days"))
    running = [each.id for each in survey.shared(instances) if each.state == "running" and older(each.launched, survey.now, window)]
    wanted = {each: _metrics(each) for each in running}
    values = by_day(survey.reading, (metric for metrics in wanted.values() for metric in metrics), survey.now, window)
    return {each: _use([values[metric] for metric in metrics]) for each, metrics in wanted.items()}


def _metrics(instance: str) -> tuple[Metric, ...]:
    of = (("InstanceId", instance),)
    return (
        Metric("AWS/EC2", "CPUUtilization", of, "Average"),
        Metric("AWS/EC2", "CPUUtilization", of, "Maximum"),
        Metric("CWAgent", "mem_used_percent", of, "Maximum"),
        Metric("AWS/EC2", "NetworkIn", of, "Sum"),
        Metric("AWS/EC2", "NetworkOut", of, "Sum"),
    )


def _use(values: list[tuple[float, ...]]) -> Use:
    cpu, peaks, memory, incoming, outgoing = values
    return Use(cpu, peaks, tuple(map(sum, zip(incoming, outgoing, strict=False))), memory)


def is_idle(use: Use, cpu: float, megabytes: float, window: float) -> bool:
    """Days without a value prove nothing: there have to be values of nearly all of them."""
    enough = min(len(use.cpu), len(use.network)) >= window - 1
    return enough and max(use.cpu) <= cpu and max(use.network) <= megabytes * MEGABYTE


def is_oversized(use: Use, cpu: float, memory: float, window: float) -> bool:
    """Without a metric of memory nothing is said: a database is as large as its page cache, and its CPU tells nothing of that."""
    enough = min(len(use.peaks), len(use.memory)) >= window - 1
    return enough and max(use.peaks) <= cpu and max(use.memory) <= memory


def check_idle(survey: Survey) -> Iterator[Found]:
    window, cpu, megabytes = (survey.setting("instance-idle", each) for each in ("days", "cpu", "megabytes"))
    use = survey.shared(use_of_instances)
    for each in survey.shared(instances):
        if each.id in use and is_idle(use[each.id], cpu, megabytes, window):
            yield idle(each, use[each.id], survey, window)


def idle(instance: Instance, use: Use, survey: Survey, window: float) -> Found:
    cost = survey.prices.instance(instance.kind)
    return Found(
        check="instance-idle",
        resource=survey.arn("ec2", f"instance/{instance.id}"),
        title=f"instance {named(instance.id, instance.tags)} is idle",
        why=f"{instance.kind}: in the last {days(window)} no day had more than {max(use.cpu):.1f} % CPU on average or {max(use.network) / MEGABYTE:.1f} MB of network traffic{survey.prices.says(cost)}",
        fix=aws("ec2", "stop-instances", survey.scope.region, instance_ids=instance.id),
        tags=instance.tags,
        monthly_cost=cost,
    )


def check_size(survey: Survey) -> Iterator[Found]:
    window, cpu, memory = (survey.setting("instance-oversized", each) for each in ("days", "cpu", "memory"))
    idle_ones = [survey.setting("instance-idle", each) for each in ("cpu", "megabytes", "days")]
    use = survey.shared(use_of_instances)
    advised = survey.shared(advice)
    for each in survey.shared(instances):
        if each.id not in use or is_idle(use[each.id], *idle_ones):
            continue
        if each.id in advised:
            yield oversized(each, advised[each.id], "Compute Optimizer calls it over-provisioned", survey)
        elif is_oversized(use[each.id], cpu, memory, window) and (smaller := half_of(each.kind)):
            peak, used = max(use[each.id].peaks), max(use[each.id].memory)
            why = f"in the last {days(window)} the CPU never exceeded {peak:.0f} %, nor memory {used:.0f} %"
            yield oversized(each, smaller, why, survey)


def advice(survey: Survey) -> Mapping[str, str]:
    """By instance, the type that Compute Optimizer advises. It is off unless an account turns it on: then metrics have to do."""
    advised: dict[str, str] = {}
    token: dict[str, str] = {}
    try:
        while True:
            filters = [{"name": "Finding", "values": ["Overprovisioned"]}]
            page = survey.reading.one("compute-optimizer", "get_ec2_instance_recommendations", filters=filters, **token)
            for each in page.get("instanceRecommendations", ()):
                options = sorted(each.get("recommendationOptions", ()), key=lambda option: option.get("rank", 99))
                if options:
                    advised[each["instanceArn"].rpartition("/")[2]] = options[0]["instanceType"]
            if not page.get("nextToken"):
                return advised
            token = {"nextToken": page["nextToken"]}
    except Unreadable:
        return {}


def oversized(instance: Instance, smaller: str, why: str, survey: Survey) -> Found:
    now, then = survey.prices.instance(instance.kind), survey.prices.instance(smaller)
    saved = round(now - then, 2) if now and then else None
    region = survey.scope.region
    return Found(
        check="instance-oversized",
        resource=survey.arn("ec2", f"instance/{instance.id}"),
        title=f"instance {named(instance.id, instance.tags)} is larger than it needs to be",
        why=f"{instance.kind}: {why}; {smaller} would do{survey.prices.says(saved).replace('about', 'which saves about')}",
        fix=" && ".join(
            (
                aws("ec2", "stop-instances", region, instance_ids=instance.id),
                aws("ec2", "wait", region, "instance-stopped", instance_ids=instance.id),
                aws("ec2", "modify-instance-attribute", region, instance_id=instance.id, instance_type=smaller),
                aws("ec2", "start-instances", region, instance_ids=instance.id),
            )
        ),
        tags=instance.tags,
        monthly_cost=saved,
    )
