"""What Cloud Custodian found, as findings of ours."""

import json
from collections.abc import Sequence
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.account.custodian.policies import OwnPolicy
from credex_actions.maintenance.account.found import Found, plain

CHECK: Final = "policy-own"
DENIED: Final = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "not authorized")


class NotAnAnswer(Exception):
    pass


def answered(text: str) -> dict[str, Any]:
    """By policy. Raises NotAnAnswer."""
    try:
        answer = json.loads(text)
    except ValueError:
        raise NotAnAnswer from None
    if not isinstance(answer, dict) or not all(isinstance(each, dict) for each in answer.values()):
        raise NotAnAnswer
    return answer


def belonging(found: Sequence[dict[str, Any]], region: str, *, is_first: bool) -> list[dict[str, Any]]:
    """Those of the region; what belongs to none is told by the first region of an account alone."""
    return [each for each in found if each["region"] == region or (is_first and not each["region"])]


def findings(policy: OwnPolicy, found: Sequence[dict[str, Any]]) -> list[Found]:
    return [
        Found(
            check=CHECK,
            resource=each["arn"] or each["id"],
            key=policy.name,
            title=f"{plain(each['id'] or each['arn'])}: {policy.title}",
            why=policy.why,
            fix=policy.fix,
            severity=policy.severity,
            tags=each["tags"],
            region=each["region"],
        )
        for each in found
    ]


def failed(policy: OwnPolicy, error: str) -> str:
    """A sentence about a policy that could not be run."""
    return f"{policy.name} in {policy.file}: {one_line(error, 400)}"


def is_denied(error: str) -> bool:
    return any(each in error for each in DENIED)
