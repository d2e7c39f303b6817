"""One HTTP request, and its answer in plain words. Certificates are verified; redirects are followed on the same host only."""

import http.client
import socket
import ssl
import time
from typing import Final, NamedTuple
from urllib.request import getproxies, proxy_bypass

from credex_actions import __version__
from credex_actions.core.text import one_line
from credex_actions.ecs.verification import expectations
from credex_actions.ecs.verification.address import PORTS, Address, authority
from credex_actions.ecs.verification.judgement import Answer
from credex_actions.ecs.verification.request import Request

TIMEOUT: Final = 8.0
"""Seconds for one step of a request: to connect, to answer. Below the ten that GitHub leaves a cancelled job."""

LARGEST_BODY: Final = 1 << 20
MOST_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))

HEADERS: Final = {
    "Accept": "application/json, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "Connection": "close",
    "User-Agent": f"credex-actions/{__version__}",
}


class Reply(NamedTuple):
    """`body`: at most LARGEST_BODY bytes; `whole`: it ended there. `led`: what is to be said of a redirect."""

    status: int
    reason: str
    body: bytes
    whole: bool
    location: str
    led: str = ""


def check(request: Request) -> Answer:
    """One request to `request.url`, judged."""
    assert request.url is not None
    began = time.monotonic()
    try:
        reply = _request(request.url, follow=request.status not in REDIRECTS)
    except (OSError, http.client.HTTPException) as error:
        return Answer(check="url", state="bad", what=in_words(error, request.url.host, request.url.port), seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    faults = list(judge(request, reply))
    if faults:
        return Answer(check="url", state="bad", what="; ".join(faults), seconds=seconds)
    return Answer(check="url", state="good", what=f"{reply.status} in {seconds * 1000:.0f} ms{reply.led}", seconds=seconds)


def judge(request: Request, reply: Reply) -> list[str]:
    """What the reply lacks, in words."""
    if reply.status != request.status:
        return [f"answers {reply.status} {one_line(reply.reason, 60)}".rstrip() + f", not {request.status}{reply.led}"]
    if not request.json:
        return []
    if not reply.whole:
        return [f"its answer is larger than {LARGEST_BODY >> 20} MiB, so it was not read as JSON"]
    try:
        value = expectations.parse(reply.body)
    except ValueError:
        return ["its answer is no JSON" if reply.body.strip() else "its answer is empty, where JSON is expected"]
    return list(expectations.misses(request.json, value))


def _request(address: Address, *, follow: bool) -> Reply:
    start = address
    for _ in range(MOST_REDIRECTS + 1):
        reply = _one_request(address)
        if not follow or reply.status not in REDIRECTS or not reply.location:
            return reply
        there = address.towards(reply.location)
        if there is None:
            return reply._replace(led=" (it redirects to somewhere that is no http address)")
        if there.host != start.host or (address.scheme == "https" and there.scheme == "http"):
            why = f"another host, {there.host}" if there.host != start.host else "plain http"
            return reply._replace(led=f" (it redirects to {one_line(why, 120)}, which is not followed)")
        address = there
    return reply._replace(led=f" (more than {MOST_REDIRECTS} redirects)")


def _one_request(address: Address) -> Reply:
    connection, target = _connection(address)
    host = authority(address.host, address.port, PORTS[address.scheme])
    try:
        connection.request("GET", target, headers={"Host": host, **HEADERS})
        response = connection.getresponse()
        body = response.read(LARGEST_BODY + 1)
        location = response.headers.get("Location") or ""
        return Reply(response.status, response.reason, body[:LARGEST_BODY], len(body) <= LARGEST_BODY, location)
    finally:
        connection.close()


def _connection(address: Address) -> tuple[http.client.HTTPConnection, str]:
    """A connection, by the proxy that the environment names, and what to ask for on it."""
    from urllib.parse import urlsplit

    proxy = urlsplit(getproxies().get(address.scheme, "")) if not proxy_bypass(address.host) else urlsplit("")
    via = (proxy.hostname, proxy.port or PORTS["http"]) if proxy.hostname and not _is_loopback(address.host) else None
    host, port = via or (address.host, address.port)
    if address.scheme == "https":
        secure = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        if via:
            secure.set_tunnel(address.host, address.port)
        return secure, address.target
    target = f"http://{authority(address.host, address.port, PORTS['http'])}{address.target}" if via else address.target
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT), target


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def in_words(error: OSError | http.client.HTTPException, host: str, port: int) -> str:
    """Why there is no answer, for somebody who does not know Python's exceptions."""
    match error:
        case socket.gaierror():
            return f"the name {host} does not resolve (DNS)"
        case ssl.SSLCertVerificationError():
            return f"its TLS certificate is not accepted: {one_line(error.verify_message, 120)}"
        case ssl.SSLError():
            return f"no TLS connection comes about: {one_line(error.reason or str(error), 80)}"
        case TimeoutError():
            return f"gives no answer within {TIMEOUT:.0f} seconds"
        case ConnectionRefusedError():
            return f"refuses connections: nothing listens at {authority(host, port, 0)}"
        case ConnectionError() | http.client.IncompleteRead():
            return "closes the connection before it has answered"
        case http.client.HTTPException():
            return "answers, but not as HTTP does"
        case _:
            return f"cannot be reached: {one_line(error.strerror or type(error).__name__, 120)}"
