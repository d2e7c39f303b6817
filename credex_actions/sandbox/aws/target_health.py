"""DescribeTargetHealth tells the truth about targets that are tasks. moto has no seam for this, so its backend class gets a method that asks first."""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

from credex_actions.sandbox.aws.world import CURRENT

REASONS = {
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unhealthy": ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}
_original = ELBv2Backend.describe_target_health


def describe_target_health(self: Any, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
    found: list[FakeHealthStatus] = _original(self, target_group_arn, targets)
    known = CURRENT.get().hosts(self.account_id, self.region_name).target_states(target_group_arn)
    for each in found:
        if each.instance_id in known:
            each.status = known[each.instance_id]
            each.reason, each.description = REASONS.get(each.status, (None, None))
    return found


def install() -> None:
    ELBv2Backend.describe_target_health = describe_target_health  # type: ignore[method-assign]
