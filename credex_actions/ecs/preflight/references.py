"""What `valueFrom` points at: SSM parameters, Secrets Manager secrets with their JSON keys; and environment files in S3.

Values that have to be read, to see whether a JSON key is there, are neither kept nor shown.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding, PathStep, Unreadable, judged, no_region, tried

SECRET: Final = re.compile(
    r"arn:[^:]+:secretsmanager:(?P<region>[^:]+):(?P<account>\d*):secret:(?P<name>[^:]+)(?::(?P<key>[^:]*))?(?::(?P<stage>[^:]*))?(?::(?P<version>[^:]*))?"
)
"""Source: ECS developer guide, "Pass Secrets Manager secrets through environment variables": arn[:json-key:version-stage:version-id]."""

PARAMETER: Final = re.compile(r"arn:[^:]+:ssm:(?P<region>[^:]+):(?P<account>\d*):parameter(?P<name>/.+)")

NO_SECRET: Final = frozenset(("ResourceNotFoundException",))
AT_ONCE: Final = 10
"""Names that one GetParameters takes."""

Path = tuple[PathStep, ...]

ACCOUNT: Final = re.compile(r"arn:[^:]+:[^:]+:[^:]*:(\d{12}):")


class Reference(NamedTuple):
    subject: str
    target: str
    path: Path


def look(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> Iterator[Finding]:
    own = account_of(definition.get("executionRoleArn"), definition.get("taskRoleArn"), (service or {}).get("serviceArn"))
    found = []
    for each in references(definition):
        match = SECRET.fullmatch(each.target) or PARAMETER.fullmatch(each.target)
        odd = no_region(f"the region of {each.subject}", match["region"] if match else None, each.path)
        if odd:
            yield odd
        else:
            found.append(each)
    yield from _secrets(clients, [each for each in found if SECRET.fullmatch(each.target)], own)
    yield from _parameters(clients, [each for each in found if not SECRET.fullmatch(each.target)], own)
    yield from _files(clients, definition)


def account_of(*arns: str | None) -> str:
    """The account in the first of `arns` that names one; "" if none does."""
    return next((match[1] for arn in arns if arn and (match := ACCOUNT.match(arn))), "")


def _foreign(subject: str, account: str, path: Path) -> Finding:
    return Finding(subject, "skipped", f"belongs to another account ({account}) and cannot be checked from here", path=path)


def references(definition: Mapping[str, Any]) -> Iterator[Reference]:
    """Every `valueFrom` and registry credential of a task definition."""
    for index, container in enumerate(definition.get("containerDefinitions", ())):
        here: Path = ("containerDefinitions", index)
        name = container.get("name", index)
        for number, secret in enumerate(container.get("secrets", ())):
            yield Reference(f"secret {secret.get('name')} of {name}", secret.get("valueFrom", ""), (*here, "secrets", number, "valueFrom"))
        for number, secret in enumerate((container.get("logConfiguration") or {}).get("secretOptions", ())):
            yield Reference(
                f"log option {secret.get('name')} of {name}",
                secret.get("valueFrom", ""),
                (*here, "logConfiguration", "secretOptions", number, "valueFrom"),
            )
        credentials = (container.get("repositoryCredentials") or {}).get("credentialsParameter")
        if credentials:
            yield Reference(f"registry credentials of {name}", credentials, (*here, "repositoryCredentials", "credentialsParameter"))


def _secrets(clients: Clients, found: list[Reference], own: str) -> Iterator[Finding]:
    seen: dict[str, Any] = {}
    keys: dict[tuple[str | None, ...], Any] = {}
    for each in found:
        match = SECRET.fullmatch(each.target)
        parts = {name: value for name, value in (match.groupdict() if match else {}).items() if value}
        identifier = f"{each.target.split(':secret:')[0]}:secret:{parts['name']}"
        manager = clients.read("secretsmanager", parts["region"])
        if identifier not in seen:
            seen[identifier] = tried(NO_SECRET, manager.describe_secret, SecretId=identifier)
        secret = seen[identifier]
        finding = judge_secret(each, parts, secret, own)
        if finding.state == "ok" and "key" in parts:
            value = (identifier, parts.get("stage"), parts.get("version"))
            if value not in keys:
                keys[value] = tried(NO_SECRET, _keys, manager, identifier, parts)
            finding = judge_key(each, parts, keys[value])
        yield finding


def judge_secret(each: Reference, parts: Mapping[str, str], secret: Any, own: str) -> Finding:
    """`secret`: DescribeSecret's answer, None if there is no such secret, or Unreadable. One of another account may only not be shown to us."""
    account = account_of(each.target)
    if secret is None and account and own not in {"", account}:
        return _foreign(each.subject, account, each.path)
    if secret is None or isinstance(secret, Unreadable):
        missing = (f"the secret {parts['name']} does not exist", "Create it, or correct the ARN; is it in this region?")
        return judged(secret, each.subject, missing, each.path)
    if gap := _missing_version(secret, parts):
        return Finding(each.subject, "fault", gap, "Correct the version in the ARN.", each.path)
    return _deleted(secret, each) or Finding(each.subject, "ok", "exists", path=each.path)


def _deleted(secret: Any, each: Reference) -> Finding | None:
    if isinstance(secret, Mapping) and secret.get("DeletedDate"):
        return Finding(
            each.subject,
            "fault",
            "the secret is scheduled for deletion, so it cannot be read",
            "Restore it, or reference another one.",
            each.path,
        )
    return None


def _missing_version(secret: Mapping[str, Any], parts: Mapping[str, str]) -> str:
    versions: Mapping[str, list[str]] = secret.get("VersionIdsToStages") or {}
    if "version" in parts and parts["version"] not in versions:
        return f"the secret {parts['name']} has no version {parts['version']}"
    if "stage" in parts and not any(parts["stage"] in stages for stages in versions.values()):
        return f"no version of the secret {parts['name']} has the stage {parts['stage']}"
    return ""


def _keys(manager: Any, identifier: str, parts: Mapping[str, str]) -> frozenset[str] | None:
    """The names of the secret's members; None if it is no JSON object. The value itself is dropped here."""
    version = {option: parts[name] for name, option in (("stage", "VersionStage"), ("version", "VersionId")) if name in parts}
    answer = manager.get_secret_value(SecretId=identifier, **version)
    try:
        value = json.loads(answer.get("SecretString", ""))
    except ValueError:
        return None
    return frozenset(value) if isinstance(value, Mapping) else None


def judge_key(each: Reference, parts: Mapping[str, str], keys: Any) -> Finding:
    if isinstance(keys, Unreadable):
        return Finding(
            each.subject,
            "skipped",
            f"the secret exists; it is not known whether it has the JSON key {parts['key']}: {keys.why}",
            path=each.path,
        )
    if keys is None:
        return Finding(
            each.subject,
            "fault",
            f"the secret {parts['name']} is not a JSON object, so it has no key {parts['key']}",
            "Remove the key from the ARN, or store a JSON object.",
            each.path,
        )
    if parts["key"] not in keys:
        return Finding(
            each.subject,
            "fault",
            f"the secret {parts['name']} has no JSON key {parts['key']}",
            "Correct the key in the ARN, or add it to the secret.",
            each.path,
        )
    return Finding(each.subject, "ok", f"exists, with the JSON key {parts['key']}", path=each.path)


def _parameters(clients: Clients, found: list[Reference], own: str) -> Iterator[Finding]:
    by_region: dict[str | None, dict[str, list[Reference]]] = {}
    for each in found:
        match = PARAMETER.fullmatch(each.target)
        if each.path[-1] == "credentialsParameter":  # a secret's name: no parameter, and no ARN that says where it is
            yield Finding(each.subject, "skipped", "are referenced without their ARN, so they were not checked", path=each.path)
            continue
        if match is None and each.target.startswith("arn:"):
            yield Finding(each.subject, "skipped", "references neither SSM nor Secrets Manager", path=each.path)
            continue
        if not each.target.strip():
            yield Finding(each.subject, "fault", "references nothing", "Provide the name or ARN of a parameter or secret.", each.path)
            continue
        if match and own not in {"", match["account"]}:  # GetParameters by name would find one of ours that is called the same
            yield _foreign(each.subject, match["account"], each.path)
            continue
        region, name = (match["region"], match["name"]) if match else (None, each.target)
        # A parameter without a path has no slash before its name; its ARN shows one all the same.
        bare = name[1:] if match and name.count("/") == 1 else name
        by_region.setdefault(region, {}).setdefault(bare, []).append(each)
    for region, names in by_region.items():
        ssm, all_names = clients.read("ssm", region), list(names)
        for start in range(0, len(all_names), AT_ONCE):
            group = all_names[start : start + AT_ONCE]
            answer = tried((), ssm.get_parameters, Names=group, WithDecryption=False)
            for name in group:
                seen = answer if isinstance(answer, Unreadable) else None if name in answer["InvalidParameters"] else name
                missing = (f"the parameter {name} does not exist", "Create it, or correct its name; is it in this region?")
                for each in names[name]:
                    yield judged(seen, each.subject, missing, each.path)


def _files(clients: Clients, definition: Mapping[str, Any]) -> Iterator[Finding]:
    for index, container in enumerate(definition.get("containerDefinitions", ())):
        for number, file in enumerate(container.get("environmentFiles", ())):
            bucket, _, key = str(file.get("value", "")).partition(":::")[2].partition("/")
            found = tried(("404", "NoSuchKey", "NoSuchBucket", "NotFound"), clients.read("s3").head_object, Bucket=bucket, Key=key)
            subject = f"environment file of {container.get('name', index)}"
            missing = (f"s3://{bucket}/{key} does not exist", "Upload it, or correct its ARN.")
            yield judged(found, subject, missing, ("containerDefinitions", index, "environmentFiles", number, "value"))
