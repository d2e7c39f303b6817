"""Looks at an address as a client would: one HTTP request, one Bolt handshake."""

import json
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from credex_actions.core.text import one_line
from credex_actions.ecs.verification.decision import Result

TIMEOUT: Final = 10.0
LARGEST_ANSWER: Final = 1 << 20
BOLT_PORT: Final = 7687

BOLT_HANDSHAKE: Final = bytes.fromhex("6060b017") + bytes.fromhex("00000005 00080805 00020404 00000003")
"""The magic number and four versions: 5.0, 5.8-5.0, 4.4-4.2, 3. Source: Bolt protocol documentation, "Handshake"."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """None makes urllib hand the redirect over as the answer that it is."""


def http(url: str, status: int, expected: Mapping[str, str]) -> Result:
    name, began = f"GET {url}", monotonic()

    def result(*, ok: bool, what: str) -> Result:
        return Result(name=name, ok=ok, what=what, seconds=monotonic() - began)

    request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the input
        url, headers={"User-Agent": "credex-actions verify-deployment", "Accept": "application/json, */*"}
    )
    try:
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT) as answer:
                found, body = answer.status, answer.read(LARGEST_ANSWER)
        except urllib.error.HTTPError as error:
            found, body = error.code, error.read(LARGEST_ANSWER)
    except (OSError, HTTPException) as error:
        return result(ok=False, what=_unreached(error))
    if found != status:
        return result(ok=False, what=f"answered {found}, not {status}")
    wrong = list(_differences(body, expected))
    return result(ok=not wrong, what="; ".join(wrong) or f"answered {found}")


def _unreached(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    match reason:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {one_line(reason.verify_message)}"
        case ssl.SSLError():
            return "the TLS handshake failed"
        case socket.gaierror():
            return "its name cannot be resolved"
        case ConnectionRefusedError():
            return "the connection was refused: nothing listens there"
        case TimeoutError():
            return f"no answer within {TIMEOUT:.0f} s"
        case _:
            return f"the connection failed: {one_line(str(reason) or type(reason).__name__, 120)}"


def _differences(body: bytes, expected: Mapping[str, str]) -> "list[str]":
    if not expected:
        return []
    try:
        document = json.loads(body)
    except ValueError:
        return ["the answer is no JSON"]
    wrong = []
    for path, value in expected.items():
        found, there = _at(document, path)
        if not there:
            wrong.append(f"the answer has no {path}")
        elif value not in (found, json.dumps(found)):
            wrong.append(f"{path} is {one_line(json.dumps(found), 80)}, not {value}")
    return wrong


def steps_of(path: str) -> list[str | int] | None:
    """`a.b[0].c` as its steps; None where it is no such path."""
    path = path.removeprefix("$").removeprefix(".")
    if not re.fullmatch(r"[^.\[\]]+(\[\d+\])*(\.[^.\[\]]+(\[\d+\])*)*|(\[\d+\])+(\.[^.\[\]]+(\[\d+\])*)*", path):
        return None
    return [int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", path)]


def _at(document: Any, path: str) -> tuple[Any, bool]:
    for step in steps_of(path) or []:
        if isinstance(document, dict) and step in document:
            document = document[str(step)]
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None, False
    return document, True


def bolt(url: str) -> Result:
    parts, began = urlsplit(url), monotonic()
    name = f"Bolt {parts.hostname}:{parts.port or BOLT_PORT}"
    try:
        with socket.create_connection((parts.hostname or "", parts.port or BOLT_PORT), TIMEOUT) as plain:
            answer = _shaken(_secured(plain, parts.scheme, parts.hostname or ""))
    except OSError as error:
        return Result(name=name, ok=False, what=_unreached(error), seconds=monotonic() - began)
    ok = len(answer) == 4 and answer != bytes(4) and not answer.startswith(b"HTTP")  # noqa: PLR2004 - the version that the server chose
    return Result(name=name, ok=ok, what="answered the handshake" if ok else "does not speak Bolt", seconds=monotonic() - began)


def _secured(plain: socket.socket, scheme: str, host: str) -> socket.socket:
    if not scheme.endswith(("+s", "+ssc")):
        return plain
    context = ssl.create_default_context()
    if scheme.endswith("+ssc"):  # "self-signed certificate": the scheme itself asks for that
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _shaken(connection: socket.socket) -> bytes:
    connection.sendall(BOLT_HANDSHAKE)
    answer = b""
    while len(answer) < 4 and (more := connection.recv(4 - len(answer))):  # noqa: PLR2004 - as above
        answer += more
    return answer
