"""Answers that are not the service's: a proxy's page, an empty body, a document of another shape.

botocore reads one with a good status as an answer without members, and "there is no such service" follows from it. Each client is
watched, so that whoever looks gets an error instead: nobody has looked.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from xml.etree import ElementTree as ET

import botocore.exceptions

from credex_actions.core.text import one_line

CBOR_MAPS: Final = range(0xA0, 0xC0)
"""First bytes of a CBOR map. Source: RFC 8949, section 3.1."""
BEGINNING: Final = 4096
"""Bytes in which a page says its title, and an XML document its first element."""


class ForeignAnswerError(botocore.exceptions.BotoCoreError):
    """Of a read: nothing was learnt. Of a write: it may have taken effect or not."""

    fmt = "{operation} was answered by something other than AWS: {what}"


def watch(client: Any) -> None:
    """From now on `client` raises ForeignAnswerError for an answer that is not its service's."""
    client.meta.events.register("before-parse", _judge)


def _judge(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    status, body = response_dict["status_code"], response_dict["body"]
    if not isinstance(body, bytes):
        return  # a stream is its reader's
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR  # botocore sends again what failed with these, if it can read them
    what = "" if failed else foreign(operation_model, status, response_dict["headers"].get("content-type") or "", body)
    if what := what or unreadable(operation_model, status, body):
        raise ForeignAnswerError(operation=operation_model.name, what=what)


def foreign(operation: Any, status: int, content_type: str, body: bytes) -> str:
    """What `body` is, in words, where it cannot be the answer to `operation` (botocore's model); else "".

    Of errors only a page is reported: they come in more shapes than the model has. A content type alone proves nothing: stand-ins for AWS
    name JSON text/html.
    """
    begins = body[:BEGINNING].lstrip()
    if begins[:14].lower().startswith((b"<!doctype html", b"<html")):
        return _page(body)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return _page(body) if "html" in content_type and begins[:1] not in {b"", b"{", b"<"} else ""
    members = _members(operation)
    match operation.service_model.resolved_protocol:
        case "json" | "rest-json":
            return _foreign_json(body, members)
        case "query" | "ec2":
            return "" if re.search(rb"<(\w+:)?\w+Response[\s/>]", body[:BEGINNING]) else _something(body)
        case "smithy-rpc-v2-cbor":
            return "" if (body[:1] and body[0] in CBOR_MAPS) or not (body or members) else _something(body)
    return ""  # S3's answers may be headers alone


def unreadable(operation: Any, status: int, body: bytes) -> str:
    """What `body` is where botocore's parser would fail: with a ResponseParserError, which is no BotoCoreError, so that nobody expects it."""
    error = status > HTTPStatus.MULTIPLE_CHOICES
    protocol = operation.service_model.resolved_protocol
    if not body.strip() or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and body.strip().startswith(b"<html>")):
        return ""  # botocore makes an error of the status
    if protocol == "smithy-rpc-v2-cbor":
        return _something(body) if error and body[0] not in CBOR_MAPS else ""
    if protocol in {"query", "ec2"} or (protocol == "rest-xml" and not error and not _is_payload(operation)):
        try:
            ET.fromstring(body)  # noqa: S314 - botocore's parser does the same with it
        except ET.ParseError:
            return _something(body)
    return ""


def _is_payload(operation: Any) -> bool:
    """One member is the whole body, which may be anything, such as a bucket's policy."""
    return operation.output_shape is not None and "payload" in operation.output_shape.serialization


def _members(operation: Any) -> dict[str, Any]:
    """Shapes of the members that the body of an answer may hold, by the name that they have there."""
    shape = operation.output_shape
    if shape is None or _is_payload(operation):
        return {}
    return {
        member.serialization.get("name", name): member for name, member in shape.members.items() if "location" not in member.serialization
    }


def _foreign_json(body: bytes, members: Mapping[str, Any]) -> str:
    if not body.strip():
        return "an empty body" if members else ""
    try:
        document = json.loads(body)
    except ValueError:
        return _something(body)
    if not isinstance(document, dict):
        return f"JSON that is not an object: {_beginning(body)}"
    if members and not any(document.get(name) is not None for name in members):
        return f"JSON of an unexpected shape: {_beginning(body)}"
    return (
        ""
        if all(_fits(document.get(name), shape) for name, shape in members.items())
        else f"JSON of an unexpected shape: {_beginning(body)}"
    )


def _fits(value: object, shape: Any) -> bool:
    """Objects and arrays stand where the model has them. Texts and numbers are the parser's."""
    if value is None:
        return True
    match shape.type_name:
        case "structure" if shape.is_document_type:
            return True
        case "structure":
            return isinstance(value, dict) and all(
                _fits(value.get(each.serialization.get("name", name)), each) for name, each in shape.members.items()
            )
        case "map":
            return isinstance(value, dict) and all(_fits(each, shape.value) for each in value.values())
        case "list":
            return isinstance(value, list) and all(_fits(each, shape.member) for each in value)
        case _:
            return not isinstance(value, dict | list)


def _page(body: bytes) -> str:
    title = re.search(rb"<title[^>]*>(.*?)</title>", body[:BEGINNING], re.IGNORECASE | re.DOTALL)
    words = one_line(title[1].decode(errors="replace").strip(), 80) if title else ""
    return f"a web page ('{words}')" if words else "a web page"


def _something(body: bytes) -> str:
    return f"a document of another type: {_beginning(body)}" if body.strip() else "an empty body"


def _beginning(body: bytes) -> str:
    return one_line(body[:BEGINNING].decode(errors="replace").strip(), 80)
