"""The findings as SARIF 2.1.0, in the subset that GitHub's code scanning reads.

What is found in a file of the repository stands at its line; what is found elsewhere, at the configuration that made us look there: code scanning
shows nothing without a place. Accepted findings are left out, since code scanning does not know suppressions. It closes what an upload does not have, so
findings of the earlier report where nobody looked this time stay in it.
"""

import os
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import quote

from credex_actions._version import __version__
from credex_actions.core.documentation import SITE, page_at
from credex_actions.core.documents.in_pieces import in_pieces
from credex_actions.core.text import listed
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.reporting.report import Entry, Former, Report

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Final = {"high": "error", "medium": "warning", "low": "note"}
MOST: Final = 25_000
"""Results of a run that code scanning accepts. Source: GitHub docs, "SARIF results exceed one or more limits"."""


def sarif(report: Report, config: str, repository: str, workspace: str) -> Iterator[bytes]:
    """In pieces. `config`, `repository`: paths of the configuration and of the checkout that was examined. `workspace`: what code scanning's paths begin at."""
    given = _from(workspace, config)
    rules = [looked.check for looked in report.checks]
    shown: Iterator[Entry | Former] = chain(report.open, (each for each in report.unchecked if not each.accepted))
    numbers = {check.name: number for number, check in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "credex-actions maintenance-report",
                "version": __version__,
                "informationUri": SITE,
                "rules": [_rule(each) for each in rules],
            }
        },
        "automationDetails": {"id": f"maintenance-report/{given}"},
        "columnKind": "unicodeCodePoints",
        "results": (_result(each, numbers, given, repository, workspace) for each in islice(shown, MOST)),
    }
    yield from in_pieces({"$schema": SCHEMA, "version": "2.1.0", "runs": iter((run,))})
    yield b"\n"


def withheld(report: Report) -> str:
    """Why it is not to be uploaded: code scanning would close alerts that nobody has looked at. "" if it may be."""
    if not report.complete:
        return "the run was cancelled"
    blind = [each.check.name for each in report.checks if any(ran.state != "ran" and ran.configured for ran in each.ran)]
    return f"there is no earlier report, and some checks did not run: {listed(blind, 5)}" if blind and report.since is None else ""


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.name,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.finds},
        "helpUri": page_at(f"docs/reference/maintenance-checks.md#{check.name}"),
        "defaultConfiguration": {"level": LEVELS[check.severity]},
        "properties": {"tags": ["maintenance", check.group]},
    }


def _result(entry: Entry | Former, numbers: dict[str, int], given: str, repository: str, workspace: str) -> dict[str, Any]:
    finding = entry.finding
    location: dict[str, Any] = {"artifactLocation": {"uri": given}, "region": {"startLine": 1}}
    if finding.place:
        uri = _from(workspace, os.path.join(repository, finding.place.file))
        location = {"artifactLocation": {"uri": uri}, "region": {"startLine": max(finding.place.line, 1)}}
    return {
        "ruleId": finding.check,
        "ruleIndex": numbers[finding.check],
        "level": LEVELS[finding.severity],
        "message": {"text": "\n\n".join(_message(entry))},
        "locations": [{"physicalLocation": location, "logicalLocations": [{"fullyQualifiedName": finding.resource, "kind": "resource"}]}],
        "partialFingerprints": {"primaryLocationLineHash": entry.id, "finding/v1": entry.id},
    }


def _message(entry: Entry | Former) -> Iterator[str]:
    """Code scanning reads `[…](…)` in it as a link, and SARIF `{0}` as a gap: neither is ours. Source: SARIF 2.1.0, 3.11.5 and 3.11.6."""
    finding = entry.finding
    place = "/".join(filter(None, (finding.account, finding.region)))
    fix = f"Fix: {finding.fix}" if finding.fix else ""
    for text in (finding.title, f"{finding.resource} ({place})" if place else finding.resource, finding.why, fix):
        if text:
            yield text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("{", "{{").replace("}", "}}")


def _from(workspace: str, path: str) -> str:
    """Relative to the repository; the name alone for what is outside."""
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(workspace or os.getcwd()))
    return quote(os.path.basename(path) if relative.startswith("..") else relative)
