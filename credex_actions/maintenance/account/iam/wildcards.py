"""Policy documents that allow everything, or all that is needed to get everything."""

import re
from typing import Any, Final

from credex_actions.maintenance.account.found import Record

EVERYTHING: Final = "all actions"
ALL_OF_IAM: Final = "all of IAM"
ANY_ACTION: Final = re.compile(r"\*+(:\*+)?")
ANY_OF_IAM: Final = re.compile(r"iam(:\*+|\*+)")
ANY_RESOURCE: Final = re.compile(r"\*+|arn:(\*+|(aws[a-z-]*|\*+)(:\*+)+)")
OF_IAM: Final = re.compile(r"arn:(aws[a-z-]*|\*+):(iam|\*+):\**:(\d{12}|\*+):\*+")
"""Patterns that match all there is: asterisks may be doubled, and IAM takes them in each part of an ARN."""


def wildcard(document: Record) -> str:
    """What the document allows on all resources without a condition, if it is too much; "" otherwise. Of several things the first, which every run tells alike."""
    found = [breadth for each in _listed(document.get("Statement")) if (breadth := _breadth(each))]
    return EVERYTHING if EVERYTHING in found else next(iter(found), "")


def _breadth(statement: Any) -> str:
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow" or statement.get("Condition"):
        return ""
    everywhere = _any(ANY_RESOURCE, statement.get("Resource")) or _leaves_out_little(statement.get("NotResource"))
    everything, all_of_iam = _any(ANY_ACTION, statement.get("Action")), _any(ANY_OF_IAM, statement.get("Action"))
    if not everywhere:
        return ALL_OF_IAM if (everything or all_of_iam) and _any(OF_IAM, statement.get("Resource")) else ""
    if everything or all_of_iam:
        return EVERYTHING if everything else ALL_OF_IAM
    left_out = _listed(statement.get("NotAction"))
    if left_out and not _any(ANY_ACTION, left_out) and not _any(ANY_OF_IAM, left_out):
        return EVERYTHING if len(left_out) == 1 else f"all actions but {len(left_out)}"
    return ""


def _leaves_out_little(resources: Any) -> bool:
    """Of everything. What leaves IAM out is no way to everything."""
    left_out = _listed(resources)
    return bool(left_out) and not _any(ANY_RESOURCE, left_out) and not any(":iam:" in str(each).lower() for each in left_out)


def _any(pattern: re.Pattern[str], values: Any) -> bool:
    return any(pattern.fullmatch(str(each).lower()) for each in _listed(values))


def _listed(value: Any) -> list[Any]:
    """Policies take a value for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]
