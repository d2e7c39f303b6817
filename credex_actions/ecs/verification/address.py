"""Addresses that a user names: read, checked, and shown without what may be secret in them."""

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

PORTS: Final = {"http": 80, "https": 443}
BOLT: Final = {
    "bolt": "", "bolt+s": "verified", "bolt+ssc": "any", "neo4j": "", "neo4j+s": "verified", "neo4j+ssc": "any",
}  # fmt: skip
"""Schemes of the drivers, and whether they speak TLS: `+ssc` takes any certificate. Source: Neo4j driver manual, "Connection URI"."""
BOLT_PORT: Final = 7687


class Address(NamedTuple):
    """An http or https address. `target`: path and query, as they are sent."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """Without the query: tokens are there."""
        path, query, _ = self.target.partition("?")
        return f"{self.scheme}://{authority(self.host, self.port, PORTS[self.scheme])}{path}{'?…' if query else ''}"

    def towards(self, location: str) -> "Address | None":
        """Where a redirect leads; None if no request can be sent there."""
        try:
            return read_address(urljoin(f"{self.scheme}://{authority(self.host, self.port, PORTS[self.scheme])}{self.target}", location))
        except ValueError:
            return None


class BoltAddress(NamedTuple):
    """`tls`: "" for none, "verified", or "any" certificate."""

    host: str
    port: int
    tls: str

    def __str__(self) -> str:
        return authority(self.host, self.port, BOLT_PORT)


def authority(host: str, port: int, usual: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port == usual else f"{shown}:{port}"


def read_address(text: str) -> Address:
    """Raises ValueError with a sentence that repeats nothing of the text: it may hold a password."""
    parts, host, port = _parts(text, tuple(PORTS), "https://api.example.com/health")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Address(parts.scheme, host, port or PORTS[parts.scheme], f"{path}?{query}" if query else path)


def read_bolt_address(text: str) -> BoltAddress:
    """Raises ValueError with a sentence that repeats nothing of the text: it may hold a password."""
    parts, host, port = _parts(text, tuple(BOLT), "bolt://ledger.internal:7687")
    return BoltAddress(host, port or BOLT_PORT, BOLT[parts.scheme])


def _parts(text: str, schemes: tuple[str, ...], example: str) -> tuple[SplitResult, str, int | None]:
    text = text.strip()
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise ValueError("contains a space, a backslash or a control character, which no address may")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"is not an address such as {example}: its host or port cannot be read") from None
    if parts.scheme not in schemes:
        raise ValueError(f"does not begin with {', '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise ValueError("contains a user name or password: remove it, it would show in logs and process lists")
    if not host or port == 0:
        raise ValueError(f"has no host, or no valid port: write it as {example}")
    return parts, _ascii(host), port


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("has a host that is not a valid domain name") from None
