"""Unused permissions that IAM Access Analyzer has found, where the account pays for an analyzer of unused access.

Source: IAM Access Analyzer API reference, "ListAnalyzers", "GetAnalyzer", "ListFindingsV2", "GetFindingV2"; IAM guide, "IAM Access Analyzer filter keys".
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credex_actions.maintenance.account.found import Record, older
from credex_actions.maintenance.account.iam.last_accessed import Granted
from credex_actions.maintenance.account.reading import Reading, Unreadable
from credex_actions.maintenance.account.survey import Survey

FIRST_SCAN: Final = 2
"""Days after which an analyzer has looked at everything once; it does so every day."""
USUAL: Final = 90
"""Days without use after which an analyzer reports something, where it was not told another number."""


@dataclass(frozen=True)
class Analyzer:
    """`reading`: of its region. `days`: without use, after which it reports something."""

    arn: str
    region: str
    reading: Reading
    days: float


@dataclass(frozen=True)
class Advised:
    """`finding`: the analyzer's id of it."""

    arn: str
    granted: tuple[Granted, ...]
    finding: str


def covering(survey: Survey, limit: float) -> Analyzer | None:
    """One that has found all that is unused for `limit` days; None where IAM has to be asked."""
    analyzers = (each for sibling in survey.siblings for each in sibling.shared(_analyzers))
    return next((each for each in analyzers if each.days <= limit), None)


def _analyzers(survey: Survey) -> tuple[Analyzer, ...]:
    """Of a region; all of them look at all of IAM. What may not be asked is not there: IAM itself knows which services are unused."""
    reading = survey.reading
    found = []
    try:
        for each in reading.pages("accessanalyzer", "list_analyzers", "analyzers", type="ACCOUNT_UNUSED_ACCESS"):
            if each["status"] == "ACTIVE" and older(each["createdAt"], survey.now, FIRST_SCAN):
                given = reading.one("accessanalyzer", "get_analyzer", analyzerName=each["name"])["analyzer"]
                told = given.get("configuration", {}).get("unusedAccess", {})
                if not told.get("analysisRule", {}).get("exclusions"):  # of whom it leaves out, it says nothing
                    found.append(Analyzer(each["arn"], survey.scope.region, reading, told.get("unusedAccessAge", USUAL)))
    except Unreadable:
        return ()
    return tuple(found)


def advised(analyzer: Analyzer, arns: Collection[str], since: datetime) -> Iterator[Advised]:
    """Of these users and roles, with the actions that were not used `since`. What somebody has archived is accepted there. Raises Unreadable."""
    wanted = {"findingType": {"eq": ["UnusedPermission"]}, "status": {"eq": ["ACTIVE"]}}
    reading = analyzer.reading
    for each in reading.pages("accessanalyzer", "list_findings_v2", "findings", analyzerArn=analyzer.arn, filter=wanted):
        if each.get("resource") in arns:
            details = reading.pages("accessanalyzer", "get_finding_v2", "findingDetails", analyzerArn=analyzer.arn, id=each["id"])
            yield Advised(each["resource"], tuple(_granted(detail["unusedPermissionDetails"], since) for detail in details), each["id"])


def _granted(detail: Record, since: datetime) -> Granted:
    service = detail["serviceNamespace"]
    idle = (each["action"] for each in detail.get("actions") or () if not each.get("lastAccessed") or each["lastAccessed"] < since)
    return Granted(service, detail.get("lastAccessed"), tuple(each if ":" in each else f"{service}:{each}" for each in idle))
