"""Which lines of a log are errors, and what of a line is its message. Pure."""

import json
import re
from typing import Any, Final

ERROR: Final = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|EMERG(?:ENCY)?|ALERT|PANIC|panic|Traceback|Unhandled\w*|\w*(?:Error|Exception))\b"
    r"|\b(?:level|severity)[\"']?\s*[=:]\s*[\"']?(?i:error|fatal|critical|panic)\b|\[(?i:error|fatal|crit(?:ical)?)\]|^E[0-9]{4} "
)
FINE: Final = re.compile(r"\b(?:0|no|without) errors?\b|\berrors?[\"']?\s*[=:]\s*(?:0|null|none|false|\[\]|\"\")(?![\w.])", re.IGNORECASE)
"""What has the word and says that there is none."""
FRAME: Final = re.compile(r"\s+(?:at |File \"|in |\.\.\. [0-9]+ more)|\s*Caused by: ")
"""A line of a stack trace: its first line tells the same, and fewer patterns are more."""
LEVELS: Final = frozenset(("error", "fatal", "critical", "severe", "emergency", "alert", "panic", "err", "crit"))
PINO_ERROR: Final = 50
"""Source: pino's documentation, "Levels"."""
QUICK: Final = re.compile(
    r"[Ee][Rr][Rr]|[Ff][Aa][Tt][Aa][Ll]|[Cc][Rr][Ii][Tt]|Exception|[Pp][Aa][Nn][Ii][Cc]|Traceback|Unhandled|SEVERE|EMERG|ALERT|\"level\"|^E[0-9]"
)
"""Of lines without one of these nothing else is looked at."""
MESSAGES: Final = ("msg", "message", "error", "err", "event")
LONGEST: Final = 2_000


def error_in(line: str) -> str | None:
    """The message of an error; None for any other line."""
    if not QUICK.search(line):
        return None
    if line.startswith("{"):
        found = _of_json(line)
        if found is not None:
            return found[1] if found[0] else None
    head = line[:LONGEST]
    if FRAME.match(head) or not ERROR.search(head):
        return None
    if FINE.search(head) and not ERROR.search(FINE.sub("", head)):
        return None
    return head


def _of_json(line: str) -> tuple[bool, str] | None:
    """Whether it is an error, and its message; None where it is no JSON object, or says neither."""
    try:
        document: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    level = document.get("level", document.get("severity", document.get("log.level")))
    message = next((each for name in MESSAGES if (each := _text(document.get(name)))), "")
    if isinstance(level, int) and not isinstance(level, bool):
        return level >= PINO_ERROR, message or line[:LONGEST]
    if isinstance(level, str):
        return level.lower() in LEVELS, message or line[:LONGEST]
    return None


def _text(value: Any) -> str:
    if isinstance(value, dict):
        kind, message = value.get("type") or value.get("name"), value.get("message")
        return (
            f"{kind}: {message}"[:LONGEST] if isinstance(message, str) and kind else message[:LONGEST] if isinstance(message, str) else ""
        )
    return value[:LONGEST] if isinstance(value, str) else ""
