"""The certificate that a database presents on Bolt, whether or not this machine trusts it: it is only looked at, nothing is sent."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from credex_actions.core.durations import in_words
from credex_actions.core.text import one_line
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding

CHECK: Final = "certificate-expiring"
WITHIN: Final = 10.0
BOLT: Final = 7687


class Certificate(NamedTuple):
    subject: str
    issuer: str
    until: datetime


def encrypted(url: str) -> bool:
    return "+s" in url.partition("://")[0]


def presented(host: str, port: int, name: str = "") -> Certificate:
    """`name`: the one that is asked for, where it is reached by another. Raises Skipped."""
    from cryptography import x509

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # an expired one is what is looked for
    try:
        with socket.create_connection((host, port), WITHIN) as plain, context.wrap_socket(plain, server_hostname=name or host) as secure:
            raw = secure.getpeercert(binary_form=True)
        assert raw
        found = x509.load_der_x509_certificate(raw)
    except (OSError, ValueError, AssertionError) as error:
        raise Skipped(f"{host}:{port} presents no certificate: {one_line(str(error), 120)}") from None
    return Certificate(found.subject.rfc4514_string(), found.issuer.rfc4514_string(), found.not_valid_after_utc)


def place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or BOLT


def expiring(resource: str, url: str, found: Certificate, now: datetime, days: float) -> Iterator[Finding]:
    """Pure."""
    left = found.until - now
    if left >= timedelta(days=days):
        return
    gone = left <= timedelta()
    yield Finding(
        check=CHECK,
        severity="high" if gone or left < timedelta(days=days / 3) else "medium",
        resource=resource,
        title=f"the certificate of {resource} {'has expired' if gone else f'expires in {in_words(left)}'}",
        why=one_line(
            f"{url} presents {found.subject}, issued by {found.issuer}, valid until {found.until:%Y-%m-%d %H:%M} UTC. Drivers with bolt+s refuse it from then on."
        ),
        fix="Renew it, put it below server.directories.certificates' bolt folder, and restart Neo4j (or reload it by dbms.security.reloadTLS in Enterprise Edition).",
    )
