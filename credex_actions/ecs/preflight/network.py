"""Where the service's tasks run: network mode, subnets, security groups, launch type and capacity."""

from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding, Unreadable, judged, tried
from credex_actions.ecs.service.network import awsvpc

FARGATE = ("FARGATE", "FARGATE_SPOT")


def look(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> Iterator[Finding]:
    if service is None:
        return
    yield judge_mode(definition, service)
    yield judge_capacity(definition, service)
    place = awsvpc(service)
    ec2 = clients.read("ec2")
    for subnet in place.get("subnets", ()):
        found = tried(("InvalidSubnetID.NotFound",), ec2.describe_subnets, SubnetIds=[subnet])
        yield judge_subnet(subnet, found["Subnets"][0] if isinstance(found, dict) else found)
    for group in place.get("securityGroups", ()):
        found = tried(("InvalidGroup.NotFound", "InvalidGroupId.NotFound"), ec2.describe_security_groups, GroupIds=[group])
        yield judged(found, f"security group {group}", ("does not exist", "Update the service's network configuration."), ())


def judge_mode(definition: Mapping[str, Any], service: Mapping[str, Any]) -> Finding:
    """awsvpc, and only awsvpc, takes a network configuration. Source: ECS API, CreateService, networkConfiguration."""
    mode, place = definition.get("networkMode", "bridge"), awsvpc(service)
    if mode == "awsvpc" and not place:
        return Finding(
            "network mode",
            "fault",
            "the task definition uses awsvpc, but the service has no subnets",
            "Add a network configuration to the service.",
            ("networkMode",),
        )
    if mode != "awsvpc" and place:
        return Finding(
            "network mode",
            "fault",
            f"the service has a network configuration, but the task definition uses {mode}",
            "Set networkMode to awsvpc.",
            ("networkMode",),
        )
    return Finding("network mode", "ok", f"{mode} matches the service")


def judge_subnet(subnet: str, found: Any) -> Finding:
    if isinstance(found, Mapping) and found.get("AvailableIpAddressCount") == 0:
        return Finding(
            f"subnet {subnet}", "fault", "has no available IP addresses", "Free up addresses, or add another subnet to the service."
        )
    if isinstance(found, Unreadable) or found is None:
        return judged(found, f"subnet {subnet}", ("does not exist", "Update the service's network configuration."), ())
    return Finding(f"subnet {subnet}", "ok", f"has {found.get('AvailableIpAddressCount', 'some')} available IP addresses")


def judge_capacity(definition: Mapping[str, Any], service: Mapping[str, Any]) -> Finding:
    """A service's launch type or capacity providers are among what the task definition was checked for."""
    providers = [each.get("capacityProvider", "") for each in service.get("capacityProviderStrategy", ())]
    launch_type = service.get("launchType")
    where = ", ".join(providers) or launch_type or "its default capacity"
    compatible = definition.get("requiresCompatibilities") or []
    on_fargate = launch_type == "FARGATE" or (bool(providers) and all(each in FARGATE for each in providers))
    if on_fargate and "FARGATE" not in compatible:
        what = f"the service runs on {where}, but the task definition does not require FARGATE"
        return Finding("capacity", "fault", what, 'Add "FARGATE" to requiresCompatibilities.', ("requiresCompatibilities",))
    # A provider of ours may be one of EC2 instances or of ECS Managed Instances; its name does not tell.
    off_fargate = bool(providers) and not on_fargate and set(compatible) == {"FARGATE"}
    if off_fargate or (launch_type == "EC2" and compatible and "EC2" not in compatible):
        what = f"the service runs on {where}, but the task definition only on {', '.join(compatible)}"
        return Finding("capacity", "fault", what, 'Add "EC2" to requiresCompatibilities.', ("requiresCompatibilities",))
    return Finding("capacity", "ok", f"{where} matches the task definition")
