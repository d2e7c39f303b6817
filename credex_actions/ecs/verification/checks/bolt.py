"""The first bytes of a Bolt connection: enough to know that a database answers, without a user or a password.

Source: Bolt protocol specification, "Bolt Protocol handshake".
"""

import socket
import ssl
import time
from typing import Final

from credex_actions.ecs.verification.address import BoltAddress
from credex_actions.ecs.verification.checks.http_request import TIMEOUT, in_words
from credex_actions.ecs.verification.judgement import Answer

MAGIC: Final = b"\x60\x60\xb0\x17"

PROPOSALS: Final = bytes((0, 8, 8, 5, 0, 2, 4, 4, 0, 0, 1, 4, 0, 0, 0, 3))
"""5.8 to 5.0, 4.4 to 4.2, 4.1, 3.0: four proposals of (reserved, how many below, minor, major)."""


def check(address: BoltAddress) -> Answer:
    """One handshake."""
    name, began = f"bolt {address}", time.monotonic()
    try:
        answered = _handshake(address)
    except OSError as error:
        return Answer(check=name, state="bad", what=in_words(error, address.host, address.port), seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    fault = judge(answered)
    if fault:
        return Answer(check=name, state="bad", what=fault, seconds=seconds)
    return Answer(check=name, state="good", what=f"speaks Bolt {answered[3]}.{answered[2]}", seconds=seconds)


def judge(answered: bytes) -> str:
    """What is wrong with a server's answer to the handshake; "" if nothing is."""
    if len(answered) < 4:  # noqa: PLR2004 - the length of the answer
        return "closes the connection without a Bolt handshake"
    if answered == b"HTTP":
        return "answers with HTTP: is it the HTTP port (7474) instead of the Bolt port (7687)?"
    if answered == bytes(4):
        return "supports none of the Bolt versions 3.0 to 5.8"
    if answered[:2] != bytes(2) or answered[3] not in range(3, 10):
        return "answers, but not with Bolt"
    return ""


def _handshake(address: BoltAddress) -> bytes:
    with socket.create_connection((address.host, address.port), TIMEOUT) as plain:
        if not address.tls:
            return _exchange(plain)
        with _context(address.tls).wrap_socket(plain, server_hostname=address.host) as secure:
            return _exchange(secure)


def _context(tls: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if tls == "any":  # the address asks for it: bolt+ssc is for self-signed certificates
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _exchange(connection: socket.socket) -> bytes:
    connection.sendall(MAGIC + PROPOSALS)
    answered = b""
    while len(answered) < 4 and (more := connection.recv(4 - len(answered))):  # noqa: PLR2004 - the length of the answer
        answered += more
    return answered
