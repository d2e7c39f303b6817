"""What the guard has to say about one resource, or about the plan."""

from enum import IntEnum
from typing import Any, Final, NamedTuple

from credex_actions.terraform.rules.rule import REFUSE, Severity

PLAN: Final = "(plan)"
"""The address of a finding about the plan as a whole. No resource can have it."""


class Lifted(IntEnum):
    """By what a finding can be lifted."""

    BY_ALLOW = 0
    FOR_THE_PLAN = 1  # by an entry for (plan), with its reason
    NEVER = 2


class Finding(NamedTuple):
    address: str
    action: str
    severity: Severity
    lost: str
    why: str
    instead: str
    lifted: Lifted = Lifted.BY_ALLOW
    type: str = ""
    also: str = ""  # the previous address, which protect and allow may name

    @property
    def refuses(self) -> bool:
        return self.severity == REFUSE

    def public(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("address", "action", "severity", "lost", "why", "instead")}


def of_plan(why: str, instead: str, *, lost: str = "not known: the plan does not say all that would happen") -> Finding:
    """A finding about the whole plan that nothing lifts."""
    return Finding(PLAN, "plan", REFUSE, lost, why, instead, Lifted.NEVER)
