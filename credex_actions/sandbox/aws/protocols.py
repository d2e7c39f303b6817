"""How an error is spoken: in the protocol of the request that it answers."""

import json
from typing import Final, Literal

from werkzeug.wrappers import Request, Response

from credex_actions.sandbox.aws.refusals import Refusal

Dialect = Literal["json", "cbor", "query", "ec2", "s3"]

PREFIXES: Final = {"monitoring": "cloudwatch"}
"""Services whose actions in policies do not bear the name that requests are signed for."""


def dialect(service: str, request: Request) -> Dialect:
    """`service`: the name that the request is signed for. EC2 has a query protocol of its own."""
    if request.path.startswith("/service/"):
        return "cbor"
    if (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    return "s3" if service == "s3" else "json"


def refused(service: str, request: Request, refusal: Refusal) -> Response:
    spoken = dialect(service, request)
    if spoken == "cbor":
        body = b"\xa2" + b"".join(_cbor(each) for each in ("__type", refusal.code, "message", refusal.message))
        return Response(body, refusal.status, content_type="application/cbor", headers={"smithy-protocol": "rpc-v2-cbor"})
    if spoken == "json":
        document = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
        return answered(document, refusal.status, refusal.code)
    return Response(xml(spoken, refusal), refusal.status, content_type="text/xml")


def answered(body: bytes, status: int = 200, error: str = "") -> Response:
    """An answer in JSON. Services with paths instead of X-Amz-Target name an error in the header."""
    headers = {"x-amzn-RequestId": "sandbox"} | ({"x-amzn-ErrorType": error} if error else {})
    return Response(body, status, content_type="application/x-amz-json-1.1", headers=headers)


def foreign(kind: str, service: str, request: Request) -> Response:
    """What a proxy, or whatever else stands in the way, answers in the service's place: one of faults.FOREIGN."""
    if kind == "page":
        page = "<!DOCTYPE html><html><head><title>Back in a minute</title></head><body>We are busy.</body></html>"
        return Response(page, content_type="text/html; charset=utf-8")
    if kind == "empty":
        return Response(b"", headers={"Content-Type": ""})
    json_spoken = dialect(service, request) in {"json", "cbor"}
    return Response(
        '{"status": "ok"}' if json_spoken else "<status>ok</status>", content_type=f"application/{'json' if json_spoken else 'xml'}"
    )


def xml(spoken: Dialect, refusal: Refusal) -> str:
    message = refusal.message.replace("&", "&amp;").replace("<", "&lt;")
    named = f"<Code>{refusal.code}</Code><Message>{message}</Message>"
    if spoken == "s3":
        return f"<Error>{named}</Error>"
    error = f"<Error><Type>Sender</Type>{named}</Error>"
    return f"<Response><Errors>{error}</Errors></Response>" if spoken == "ec2" else f"<ErrorResponse>{error}</ErrorResponse>"


def _cbor(text: str) -> bytes:
    """A text string of up to 65,535 bytes. Source: RFC 8949, section 3.1."""
    return b"\x79" + len(text.encode()).to_bytes(2, "big") + text.encode()
