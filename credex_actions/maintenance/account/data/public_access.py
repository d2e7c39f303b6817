"""Public access blocks: of a bucket, and of all buckets of an account."""

import re
from typing import Any, Final

from credex_actions.maintenance.account.found import Record
from credex_actions.maintenance.account.reading import Absent
from credex_actions.maintenance.account.survey import Survey

BLOCKS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
NO_BLOCK: Final = dict.fromkeys(BLOCKS, False)
BEFORE_AN_ADDRESS: Final = re.compile(r"^(https?://)\d{12}\.(?=\d+\.\d+\.\d+\.\d+(?::|/|$))")


def block_in(answer: Record) -> dict[str, bool]:
    return {each: bool(answer["PublicAccessBlockConfiguration"].get(each)) for each in BLOCKS}


def block_of_account(survey: Survey) -> dict[str, bool]:
    try:
        survey.reading.prepare("s3control", "before-call.s3-control.GetPublicAccessBlock", _without_a_subdomain)
        return block_in(survey.reading.one("s3control", "get_public_access_block", AccountId=survey.scope.account))
    except Absent:
        return NO_BLOCK


def _without_a_subdomain(params: dict[str, Any], **_: object) -> None:
    """The service's endpoint rules put the account in front of the host, also of an AWS_ENDPOINT_URL whose host is an IP address and has no subdomains."""
    params["url"] = BEFORE_AN_ADDRESS.sub(r"\1", params["url"])
