"""Load balancers that really balance: each listener of moto's ELBv2 gets a loopback port, which forwards to targets that are healthy."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.hosts.loopback import Handler, Loopback, Place, read_head, response

UNAVAILABLE = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>"

OWN: Final = {"Server": "awselb/2.0"}
"""A load balancer names itself in what it answers by itself; what its targets answer it passes on with their own header."""


class Destination(NamedTuple):
    """Where a healthy target of a group can be reached."""

    address: str
    port: int


def actions(listener: Any, path: str, host: str) -> list[dict[str, Any]]:
    """Those of the first rule that fits, else the listener's own."""
    rules = sorted((rule for rule in listener.rules.values() if str(rule.priority).isdigit()), key=lambda rule: int(rule.priority))
    fitting = (rule.actions for rule in rules if all(_fits(condition, path, host) for condition in rule.conditions))
    return [action.data for action in next(fitting, listener.default_actions)]


def own_answer(given: list[dict[str, Any]], authority: str, path: str) -> bytes:
    """What the load balancer answers by itself, by a fixed response or a redirect; b"" if it forwards."""
    for action in given:
        if action.get("Type") == "fixed-response":
            fixed = action["FixedResponseConfig"]
            status = int(fixed["StatusCode"])
            return response(status, reason(status), fixed.get("MessageBody", "").encode(), fixed.get("ContentType", "text/plain"), OWN)
        if action.get("Type") == "redirect":
            to = action["RedirectConfig"]
            status = 301 if to.get("StatusCode") == "HTTP_301" else 302
            location = _filled(to, authority, path)
            return response(status, reason(status), b"", "text/html", OWN | {"Location": location})
    return b""


def _filled(to: dict[str, Any], authority: str, path: str) -> str:
    """Source: ELB API reference, RedirectActionConfig: what is not given stays as it was requested."""
    host, _, port = authority.partition(":")
    place = to.get("Host", "#{host}").replace("#{host}", host)
    where = to.get("Path", "/#{path}").replace("#{path}", path.removeprefix("/"))
    there = to.get("Port", "#{port}").replace("#{port}", port)
    scheme = to.get("Protocol", "#{protocol}").replace("#{protocol}", "HTTP").lower()
    return f"{scheme}://{place}{f':{there}' if there else ''}{where}"


def _fits(condition: dict[str, Any], path: str, host: str) -> bool:
    text = {"path-pattern": path, "host-header": host}.get(condition.get("Field", ""))
    if text is None:
        return False
    values: list[str] = condition.get("Values") or next(
        (value.get("Values", []) for key, value in condition.items() if key.endswith("Config")), []
    )
    return any(fnmatchcase(text, pattern) for pattern in values)


def weights(given: list[dict[str, Any]]) -> dict[str, float]:
    """Target group ARN -> weight."""
    return dict(_forwards(given))


def _forwards(given: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    for data in given:
        if data.get("Type") != "forward":
            continue
        groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or [{"TargetGroupArn": data.get("TargetGroupArn")}]
        yield from ((group["TargetGroupArn"], float(group.get("Weight", 1))) for group in groups)
        return


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class LoadBalancers:
    """`healthy(group)` gives the destinations of a target group that are in service."""

    def __init__(self, loopback: Loopback, account: str, region: str, healthy: Callable[[str], list[Destination]]) -> None:
        self._loopback = loopback
        self._account = account
        self._region = region
        self._healthy = healthy
        self._places: dict[str, Place] = {}

    def reconcile(self) -> None:
        """Listeners that came get a port, those that went lose theirs. The load balancer's DNS name becomes its loopback address."""
        listeners = {arn: (balancer, listener) for balancer in self._balancers() for arn, listener in balancer.listeners.items()}
        for arn in self._places.keys() - listeners.keys():
            self._loopback.free(self._places.pop(arn))
        for arn, (balancer, listener) in listeners.items():
            if arn not in self._places:
                self._places[arn] = self._loopback.listen(self._handler(listener), int(listener.port))
                balancer.dns_name = self._places[arn].address

    def _balancers(self) -> list[Any]:
        return list(backend("elbv2", self._account, self._region).load_balancers.values())

    def url(self, listener_arn: str) -> str:
        place = self._places[listener_arn]
        return f"http://{place.address}:{place.port}"

    def close(self) -> None:
        for place in self._places.values():
            self._loopback.free(place)
        self._places.clear()

    def _handler(self, listener: Any) -> Handler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await read_head(reader)
            line, *headers = head.decode("latin-1").split("\r\n")
            host = next((value.strip() for name, _, value in (each.partition(":") for each in headers) if name.lower() == "host"), "")
            path = line.split(" ")[1].partition("?")[0] if line.count(" ") else "/"
            given = actions(listener, path, host.partition(":")[0])
            if own := own_answer(given, host, path):
                writer.write(own)
                await writer.drain()
                return
            groups = {group: weight for group, weight in weights(given).items() if weight > 0}
            destinations = self._healthy(random.choices(list(groups), list(groups.values()))[0]) if groups else []  # noqa: S311 - no secret
            if not destinations:
                writer.write(response(503, "Service Temporarily Unavailable", UNAVAILABLE, "text/html", OWN))
                await writer.drain()
                return
            await _forward(random.choice(destinations), head, reader, writer)  # noqa: S311 - no secret

        return handle


async def _forward(to: Destination, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        upstream, downstream = await asyncio.open_connection(*to)
    except OSError:
        writer.write(response(502, "Bad Gateway", b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html", OWN))
        await writer.drain()
        return
    downstream.write(head)
    body = asyncio.ensure_future(_pump(reader, downstream))
    await _pump(upstream, writer)
    body.cancel()
    downstream.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(LARGEST_CHUNK):
            writer.write(data)
            await writer.drain()


LARGEST_CHUNK = 64 * 1024
