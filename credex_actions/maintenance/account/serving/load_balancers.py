"""Load balancers: their target groups, and those that serve nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credex_actions.maintenance.account.found import Found, Record, aws, days, days_since, older, plain, tags_of
from credex_actions.maintenance.account.metrics import Metric, by_day
from credex_actions.maintenance.account.serving.services import batches
from credex_actions.maintenance.account.survey import Survey

AT_ONCE: Final = 20
"""Load balancers whose tags come in one call."""


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """`kind`: application, network or gateway. `label`: as CloudWatch names it."""

    arn: str
    name: str
    kind: str
    created: datetime
    groups: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.arn.partition(":loadbalancer/")[2]


@dataclass(frozen=True)
class TargetGroup:
    arn: str
    name: str
    balancers: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.arn.rpartition(":")[2]


def balancers(survey: Survey) -> tuple[Balancer, ...]:
    return tuple(
        Balancer(
            arn=each["LoadBalancerArn"],
            name=each["LoadBalancerName"],
            kind=each["Type"],
            created=each["CreatedTime"],
            groups=tuple(each.get("SecurityGroups", ())),
        )
        for each in survey.reading.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    )


def target_groups(survey: Survey) -> tuple[TargetGroup, ...]:
    return tuple(
        TargetGroup(each["TargetGroupArn"], each["TargetGroupName"], tuple(each.get("LoadBalancerArns", ())))
        for each in survey.reading.pages("elbv2", "describe_target_groups", "TargetGroups")
    )


def check(survey: Survey) -> Iterator[Found]:
    window = survey.setting("load-balancer-idle", "days")
    mature = [each for each in survey.shared(balancers) if older(each.created, survey.now, window)]
    if not mature:
        return
    served = by_day(survey.reading, (metric for each in mature for metric in traffic(each)), survey.now, window)
    why = {each.arn: idle(_targets(survey, each), any(sum(served[metric]) for metric in traffic(each)), window) for each in mature}
    quiet = [each for each in mature if why[each.arn]]
    tags = tags_of_balancers(survey, [each.arn for each in quiet])
    for each in quiet:
        yield found(each, why[each.arn], tags.get(each.arn, {}), survey)


def traffic(balancer: Balancer) -> tuple[Metric, ...]:
    """Elastic Load Balancing writes these only while there is traffic."""
    of = (("LoadBalancer", balancer.label),)
    if balancer.kind == "application":
        return (Metric("AWS/ApplicationELB", "RequestCount", of, "Sum"),)
    if balancer.kind == "network":
        return (Metric("AWS/NetworkELB", "NewFlowCount", of, "Sum"), Metric("AWS/NetworkELB", "ProcessedBytes", of, "Sum"))
    return (Metric("AWS/GatewayELB", "ProcessedBytes", of, "Sum"),)


def _targets(survey: Survey, balancer: Balancer) -> int | None:
    """None where it has no target group: it may redirect, or answer by itself."""
    groups = [each for each in survey.shared(target_groups) if balancer.arn in each.balancers]
    if not groups:
        return None
    return sum(
        len(survey.reading.one("elbv2", "describe_target_health", TargetGroupArn=each.arn)["TargetHealthDescriptions"]) for each in groups
    )


def idle(targets: int | None, is_used: bool, window: float) -> str:
    """Why it serves nothing; "" where it serves."""
    if is_used:
        return ""
    if targets == 0:
        return "no target is registered in its target groups"
    return f"no request or connection in the last {days(window)}"


def tags_of_balancers(survey: Survey, arns: list[str]) -> dict[str, dict[str, str]]:
    described: list[Record] = []
    for some in batches(arns, AT_ONCE):
        described += survey.reading.one("elbv2", "describe_tags", ResourceArns=list(some))["TagDescriptions"]
    return {each["ResourceArn"]: tags_of(each) for each in described}


def found(balancer: Balancer, why: str, tags: dict[str, str], survey: Survey) -> Found:
    cost = survey.prices.of(f"load-balancer-{balancer.kind}")
    return Found(
        check="load-balancer-idle",
        resource=balancer.arn,
        title=f"load balancer {plain(balancer.name)} serves nothing",
        why=f"{why}; created {days_since(balancer.created, survey.now)} days ago{survey.prices.says(cost)}",
        fix=aws("elbv2", "delete-load-balancer", survey.scope.region, load_balancer_arn=balancer.arn),
        tags=tags,
        monthly_cost=cost,
    )
