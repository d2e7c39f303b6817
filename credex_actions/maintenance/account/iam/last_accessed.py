"""What users and roles may use, and when they last did: IAM writes a report about each of them in the background.

Source: IAM API reference, "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails", "ListPoliciesGrantingServiceAccess". Attempts count as well, those
that were denied included. IAM keeps 400 days.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credex_actions.maintenance.account.iam.waiting import finished
from credex_actions.maintenance.account.reading import Absent, Reading, Unreadable

A_PAGE: Final = 1_000
"""Services that GetServiceLastAccessedDetails returns at once, as many as there may be."""
A_CALL: Final = 200
"""Services that ListPoliciesGrantingServiceAccess takes."""


@dataclass(frozen=True)
class Granted:
    """A service that an identity may use. `used`: None for no use on record. `idle`: actions that are not used, of a service that is; only Access Analyzer knows them."""

    service: str
    used: datetime | None
    idle: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grantor:
    """A policy that allows a service. `arn`: "" for one that is part of an identity or its group."""

    name: str
    arn: str = ""


def last_accessed(reading: Reading, arns: Iterable[str]) -> Iterator[tuple[str, tuple[Granted, ...]]]:
    """All reports are begun before the first is fetched: by then it is written. Whoever was deleted meanwhile is left out. Raises Unreadable."""
    jobs: dict[str, str] = {}
    for arn in arns:
        try:
            jobs[arn] = reading.one("iam", "generate_service_last_accessed_details", Arn=arn)["JobId"]
        except Absent:
            continue
    for arn, job in jobs.items():
        yield arn, tuple(_granted(reading, arn, job))


def _granted(reading: Reading, arn: str, job: str) -> Iterator[Granted]:
    operation = "iam:GetServiceLastAccessedDetails"
    answer = finished(
        reading,
        operation,
        lambda: reading.one("iam", "get_service_last_accessed_details", JobId=job, MaxItems=A_PAGE),
        lambda answer: answer["JobStatus"] != "IN_PROGRESS",
    )
    if answer["JobStatus"] != "COMPLETED":
        raise Unreadable("failed", f"{operation} failed for {arn}: {answer.get('Error', {}).get('Message', 'IAM gives no reason')}")
    for page in _pages(reading, "get_service_last_accessed_details", answer, JobId=job, MaxItems=A_PAGE):
        for each in page["ServicesLastAccessed"]:
            yield Granted(each["ServiceNamespace"], each.get("LastAuthenticated"))


def grantors(reading: Reading, arn: str, services: Sequence[str]) -> Mapping[str, tuple[Grantor, ...]]:
    """By service. Raises Unreadable."""
    found: dict[str, tuple[Grantor, ...]] = {}
    for begin in range(0, len(services), A_CALL):
        given: dict[str, Any] = {"Arn": arn, "ServiceNamespaces": services[begin : begin + A_CALL]}
        first = reading.one("iam", "list_policies_granting_service_access", **given)
        for page in _pages(reading, "list_policies_granting_service_access", first, **given):
            for each in page["PoliciesGrantingServiceAccess"]:
                policies = tuple(Grantor(policy["PolicyName"], policy.get("PolicyArn", "")) for policy in each.get("Policies", ()))
                found[each["ServiceNamespace"]] = found.get(each["ServiceNamespace"], ()) + policies
    return found


def _pages(reading: Reading, operation: str, first: dict[str, Any], **given: Any) -> Iterator[dict[str, Any]]:
    """Of operations that botocore has no paginators for."""
    page = first
    yield page
    while page.get("IsTruncated"):
        page = reading.one("iam", operation, **given, Marker=page["Marker"])
        yield page
