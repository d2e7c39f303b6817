"""The service's load balancers and the task definition agree: container, port, and how targets are registered."""

from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding, Unreadable, tried


def look(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> Iterator[Finding]:
    if service is None:
        return
    balancers = list(service.get("loadBalancers") or next((each.get("loadBalancers", ()) for each in service.get("taskSets", ())), ()))
    arns = [each["targetGroupArn"] for each in balancers if each.get("targetGroupArn")]
    arns += [
        each["advancedConfiguration"]["alternateTargetGroupArn"]
        for each in balancers
        if each.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
    ]
    elb = clients.read("elbv2")
    answers = {
        arn: tried(("TargetGroupNotFound", "TargetGroupNotFoundException"), elb.describe_target_groups, TargetGroupArns=[arn])
        for arn in arns
    }
    groups = {arn: answer["TargetGroups"][0] if isinstance(answer, dict) else answer for arn, answer in answers.items()}
    for balancer in balancers:
        yield judge_port(balancer, definition)
    for arn, group in groups.items():
        yield judge_group(arn, group, definition.get("networkMode", "bridge"))


def judge_port(balancer: Mapping[str, Any], definition: Mapping[str, Any]) -> Finding:
    name, port = balancer.get("containerName"), balancer.get("containerPort")
    subject = f"load balancer to {name}:{port}"
    containers = {each.get("name"): each for each in definition.get("containerDefinitions", ())}
    if name not in containers:
        known = ", ".join(sorted(map(str, containers)))
        return Finding(
            subject,
            "fault",
            f"the task definition has no container {name} (it has {known})",
            "Use the container name that the service's load balancer has.",
            ("containerDefinitions",),
        )
    index = list(containers).index(name)
    ports = [mapping.get("containerPort") for mapping in containers[name].get("portMappings", ())]
    if port not in ports:
        opened = f"maps {', '.join(map(str, ports))}" if ports else "maps no port"
        hint = f"Map port {port} in the container, or change the service's load balancer."
        return Finding(
            subject, "fault", f"the container {name} {opened}, not {port}", hint, ("containerDefinitions", index, "portMappings")
        )
    return Finding(subject, "ok", "container and port match")


def judge_group(arn: str, group: Any, network_mode: str) -> Finding:
    """Tasks in awsvpc mode are registered by address, others by instance. Source: ECS developer guide, "Use load balancing"."""
    name = arn.rsplit(":targetgroup/", maxsplit=1)[-1].partition("/")[0]
    subject = f"target group {name}"
    if isinstance(group, Unreadable):
        return Finding(subject, "skipped", group.why)
    if group is None:
        return Finding(
            subject, "fault", "does not exist", "The service references a target group that was deleted; update the service first."
        )
    kind = group.get("TargetType", "instance")
    if network_mode == "awsvpc" and kind != "ip":
        return Finding(
            subject,
            "fault",
            f"has the target type {kind}; tasks in awsvpc mode need ip",
            "Use a target group of type ip.",
            ("networkMode",),
        )
    if network_mode != "awsvpc" and kind == "ip":
        return Finding(
            subject,
            "fault",
            f"has the target type ip; tasks in {network_mode} mode need instance",
            "Use a target group of type instance, or networkMode awsvpc.",
            ("networkMode",),
        )
    if not group.get("LoadBalancerArns"):
        return Finding(subject, "ok", "exists, but no listener forwards to it")
    return Finding(subject, "ok", "exists")
