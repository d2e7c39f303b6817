"""IAM's reports of what was used last, and of the policies that allow it."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from credex_actions.sandbox.aws.identity import access

WRITING: Final = timedelta(seconds=0.3)
"""How long IAM takes for a report."""
A_PAGE: Final = 100


class LastAccessed(IamResponse):
    """moto makes one for each request."""

    def generate_service_last_accessed_details(self) -> ActionResult:
        arn = self._get_param("Arn")
        self._identity(arn)
        job = str(uuid4())
        self._jobs()[job] = {"arn": arn, "made": utcnow(), "looks": 0}
        return ActionResult({"JobId": job})

    def get_service_last_accessed_details(self) -> ActionResult:
        given = self._get_param("JobId")
        if given not in self._jobs():
            raise NotFoundException(f"Job with the id {given} cannot be found.")
        job = self._jobs()[given]
        done = job["made"] + WRITING
        said = {"JobType": "SERVICE_LEVEL", "JobCreationDate": job["made"]}
        if utcnow() < done:
            return ActionResult(said | {"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": [], "IsTruncated": False})
        record = self._identity(job["arn"])
        found = [self._service(job["arn"], each) for each in access.allowed(self.current_account, record)]
        shown, more = _page(found, self._get_param("Marker"), self._get_int_param("MaxItems", A_PAGE))
        return ActionResult(said | more | {"JobStatus": "COMPLETED", "JobCompletionDate": done, "ServicesLastAccessed": shown})

    def list_policies_granting_service_access(self) -> ActionResult:
        record = self._identity(self._get_param("Arn"))
        kind = "ROLE" if ":role/" in record.arn else "USER"
        attached = [(each, access.services(each.document)) for each in access.policies(self.current_account, record)]
        found = [
            {
                "ServiceNamespace": service,
                "Policies": [
                    {"PolicyName": each.name, "PolicyType": "MANAGED", "PolicyArn": each.arn}
                    if each.arn
                    else {
                        "PolicyName": each.name,
                        "PolicyType": "INLINE",
                        "EntityType": "GROUP" if each.via else kind,
                        "EntityName": each.via or record.name,
                    }
                    for each, allowed in attached
                    if service in allowed
                ],
            }
            for service in self._get_param("ServiceNamespaces", [])
        ]
        shown, more = _page(found, self._get_param("Marker"), A_PAGE)
        return ActionResult({"PoliciesGrantingServiceAccess": shown} | more)

    def _identity(self, arn: str) -> Any:
        record = access.identity(self.current_account, arn)
        if record is None:
            raise NotFoundException(f"ARN {arn} does not exist.")
        return record

    def _jobs(self) -> dict[str, Any]:
        """Kept with moto's own records of the account, so that they go with them."""
        kept: dict[str, Any] = self.backend.__dict__.setdefault("access_jobs", {})
        return kept

    def _service(self, arn: str, name: str) -> dict[str, Any]:
        last: datetime | None = access.used(self.current_account).get(arn, {}).get(name)
        known = {"LastAuthenticated": last, "LastAuthenticatedEntity": arn, "LastAuthenticatedRegion": self.region} if last else {}
        return {"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 1 if last else 0} | known


def _page(found: list[dict[str, Any]], marker: str | None, most: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    begin = int(marker or 0)
    is_more = len(found) > begin + most
    return found[begin : begin + most], {"IsTruncated": is_more} | ({"Marker": str(begin + most)} if is_more else {})
