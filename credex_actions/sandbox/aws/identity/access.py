"""Which services IAM's policies allow whom, and when they were used last: what moto does not know. Denials, conditions and boundaries do not count, as in IAM's own reports.

Nothing that a caller does is noted here: `used` says what there is to know.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import botocore.session

from credex_actions.sandbox.aws.backends import backend


class Attached(NamedTuple):
    """A policy as it reaches an identity. `arn`: "" for an inline one. `via`: "" or the name of a group."""

    name: str
    arn: str
    via: str
    document: Mapping[str, Any]


def used(account: str) -> dict[str, dict[str, datetime]]:
    """By ARN of a user or role, and by service."""
    kept: dict[str, dict[str, datetime]] = backend("iam", account, "").__dict__.setdefault("last_accessed", {})
    return kept


def identity(account: str, arn: str) -> Any:
    """Moto's record of a user or role; None if there is none."""
    iam = backend("iam", account, "")
    return next((each for each in (*iam.roles.values(), *iam.users.values()) if each.arn == arn), None)


def policies(account: str, record: Any) -> Iterator[Attached]:
    iam = backend("iam", account, "")
    groups = [group for group in iam.groups.values() if record in group.users]
    for holder, via in ((record, ""), *((group, group.name) for group in groups)):
        for name, text in holder.policies.items():
            yield Attached(name, "", via, json.loads(text))
        for arn, policy in holder.managed_policies.items():
            default = next(each for each in policy.versions if each.is_default)
            yield Attached(policy.name, arn, via, _json(default.document))


def _json(document: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return found


def services(document: Mapping[str, Any]) -> frozenset[str]:
    """That its statements allow. A wildcard stands for all services, or for those of the ARNs that it is limited to."""
    allowed: set[str] = set()
    for statement in _listed(document["Statement"]):
        if statement["Effect"] != "Allow":
            continue
        prefixes = {str(each).partition(":")[0] for each in _listed(statement.get("Action", "*"))}
        if "*" in prefixes:
            arns = {str(each) for each in _listed(statement.get("Resource", "*"))}
            prefixes = set(every_service()) if "*" in arns else {each.split(":")[2] for each in arns}
        allowed |= prefixes
    return frozenset(allowed)


@cache
def every_service() -> tuple[str, ...]:
    """By the names that botocore gives them, which nearly all policies use as well."""
    return tuple(botocore.session.get_session().get_available_services())


def allowed(account: str, record: Any) -> list[str]:
    return sorted({service for each in policies(account, record) for service in services(each.document)})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
