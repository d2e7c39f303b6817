"""Answers that a fault puts in the place of the true one: GitHub's own refusals, and those of whatever is between."""

import json
import time
from typing import Any, Final

from werkzeug.wrappers import Response

from credex_actions.sandbox.github import access
from credex_actions.sandbox.github.routing import Refusal

JSON: Final = "application/json; charset=utf-8"
PAGE: Final = "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>"
REFUSALS: Final = {
    "error": Refusal(500, "Server Error"),
    "not-found": Refusal(404, "Not Found"),
    "forbidden": Refusal(403, "Forbidden"),
    "unauthorised": Refusal(401, "Bad credentials"),
    "not-queued": Refusal(409, "Cannot cancel a workflow run that has not been queued yet."),
    "secondary-rate-limit": Refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
    "rate-limit": Refusal(403, "API rate limit exceeded for installation."),
}
FOREIGN: Final = {
    "bad-gateway": ("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, "text/html"),
    "page": (PAGE, 200, "text/html; charset=utf-8"),
    "empty": ("", 200, JSON),
    "other-shape": ('{"status": "ok"}', 200, JSON),
    "other-refusal": ('{"error": "denied by policy"}', 404, JSON),
}
"""Answers that are not GitHub's: a proxy's, a portal's, a gateway's."""
KINDS: Final = ("drop-before", "drop-after", "slow", "slow-after", *REFUSALS, *FOREIGN)


def answer(kind: str, seconds: float) -> Response | None:
    """What a call that the fault strikes is answered, without effect; None for faults that let it through. `seconds`: of a limit."""
    if foreign := FOREIGN.get(kind):
        text, status, content_type = foreign
        return Response(text, status, content_type=content_type)
    if refusal := REFUSALS.get(kind):
        return refused(Refusal(refusal.status, refusal.message, _limits(kind, seconds)))
    return None


def _limits(kind: str, seconds: float) -> dict[str, str]:
    if kind == "secondary-rate-limit":
        return {"retry-after": str(max(1, round(seconds)))}
    if kind == "rate-limit":
        resets = str(int(time.time() + max(seconds, 1)))
        return {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": resets}
    return {}


def refused(refusal: Refusal) -> Response:
    document: dict[str, Any] = {"message": refusal.message, "documentation_url": access.DOCS, "status": str(refusal.status)}
    if refusal.errors:
        document["errors"] = refusal.errors
    return Response(json.dumps(document), refusal.status, headers=refusal.headers, content_type=JSON)
