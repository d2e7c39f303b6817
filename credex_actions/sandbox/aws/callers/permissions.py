"""Who may not do what. Everybody may do everything but what is on this list: a whole policy language is IAM's own business."""

from fnmatch import fnmatchcase
from typing import Final

from credex_actions.sandbox.aws.protocols import PREFIXES

ALWAYS: Final = "sts:GetCallerIdentity"
"""No policy can deny it. Source: STS API reference, GetCallerIdentity."""


class Permissions:
    def __init__(self) -> None:
        self._denied: set[tuple[str, str]] = set()

    def deny(self, name: str, action: str) -> None:
        """`name`: of a user or a role. `action`: as in a policy, `ssm:PutParameter` or `ssm:*`. Raises ValueError for anything else."""
        if not name or ":" not in action:
            raise ValueError(f"{action!r} is not an action: use SERVICE:OPERATION, for example ssm:PutParameter")
        self._denied.add((name, action.lower()))

    def allow(self, name: str, action: str) -> None:
        """Takes a denial back. Raises ValueError if there is none."""
        if (name, action.lower()) not in self._denied:
            raise ValueError(f"{name} is not denied {action}")
        self._denied.remove((name, action.lower()))

    def denied(self, name: str, action: str) -> bool:
        return action != ALWAYS and any(who == name and fnmatchcase(action.lower(), what) for who, what in self._denied)

    def clear(self) -> None:
        self._denied.clear()


def action(service: str, operation: str) -> str:
    """As policies name it. `service`: the name that the request is signed for."""
    return f"{PREFIXES.get(service, service)}:{operation}"
