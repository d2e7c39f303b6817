"""One HTTP request and what came back. Certificates are verified; the body is read up to a limit."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.request import getproxies, proxy_bypass

from credex_actions._version import __version__
from credex_actions.core.text import one_line
from credex_actions.ecs.verification.address import PORTS, Address, authority
from credex_actions.ecs.verification.checks import redirects

TIMEOUT: Final = 8.0
"""Seconds for one step of a request: to connect, to answer. Below the ten that GitHub leaves a cancelled job."""

LARGEST_BODY: Final = 1 << 20

HEADERS: Final = {
    "Accept": "application/json, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "Connection": "close",
    "User-Agent": f"credex-actions/{__version__}",
}


class Reply(NamedTuple):
    """`body`: at most LARGEST_BODY bytes; `whole`: it ended there. `headers`: names in lower case. `led`: what there is to say of a redirect."""

    status: int
    reason: str
    body: bytes
    whole: bool
    headers: Mapping[str, str]
    led: str = ""


def ask(address: Address, status: int, follow: str) -> Reply:
    """The answer to a GET; redirects are followed as `follow` says (redirects.onward), but not the one that has the awaited `status` itself.

    Raises OSError and HTTPException.
    """
    start = address
    for _ in range(redirects.MOST + 1):
        reply = _one_request(address)
        led = "" if address == start else f"after a redirect to {address}"
        location = reply.headers.get("location", "")
        if reply.status == status or reply.status not in redirects.STATUSES or not location:
            return reply._replace(led=led)
        there = redirects.onward(follow, start, address, location)
        if isinstance(there, str):
            return reply._replace(led=f"{led}; {there}" if led else there)
        address = there
    return reply._replace(led=f"after {redirects.MOST} redirects, the last to {address}")


def _one_request(address: Address) -> Reply:
    connection, target = _connection(address)
    host = authority(address.host, address.port, PORTS[address.scheme])
    try:
        connection.request("GET", target, headers={"Host": host, **HEADERS})
        response = connection.getresponse()
        body = response.read(LARGEST_BODY + 1)
        if response.length and len(body) <= LARGEST_BODY:  # a read of a limited size takes an end that came too early for the end
            raise http.client.IncompleteRead(body, response.length)
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        return Reply(response.status, response.reason, body[:LARGEST_BODY], len(body) <= LARGEST_BODY, headers)
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
            return f"the TLS handshake fails: {one_line(error.reason or str(error), 80)}"
        case TimeoutError():
            return f"timed out: no response within {TIMEOUT:.0f} seconds"
        case ConnectionRefusedError():
            return f"refuses connections: nothing listens at {authority(host, port, 0)}"
        case ConnectionError() | http.client.IncompleteRead():
            return "closes the connection before it responds"
        case http.client.HTTPException():
            return "answers, but not with HTTP"
        case _:
            return f"cannot be reached: {one_line(error.strerror or type(error).__name__, 120)}"
