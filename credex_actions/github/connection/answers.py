"""What an answer of GitHub's is: what was requested, a refusal, a wish to wait, or somebody else's. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from credex_actions.core.retry import Later
from credex_actions.core.text import one_line
from credex_actions.github.connection.limits import asked_to_wait

MOVED: Final = "it has moved: was the repository renamed, or the server's URL changed?"
UNREADABLE: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading a document of another shape raises."""


class Unreachable(Exception):
    """No answer, or none of GitHub's own: passes by itself."""


class Refused(Exception):
    """GitHub said no, for good."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{one_line(message, 300)} (HTTP {status})")
        self.status = status
        self.message = message
        self.headers = headers


@dataclass(frozen=True)
class Answer:
    """`document`: as it came, or as `read` made it."""

    status: int
    headers: Mapping[str, str]
    document: Any
    read: Callable[[Any], Any] | None = None


def foreign(status: int, url: str) -> Unreachable:
    """A proxy's page, a portal's, JSON of another shape: it tells nothing of what is there, or was done."""
    return Unreachable(f"{url} responds with something that is not GitHub's API (HTTP {status})")


def judged(status: int, headers: Mapping[str, str], text: str, url: str) -> Answer:
    """Raises Unreachable where it is not GitHub's, or GitHub failed; Later where it asks to come again; Refused where it says no."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"GitHub responds with HTTP {status}")
    try:
        document = json.loads(text) if text else None
    except ValueError:
        raise foreign(status, url) from None
    if status < HTTPStatus.MULTIPLE_CHOICES or status in (HTTPStatus.FOUND, HTTPStatus.NOT_MODIFIED):
        return Answer(status, headers, document)
    if status < HTTPStatus.BAD_REQUEST:
        raise Refused(status, MOVED, headers)
    if not isinstance(document, dict) or not isinstance(document.get("message"), str):
        raise foreign(status, url)
    message = _message(document)
    if (seconds := asked_to_wait(status, headers, message)) is not None:
        raise Later(f"GitHub's rate limit is exceeded: {one_line(message, 200)}", seconds)
    raise Refused(status, message, headers)


def _message(document: Mapping[str, Any]) -> str:
    """GitHub's words, those about single fields included."""
    errors = document.get("errors")
    details = [str(each.get("message", "")) if isinstance(each, dict) else str(each) for each in errors] if isinstance(errors, list) else []
    return ": ".join(filter(None, [str(document.get("message", "")), "; ".join(filter(None, details))]))


@cache
def listed(key: str, read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads a list of what `read` reads, under `key`, or one that stands alone (""). One function for equal arguments: what it read stays known."""

    def rows(document: Any) -> tuple[Any, ...]:
        found = document[key] if key else document
        if not isinstance(found, list):
            raise TypeError(key)
        return tuple(read(each) for each in found)

    return rows


def text_at(*path: str) -> Callable[[Any], str]:
    """Reads the text under these keys, one below the other."""
    return _text_at(path)


@cache
def _text_at(path: tuple[str, ...]) -> Callable[[Any], str]:
    def text(document: Any) -> str:
        for key in path:
            document = document[key]
        if not isinstance(document, str):
            raise TypeError(path)
        return document

    return text
