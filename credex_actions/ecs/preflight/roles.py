"""The execution role and the task role: they exist, and ECS tasks may assume them."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import unquote

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.arns import short
from credex_actions.ecs.preflight.finding import Finding, Unreadable, tried

TASKS: Final = "ecs-tasks.amazonaws.com"
"""The principal that assumes both roles. Source: ECS developer guide, "Task IAM role" and "Task execution IAM role"."""

ABSENT: Final = frozenset(("NoSuchEntity", "NoSuchEntityException"))


def look(clients: Clients, definition: Mapping[str, Any], _service: Mapping[str, Any] | None) -> Iterator[Finding]:
    members = {"executionRoleArn": "the execution role", "taskRoleArn": "the task role"}
    arns = {member: definition[member] for member in members if definition.get(member)}
    iam = clients.read("iam")
    seen = {arn: tried(ABSENT, iam.get_role, RoleName=short(arn)) for arn in set(arns.values())}
    for member, arn in arns.items():
        role = seen[arn]["Role"] if isinstance(seen[arn], dict) else seen[arn]
        yield judge(f"{members[member]} {arn.rpartition('/')[2]}", arn, role, member)


def judge(subject: str, arn: str, role: Any, member: str) -> Finding:
    path = (member,)
    if isinstance(role, Unreadable):
        return Finding(subject, "skipped", role.why, path=path)
    if role is None:
        return Finding(subject, "fault", "does not exist", "Create the role, or correct its name.", path)
    if arn.startswith("arn:") and role["Arn"] != arn:
        if role["Arn"].split(":")[4] != arn.split(":")[4]:
            return Finding(subject, "skipped", "belongs to another account", path=path)
        return Finding(subject, "fault", f"is {role['Arn']}, not {arn}", "Write the ARN with the role's path.", path)
    if not trusts_tasks(role.get("AssumeRolePolicyDocument", {})):
        return Finding(
            subject,
            "fault",
            f"does not trust {TASKS}, so no task can start with it",
            f"Allow sts:AssumeRole to {TASKS} in its trust policy.",
            path,
        )
    return Finding(subject, "ok", f"exists and trusts {TASKS}", path=path)


def trusts_tasks(policy: Any) -> bool:
    """Some statement lets ECS tasks assume the role. Conditions are not judged: only AWS can.

    IAM answers the policy URL-encoded; botocore decodes it where it can read it.
    """
    policy = _decoded(policy) if isinstance(policy, str) else policy
    statements = policy.get("Statement", []) if isinstance(policy, Mapping) else []
    return any(map(_allows, [statements] if isinstance(statements, Mapping) else statements))


def _decoded(text: str) -> Any:
    try:
        return json.loads(unquote(text))
    except ValueError:
        return {}


def _allows(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = _listed(principal.get("Service", [])) if isinstance(principal, Mapping) else _listed(principal)
    actions = [str(action).lower() for action in _listed(statement.get("Action", []))]
    assumes = any(fnmatchcase("sts:assumerole", action) for action in actions)
    return statement.get("Effect") == "Allow" and assumes and (TASKS in services or "*" in services)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
