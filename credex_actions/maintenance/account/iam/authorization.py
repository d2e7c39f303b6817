"""All roles, users and policies of an account, from one operation that hands them out in pages: names, documents, last uses."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import unquote

from credex_actions.maintenance.account.found import Record, tags_of
from credex_actions.maintenance.account.iam.wildcards import wildcard
from credex_actions.maintenance.account.survey import Survey


@dataclass(frozen=True)
class Policy:
    """One that allows too much. `holder`: the ARN of the user, group or role that an inline policy is part of, "" for one that is attached.
    `breadth`: what it allows.
    """

    name: str
    arn: str
    holder: str
    breadth: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A user or a role. `permitted`: whether any policy may allow it something, be it a group's."""

    name: str
    arn: str
    path: str
    created: datetime
    permitted: bool
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Role(Identity):
    """`used`: None where IAM knows of no use in the last 400 days."""

    used: datetime | None
    profiles: tuple[str, ...]


@dataclass(frozen=True)
class Authorization:
    """`changed`: when the version of an attached policy that counts was made, by the policy's ARN."""

    roles: tuple[Role, ...]
    users: tuple[Identity, ...]
    wide: tuple[Policy, ...]
    changed: Mapping[str, datetime]


def authorization(survey: Survey) -> Authorization:
    roles: list[Role] = []
    users: list[Identity] = []
    wide: list[Policy] = []
    changed: dict[str, datetime] = {}
    for page in survey.reading.answers(
        "iam",
        "get_account_authorization_details",
        Filter=["User", "Role", "Group", "LocalManagedPolicy"],
        PaginationConfig={"PageSize": 500},
    ):
        roles += [_role(each) for each in page.get("RoleDetailList", ())]
        users += [Identity(**_identity(each, "User")) for each in page.get("UserDetailList", ())]
        wide += _wide(page)
        changed |= {arn: version["CreateDate"] for arn, version in _attached(page)}
    return Authorization(tuple(roles), tuple(users), tuple(wide), changed)


def _identity(record: Record, kind: Literal["User", "Role"]) -> dict[str, Any]:
    return {
        "name": record[f"{kind}Name"],
        "arn": record["Arn"],
        "path": record["Path"],
        "created": record["CreateDate"],
        "permitted": any(record.get(each) for each in (f"{kind}PolicyList", "AttachedManagedPolicies", "GroupList")),
        "tags": tags_of(record),
    }


def _role(record: Record) -> Role:
    return Role(
        **_identity(record, "Role"),
        used=record.get("RoleLastUsed", {}).get("LastUsedDate"),
        profiles=tuple(each["Arn"] for each in record.get("InstanceProfileList", ())),
    )


def _attached(page: Record) -> Iterator[tuple[str, Record]]:
    """ARN and default version. A policy that is attached to nobody allows nothing."""
    for each in page.get("Policies", ()):
        default = next((version for version in each.get("PolicyVersionList", ()) if version.get("IsDefaultVersion")), None)
        if each.get("AttachmentCount") and default:
            yield each["Arn"], default


def _wide(page: Record) -> Iterator[Policy]:
    tags = {each["Arn"]: tags_of(each) for each in page.get("Policies", ())}
    for arn, version in _attached(page):
        if breadth := wildcard(document(version.get("Document"))):
            yield Policy(arn.rpartition("/")[2], arn, "", breadth, tags[arn])
    for kind in ("User", "Group", "Role"):
        for holder in page.get(f"{kind}DetailList", ()):
            for each in holder.get(f"{kind}PolicyList", ()):
                if breadth := wildcard(document(each.get("PolicyDocument"))):
                    yield Policy(each["PolicyName"], "", holder["Arn"], breadth, tags_of(holder))


def document(given: Any) -> Record:
    """IAM sends it percent-encoded, and botocore decodes most of them."""
    if isinstance(given, str):
        given = json.loads(unquote(given))
    return given if isinstance(given, dict) else {}
