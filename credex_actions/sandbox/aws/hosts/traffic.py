"""Where a listener or a rule sends its traffic: read and changed in moto's records, as ECS and CodeDeploy do it through ELBv2."""

from collections.abc import Mapping
from typing import Any

from moto.elbv2.models import FakeAction

from credex_actions.sandbox.aws.backends import backend


def _found(account: str, region: str, arn: str) -> tuple[Any, str] | None:
    """The listener or rule of this ARN, and the name of the attribute that holds its actions."""
    for balancer in backend("elbv2", account, region).load_balancers.values():
        for listener in balancer.listeners.values():
            if listener.arn == arn:
                return listener, "default_actions"
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return (listener, "default_actions") if rule.is_default else (rule, "actions")
    return None


def route(account: str, region: str, arn: str, shares: Mapping[str, float]) -> None:
    """Target group ARN -> share. One group with all of it is a plain forward."""
    found = _found(account, region, arn)
    if found is None:
        return
    groups = [{"TargetGroupArn": group, "Weight": round(share)} for group, share in shares.items()]
    action: dict[str, Any] = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    if len(groups) == 1:
        action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    setattr(found[0], found[1], [FakeAction(action)])
    attached = {group for group, share in shares.items() if share}
    for arn_of_group, group in backend("elbv2", account, region).target_groups.items():
        if arn_of_group in attached:
            balancer = (found[0].load_balancer_arn if hasattr(found[0], "load_balancer_arn") else "") or ""
            if balancer and balancer not in group.load_balancer_arns:
                group.load_balancer_arns.append(balancer)
