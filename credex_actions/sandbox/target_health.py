"""DescribeTargetHealth tells the truth about targets that are tasks. moto has no seam for this, so its backend class gets a method that asks first."""

from collections.abc import Callable
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

REASONS = {
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unhealthy": ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}
_original = ELBv2Backend.describe_target_health


def install(states: Callable[[str, str, str], dict[str, str]]) -> None:
    """`states(account, region, target group ARN)` gives address -> state, of the targets that are tasks."""

    def describe_target_health(self: Any, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
        found: list[FakeHealthStatus] = _original(self, target_group_arn, targets)
        known = states(self.account_id, self.region_name, target_group_arn)
        for each in found:
            if each.instance_id in known:
                each.status = known[each.instance_id]
                each.reason, each.description = REASONS.get(each.status, (None, None))
        return found

    ELBv2Backend.describe_target_health = describe_target_health  # type: ignore[method-assign]


def uninstall() -> None:
    ELBv2Backend.describe_target_health = _original  # type: ignore[method-assign]
