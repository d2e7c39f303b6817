"""Code scanning: an upload is unpacked and read as SARIF."""

import base64
import gzip
import json
import re
from typing import Any

from credex_actions.sandbox.github.records import uploads
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route


@route("POST", "/repos/<owner>/<name>/code-scanning/sarifs", "security_events:write")
def upload_sarif(call: Call) -> Answer:
    given = call.body()
    if missing := [name for name in ("commit_sha", "ref", "sarif") if not isinstance(given.get(name), str)]:
        raise Refusal(422, f'Invalid request.\n\n"{missing[0]}" wasn\'t supplied.')
    if not re.fullmatch(r"[0-9a-fA-F]{40}", given["commit_sha"]) or not given["ref"].startswith("refs/"):
        raise Refusal(422, "Invalid request: commit_sha has to be a full SHA, and ref to begin with refs/")
    try:
        document = json.loads(gzip.decompress(base64.b64decode(given["sarif"], validate=True)))
        results = [result for run in document["runs"] for result in run.get("results", [])]
    except (ValueError, OSError, KeyError, TypeError, AttributeError, EOFError):
        raise Refusal(400, "Bad Request: the sarif is not a gzipped, base64-encoded SARIF document") from None
    record: dict[str, Any] = {
        "id": f"{call.hub.id():032x}",
        "commit": given["commit_sha"],
        "ref": given["ref"],
        "document": document,
        "results": results,
    }
    uploads(call.repository).append(record)
    return Answer({"id": record["id"], "url": f"{call.repository_url()}/code-scanning/sarifs/{record['id']}"}, 202)


@route("GET", "/repos/<owner>/<name>/code-scanning/sarifs/<upload>", "security_events:read")
def get_sarif(call: Call, upload: str) -> Answer:
    if not any(each["id"] == upload for each in uploads(call.repository)):
        raise Refusal(404, "Not Found")
    url = f"{call.repository_url()}/code-scanning/analyses?sarif_id={upload}"
    return Answer({"processing_status": "complete", "analyses_url": url, "errors": None})
