"""A team's own policies, read and checked before Cloud Custodian sees them: whatever is wrong in any of the files is said at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from credex_actions.core.text import one_line
from credex_actions.maintenance.catalogue.check import Severity

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}\Z")
SEVERITIES: Final = ("high", "medium", "low")


@dataclass(frozen=True)
class OwnPolicy:
    """`document`: as Cloud Custodian takes it. `severity`, `title` and `fix`: its metadata."""

    name: str
    file: str
    severity: Severity
    title: str
    why: str
    fix: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class ReadPolicies:
    policies: tuple[OwnPolicy, ...]
    faults: tuple[str, ...]


def read(files: Sequence[str]) -> ReadPolicies:
    policies: list[OwnPolicy] = []
    faults: list[str] = []
    first: dict[str, str] = {}
    for file in files:
        try:
            with open(file, encoding="utf-8") as stream:
                document = yaml.safe_load(stream)
        except OSError as error:
            faults.append(f"{file}: {error.strerror}")
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 30 February, or what is no UTF-8
            faults.append(f"{file}: is not YAML: {one_line(str(error))}")
        else:
            of_file = list(in_document(file, document))
            faults += [each for each in of_file if isinstance(each, str)]
            for each in of_file:
                if isinstance(each, OwnPolicy):
                    if each.name in first:
                        faults.append(f"{file}: the name {each.name} is already used in {first[each.name]}; give it another one")
                    first.setdefault(each.name, file)
                    policies.append(each)
    return ReadPolicies(tuple(policies), tuple(faults))


def in_document(file: str, document: Any) -> Iterator[OwnPolicy | str]:
    """Its policies, and a sentence for each that is none."""
    listed = document.get("policies") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        yield f"{file}: has no list `policies`; begin the file with `policies:`"
        return
    for number, each in enumerate(listed):
        where = f"{file}: $.policies[{number}]"
        faults = list(wrong(each))
        if faults:
            yield from (f"{where}{fault}" for fault in faults)
        else:
            yield own_policy(file, each)


def wrong(policy: Any) -> Iterator[str]:
    """What keeps a policy from being run here. What it filters by, Cloud Custodian checks."""
    if not isinstance(policy, dict):
        yield ": is not a policy; write `name`, `resource` and `filters`"
        return
    if not isinstance(policy.get("name"), str) or not NAME.match(policy["name"]):
        yield ".name: has to be letters, digits, `_`, `.` and `-`, beginning with a letter"
    if not isinstance(policy.get("resource"), str):
        yield ".resource: is missing; name a resource type, such as aws.ebs"
    elif "." in policy["resource"] and not policy["resource"].startswith("aws."):
        yield ".resource: is not one of AWS"
    if policy.get("actions"):
        yield ".actions: are not run here, since maintenance-report only reads; remove them"
    if "mode" in policy:
        yield ".mode: is not used here, since the policy runs with the report; remove it"
    severity = _metadata(policy).get("severity", "medium")
    if severity not in SEVERITIES:
        yield ".metadata.severity: has to be high, medium or low"


def own_policy(file: str, policy: Mapping[str, Any]) -> OwnPolicy:
    metadata = _metadata(policy)
    described = policy.get("description") or policy.get("comment") or policy.get("comments") or ""
    return OwnPolicy(
        name=policy["name"],
        file=file,
        severity=cast("Severity", metadata.get("severity", "medium")),
        title=one_line(str(metadata.get("title", ""))) or f"matches {policy['name']}",
        why=one_line(str(described)) or f"it passes the filters of {policy['name']} in {file}",
        fix=one_line(str(metadata.get("fix", "")), 1000)
        or f"Change it such that the filters of {policy['name']} in {file} no longer select it.",
        document={key: policy[key] for key in policy if key != "metadata"},
    )


def _metadata(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = policy.get("metadata")
    return metadata if isinstance(metadata, dict) else {}
