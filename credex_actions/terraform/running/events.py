"""A line of Terraform's `-json` output as a value. Source: Terraform, "Machine-Readable UI"; OpenTofu writes the same.

What a line may hold that is nobody's business (ids, values of sensitive outputs, output of provisioners) is not read.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Event(NamedTuple):
    """`type` as Terraform names it; "text" for a line that is no event."""

    type: str
    message: str = ""
    address: str = ""
    action: str = ""
    elapsed: int = 0
    body: Mapping[str, Any] = {}  # the diagnostic, the outputs, or the counts


def read(line: str) -> Event | None:
    """None for a blank line."""
    if not line.strip():
        return None
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return Event("text", line.strip())
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        return Event("text", line.strip())
    kind = document["type"]
    about = _object(document, "hook") or _object(document, "change")
    resource = _object(about, "resource")
    body = _object(document, {"diagnostic": "diagnostic", "outputs": "outputs", "change_summary": "changes"}.get(kind, ""))
    elapsed = about.get("elapsed_seconds")
    return Event(
        kind,
        _text(document.get("@message")),
        _text(resource.get("addr")),
        _text(about.get("action")),
        int(elapsed) if isinstance(elapsed, int | float) else 0,
        body,
    )


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
