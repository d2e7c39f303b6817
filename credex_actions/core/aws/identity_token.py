"""GitHub's OIDC token of the job that we run in. Each one is requested again: it lasts five minutes.

Source: GitHub docs, "OpenID Connect reference", methods for requesting the token.
"""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import botocore.exceptions
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from credex_actions.core.aws.clients import NotSignedIn
from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line

AUDIENCE: Final = "sts.amazonaws.com"
ADDRESS, BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
PERMISSION: Final = "Add `permissions: id-token: write` to the job, and to the calling job if it is in a reusable workflow."
PATIENCE: Final = 10
"""Seconds for an answer; it comes in less than one."""


def available(environment: Mapping[str, str]) -> bool:
    return bool(environment.get(ADDRESS) and environment.get(BEARER))


def fetched(environment: Mapping[str, str]) -> str:
    """Raises NotSignedIn; nothing of what GitHub answered is in its words, for that may be a token."""
    address = environment[ADDRESS]
    url = f"{address}{'&' if '?' in address else '?'}audience={quote(AUDIENCE, safe='')}"
    trusted = environment.get("AWS_CA_BUNDLE") or environment.get("REQUESTS_CA_BUNDLE") or environment.get("SSL_CERT_FILE") or True
    headers = {"Authorization": f"bearer {environment[BEARER]}", "Accept": "application/json; api-version=2.0"}
    try:
        session = URLLib3Session(verify=trusted, proxies=get_environ_proxies(url), timeout=PATIENCE)  # type: ignore[arg-type] # a path will do
        answer = session.send(AWSRequest("GET", url, headers=headers).prepare())
        status, body = answer.status_code, answer.content
    except botocore.exceptions.HTTPClientError as error:
        what = f"GitHub's OIDC token cannot be requested: {type(error).__name__}"
        raise NotSignedIn(
            Fault(what, "Check the network of the runner, then run the same command again.", "role-to-assume"), passing=True
        ) from None
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        what = f"GitHub provides no OIDC token to this job (status {status})"
        raise NotSignedIn(Fault(what, f"{PERMISSION} A token is provided only while the job runs.", "role-to-assume"))
    try:
        if status == HTTPStatus.OK and isinstance(token := json.loads(body)["value"], str):
            return token
    except (ValueError, KeyError, TypeError):
        pass
    what = f"GitHub's OIDC token cannot be requested: status {status}{'' if status != HTTPStatus.OK else ', but no token'}"
    raise NotSignedIn(Fault(what, "Run the same command again.", "role-to-assume"), passing=True)


def subject(token: str) -> str:
    """Whom the token speaks for, as a trust policy has to name it; it is not a secret. "" where that cannot be read."""
    part = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - head, claims, signature
    try:
        return one_line(str(json.loads(base64.urlsafe_b64decode(f"{part}{'=' * (-len(part) % 4)}")).get("sub", "")), 300)
    except (ValueError, AttributeError):
        return ""
