"""The findings as SARIF 2.1.0, in the subset that GitHub's code scanning reads."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from credex_actions._version import __version__
from credex_actions.core.documentation import SITE
from credex_actions.core.text import plain
from credex_actions.terraform.judging.finding import Finding
from credex_actions.terraform.report.places import Place


def sarif(findings: Sequence[Finding], places: Mapping[str, Place], plan: str, workspace: str) -> str:
    rules = list(dict.fromkeys(_rule(each) for each in findings))
    driver = {
        "name": "credex-actions guard-terraform-plan",
        "version": __version__,
        "informationUri": SITE,
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("/", ": ")}} for rule in rules],
    }
    results = [_result(each, places.get(each.address) or Place(plan, 1), workspace) for each in findings]
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(finding: Finding) -> str:
    return f"{finding.type or 'plan'}/{finding.action}"


def _result(finding: Finding, place: Place, workspace: str) -> dict[str, Any]:
    text = f"{finding.address}: {finding.action} loses {finding.lost}. {finding.why}. {finding.instead}"
    location = {"artifactLocation": {"uri": _uri(place.file, workspace)}, "region": {"startLine": place.line}}
    return {
        "ruleId": _rule(finding),
        "level": "error" if finding.refuses else "warning",
        "message": {"text": plain(text)},
        "locations": [
            {"physicalLocation": location, "logicalLocations": [{"fullyQualifiedName": plain(finding.address), "kind": "resource"}]}
        ],
        "partialFingerprints": {"finding/v1": f"{plain(finding.address)} {finding.action}"},
    }


def _uri(file: str, workspace: str) -> str:
    """Relative to the repository, as code scanning wants it."""
    from urllib.parse import quote

    path = os.path.relpath(os.path.abspath(file), workspace or os.getcwd())
    return quote(os.path.basename(file) if path.startswith("..") else path)
