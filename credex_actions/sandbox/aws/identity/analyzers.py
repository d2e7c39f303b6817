"""IAM Access Analyzer as far as unused permissions go. An analyzer has findings as soon as it exists, and they follow what is true when they are asked for."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.identity import access
from credex_actions.sandbox.aws.refusals import Refusal

Document = dict[str, Any]
KIND: Final = "ACCOUNT_UNUSED_ACCESS"


def analyzers(account: str, region: str) -> dict[str, Document]:
    """By name; kept with moto's own records of the account, so that they go with them."""
    kept: dict[str, Document] = backend("iam", account, "").__dict__.setdefault("analyzers", {}).setdefault(region, {})
    return kept


def answer(account: str, region: str, operation: str, request: Document) -> Document:
    """Raises Refusal."""
    if operation not in OPERATIONS:
        raise Refusal("ValidationException", f"the sandbox has no {operation} of Access Analyzer")
    answered: Document = OPERATIONS[operation](account, region, request)
    return answered


def _create(account: str, region: str, request: Document) -> Document:
    if request["type"] != KIND:
        raise Refusal("ValidationException", f"the sandbox has analyzers of the type {KIND} alone")
    arn = f"arn:aws:access-analyzer:{region}:{account}:analyzer/{request['analyzerName']}"
    configuration = request.get("configuration") or {"unusedAccess": {"unusedAccessAge": 90}}
    made = {"arn": arn, "name": request["analyzerName"], "type": KIND, "createdAt": time.time(), "status": "ACTIVE"}
    analyzers(account, region)[request["analyzerName"]] = made | {"configuration": configuration}
    return {"arn": arn}


def _list(account: str, region: str, request: Document) -> Document:
    """Without configurations, as in AWS."""
    shown = [each for each in analyzers(account, region).values() if request.get("type") in {None, each["type"]}]
    return {"analyzers": [{name: value for name, value in each.items() if name != "configuration"} for each in shown]}


def _get(account: str, region: str, request: Document) -> Document:
    return {"analyzer": _named(account, region, request["analyzerName"])}


def _list_findings(account: str, region: str, request: Document) -> Document:
    analyzer = _named(account, region, request["analyzerArn"].rpartition("/")[2])
    filters = {name: each["eq"] for name, each in (request.get("filter") or {}).items()}
    shown = [finding for finding, _ in _findings(account, analyzer)]
    return {"findings": [each for each in shown if all(each[name] in values for name, values in filters.items())]}


def _get_finding(account: str, region: str, request: Document) -> Document:
    analyzer = _named(account, region, request["analyzerArn"].rpartition("/")[2])
    for finding, details in _findings(account, analyzer):
        if finding["id"] == request["id"]:
            return finding | {"findingDetails": [{"unusedPermissionDetails": each} for each in details]}
    raise Refusal("ResourceNotFoundException", f"Finding {request['id']} does not exist.", 404)


def _named(account: str, region: str, name: str) -> Document:
    if name not in analyzers(account, region):
        raise Refusal("ResourceNotFoundException", f"Analyzer {name} does not exist.", 404)
    return analyzers(account, region)[name]


def _findings(account: str, analyzer: Document) -> Iterator[tuple[Document, list[Document]]]:
    """Of a role without any activity AWS finds nothing but that, and such findings are left out here."""
    age = timedelta(days=analyzer["configuration"]["unusedAccess"]["unusedAccessAge"])
    iam = backend("iam", account, "")
    since = (datetime.now(UTC) - age).replace(tzinfo=None)  # as moto keeps times
    active = [role for role in iam.roles.values() if role.last_used and role.last_used > since]
    for record in (*active, *iam.users.values()):
        if details := list(_unused(account, record, datetime.now(UTC) - age)):
            now = time.time()
            kind = "AWS::IAM::Role" if ":role/" in record.arn else "AWS::IAM::User"
            yield (
                {
                    "id": record.id,
                    "resource": record.arn,
                    "resourceType": kind,
                    "resourceOwnerAccount": account,
                    "status": "ACTIVE",
                    "findingType": "UnusedPermission",
                    **dict.fromkeys(("analyzedAt", "createdAt", "updatedAt"), now),
                },
                details,
            )


def _unused(account: str, record: Any, since: datetime) -> Iterator[Document]:
    used = access.used(account).get(record.arn, {})
    for service in access.allowed(account, record):
        last = used.get(service)
        if last is None:
            yield {"serviceNamespace": service, "actions": []}
        elif last < since:
            yield {"serviceNamespace": service, "actions": [], "lastAccessed": last.timestamp()}


OPERATIONS: Final = {
    "CreateAnalyzer": _create,
    "ListAnalyzers": _list,
    "GetAnalyzer": _get,
    "ListFindingsV2": _list_findings,
    "GetFindingV2": _get_finding,
}
