"""ECS services that run for nobody."""

from collections.abc import Iterator
from typing import Final

from credex_actions.maintenance.account.found import Found, aws, days, older, plain
from credex_actions.maintenance.account.metrics import Metric, by_day
from credex_actions.maintenance.account.serving.load_balancers import target_groups
from credex_actions.maintenance.account.serving.services import Service, services
from credex_actions.maintenance.account.survey import Survey

UNITS: Final = 1024
"""CPU units of a vCPU, MiB of a GiB."""


def check(survey: Survey) -> Iterator[Found]:
    window, cpu = survey.setting("service-idle", "days"), survey.setting("service-idle", "cpu")
    mature = [each for each in survey.shared(services) if each.desired and older(each.changed, survey.now, window)]
    if not mature:
        return
    labels = {each.arn: each for each in survey.shared(target_groups)} if any(each.target_groups for each in mature) else {}
    requests = {
        each.arn: [
            Metric(
                "AWS/ApplicationELB",
                "RequestCount",
                (("TargetGroup", labels[group].label), ("LoadBalancer", balancer.partition(":loadbalancer/")[2])),
                "Sum",
            )
            for group in each.target_groups
            if group in labels
            for balancer in labels[group].balancers
            if ":loadbalancer/app/" in balancer
        ]
        for each in mature
    }
    load = {
        each.arn: Metric("AWS/ECS", "CPUUtilization", (("ClusterName", each.cluster), ("ServiceName", each.name)), "Maximum")
        for each in mature
    }
    values = by_day(survey.reading, [*load.values(), *(metric for metrics in requests.values() for metric in metrics)], survey.now, window)
    for each in mature:
        served = sum(sum(values[metric]) for metric in requests[each.arn]) if requests[each.arn] else None
        why = idle(served, values[load[each.arn]], cpu, window)
        if why:
            yield found(each, why, survey)


def idle(served: float | None, load: tuple[float, ...], cpu: float, window: float) -> str:
    """Why nobody uses it; "" where somebody may. `served`: requests, None where no load balancer counts them. A load balancer counts none only if there
    are none; a service without one is judged by its CPU, and one behind a network load balancer alone too.
    """
    if served is not None:
        return "" if served else f"its load balancer passed on no request in the last {days(window)}"
    if len(load) >= window - 1 and max(load) <= cpu:
        return f"its CPU never exceeded {max(load):.1f} % in the last {days(window)}"
    return ""


def found(service: Service, why: str, survey: Survey) -> Found:
    cost = fargate_cost(service, survey) if service.is_fargate else None
    return Found(
        check="service-idle",
        resource=service.arn,
        title=f"service {plain(service.name)} in {plain(service.cluster)} is idle",
        why=f"{service.desired} {'task' if service.desired == 1 else 'tasks'}: {why}{survey.prices.says(cost)}",
        fix=aws("ecs", "update-service", survey.scope.region, cluster=service.cluster, service=service.name, desired_count=0),
        tags=service.tags,
        monthly_cost=cost,
    )


def fargate_cost(service: Service, survey: Survey) -> float | None:
    definition = survey.reading.one("ecs", "describe_task_definition", taskDefinition=service.definitions[0])["taskDefinition"]
    cpu, memory = definition.get("cpu"), definition.get("memory")
    if not cpu or not memory:
        return None
    parts = (
        survey.prices.of("fargate-cpu", service.desired * int(cpu) / UNITS),
        survey.prices.of("fargate-memory", service.desired * int(memory) / UNITS),
    )
    return None if None in parts else round(sum(part or 0 for part in parts), 2)
