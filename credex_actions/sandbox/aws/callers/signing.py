"""Signature Version 4, read from a request and worked out again with botocore's own signer."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.wrappers import Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
AUTHORIZATION: Final = re.compile(
    ALGORITHM + r" Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]+)"
)
STAMP: Final = "%Y%m%dT%H%M%SZ"
PATIENCE: Final = {"s3": 15}
"""Minutes that a caller's clock may be wrong; 5 elsewhere. Source: IAM guide, "Troubleshoot Signature Version 4 signing"."""


class Signed(NamedTuple):
    """What a request says about its signature: whose key, for which region and service, over which headers."""

    key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str


def read(request: Request) -> Signed | None:
    """None if a request carries no signature in its header, or one that cannot be read."""
    found = AUTHORIZATION.match(request.headers.get("Authorization", ""))
    if found is None:
        return None
    key, date, region, service, headers, signature = found.groups()
    return Signed(key, date, region, service, tuple(headers.split(";")), signature)


def fits(request: Request, body: bytes, signed: Signed, secret: str) -> bool:
    """Whether this secret signed this request: method, path, query, signed headers, body and time."""
    announced = request.headers.get("X-Amz-Content-SHA256", "")
    if re.fullmatch(r"[0-9a-f]{64}", announced) and announced != hashlib.sha256(body).hexdigest():
        return False
    made = made_at(request)
    if made is None or made.strftime("%Y%m%d") != signed.date:
        return False
    kind = S3SigV4Auth if signed.service == "s3" else SigV4Auth
    signer = kind(Credentials(signed.key, secret), signed.service, signed.region)
    headers = {name: value for name, value in request.headers.items() if name.lower() in signed.headers}
    url = f"http://{request.host}{request.environ['RAW_URI']}"
    again = AWSRequest(method=request.method, url=url, data=body, headers=headers)
    again.context["timestamp"] = made.strftime(STAMP)
    return bool(signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again) == signed.signature)


def made_at(request: Request) -> datetime | None:
    """The caller's time: X-Amz-Date, else Date; None if neither can be read."""
    try:
        if stamp := request.headers.get("X-Amz-Date"):
            return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        return parsedate_to_datetime(request.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return None


def clock_trouble(service: str, made: datetime, now: datetime) -> str:
    """In the words of AWS; "" where the clocks agree well enough."""
    minutes = PATIENCE.get(service, 5)
    earliest, latest = now - timedelta(minutes=minutes), now + timedelta(minutes=minutes)
    said = made.strftime(STAMP)
    if made < earliest:
        return f"Signature expired: {said} is now earlier than {earliest:{STAMP}} ({now:{STAMP}} - {minutes} min.)"
    if made > latest:
        return f"Signature not yet current: {said} is still later than {latest:{STAMP}} ({now:{STAMP}} + {minutes} min.)"
    return ""
