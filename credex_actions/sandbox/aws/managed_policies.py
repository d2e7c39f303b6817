"""AWS's own policies for IAM: moto has their texts, and loads all 1,582 of them for each account, or none. Here each is there once somebody names it."""

import json
from functools import cache
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

NAMING: Final = ("attach_role_policy", "attach_user_policy", "attach_group_policy", "get_policy", "get_policy_version")
"""Operations of moto's backend whose first argument may be the ARN of such a policy."""


@cache
def _texts() -> dict[str, Any]:
    """By the path and the name that an ARN ends with."""
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {f"{text['Path']}{name}": (name, text) for name, text in found.items()}


def _named(backend: Any, arn: str) -> None:
    _, mark, rest = arn.partition(":iam::aws:policy/")
    if mark and arn not in backend.managed_policies and f"/{rest}" in _texts():
        name, text = _texts()[f"/{rest}"]
        policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, text)
        backend.managed_policies[policy.arn] = policy


def _wrapped(operation: Any) -> Any:
    def wrapper(self: Any, *given: Any, **named: Any) -> Any:
        for each in (*given, *named.values()):
            if isinstance(each, str):
                _named(self, each)
        return operation(self, *given, **named)

    wrapper.wrapped = True  # type: ignore[attr-defined]
    return wrapper


def install() -> None:
    for name in NAMING:
        operation = getattr(IAMBackend, name)
        if not hasattr(operation, "wrapped"):
            setattr(IAMBackend, name, _wrapped(operation))
