"""The network that a service's tasks have: subnets, security groups, and whether they get a public address. Pure."""

from collections.abc import Mapping
from typing import Any

from credex_actions.core.faults import Exit, Failure, Fault

NAME = "run-task-network"


def awsvpc(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The awsvpcConfiguration of DescribeServices' record; of its task sets where another controller deploys it. Empty where it has none."""
    configurations = [described.get("networkConfiguration"), *(each.get("networkConfiguration") for each in described.get("taskSets", ()))]
    found: Mapping[str, Any] = next(
        (each["awsvpcConfiguration"] for each in configurations if each and each.get("awsvpcConfiguration")), {}
    )
    return found


def for_a_task(described: Mapping[str, Any]) -> dict[str, Any]:
    """The networkConfiguration of RunTask, as the service has it. Raises Failure(BAD_INPUT) where it has none."""
    place = awsvpc(described)
    if not place.get("subnets"):
        what = f"is service, but the service {described.get('serviceName', '')} has no subnets of its own"
        hint = "Its tasks share the network of their instances; remove this input."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, NAME))
    return {"awsvpcConfiguration": {name: place[name] for name in ("subnets", "securityGroups", "assignPublicIp") if place.get(name)}}
