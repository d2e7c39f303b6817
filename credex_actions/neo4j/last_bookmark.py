"""Prints the bookmark of a transaction that was begun just now. Its text is sent to an instance, to run there by itself: cypher-shell shows no bookmark.

The standard library of Python 3.7 is enough for it. It speaks Bolt 4.4, which Neo4j 4.4, 5 and 2025 speak too: HELLO, RUN, PULL. The login is in the
environment. Source: Bolt protocol documentation, "Bolt handshake", "Message exchange", and "PackStream".
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedRWPair

HANDSHAKE = b"\x60\x60\xb0\x17" + b"\x00\x00\x04\x04" + bytes(12)
AGREED = b"\x00\x00\x04\x04"
HELLO, RUN, PULL, SUCCESS, RECORD = 0x01, 0x10, 0x3F, 0x70, 0x71
KEY = b"\x88bookmark"
TINY, SHORT = 16, 256
WITHIN = 10.0


def packed(value: object) -> bytes:
    """Of a small number, a map of few members, or a text."""
    if isinstance(value, int):
        return struct.pack(">b", value)
    if isinstance(value, dict):
        return bytes([0xA0 + len(value)]) + b"".join(packed(key) + packed(each) for key, each in value.items())
    data = str(value).encode()
    head = (
        bytes([0x80 + len(data)])
        if len(data) < TINY
        else b"\xd0" + bytes([len(data)])
        if len(data) < SHORT
        else b"\xd1" + struct.pack(">H", len(data))
    )
    return head + data


def send(way: BufferedRWPair, tag: int, *fields: object) -> None:
    body = bytes([0xB0 + len(fields), tag]) + b"".join(map(packed, fields))
    way.write(struct.pack(">H", len(body)) + body + b"\x00\x00")
    way.flush()


def receive(way: BufferedRWPair) -> tuple[int, bytes]:
    """A message: its tag, and its fields as they are packed."""
    body = b""
    while True:
        head = way.read(2)
        if len(head) < len(b"\x00\x00"):
            sys.exit("the database has closed the connection")
        size = struct.unpack(">H", head)[0]
        if size:
            body += way.read(size)
        elif body:
            return body[1], body[2:]


def succeeded(way: BufferedRWPair) -> bytes:
    """The metadata of the SUCCESS that follows the records."""
    tag, fields = receive(way)
    while tag == RECORD:
        tag, fields = receive(way)
    if tag != SUCCESS:
        sys.exit("the database has refused")
    return fields


def bookmark(metadata: bytes) -> str:
    at = metadata.find(KEY)
    if at < 0:
        return ""
    rest = metadata[at + len(KEY) :]
    size, start = (rest[0] - 0x80, 1) if 0x80 <= rest[0] < 0x90 else (rest[1], 2) if rest[0] == 0xD0 else (0, 0)  # noqa: PLR2004 - PackStream's markers
    return rest[start : start + size].decode()


def main(host: str, port: str, database: str, encrypted: str) -> None:
    connection = socket.create_connection((host, int(port)), WITHIN)
    if encrypted == "encrypted":
        context = ssl.create_default_context()
        context.check_hostname = False  # no certificate names localhost
        context.verify_mode = ssl.CERT_NONE
        connection = context.wrap_socket(connection)
    with connection, connection.makefile("rwb") as way:
        way.write(HANDSHAKE)
        way.flush()
        if way.read(len(AGREED)) != AGREED:
            sys.exit("the database does not speak Bolt 4.4")
        login = {"principal": os.environ["NEO4J_USERNAME"], "credentials": os.environ["NEO4J_PASSWORD"]}
        send(way, HELLO, dict(login, user_agent="credex-actions/1", scheme="basic"))
        succeeded(way)
        send(way, RUN, "RETURN 1", {}, {"db": database, "mode": "r"})
        succeeded(way)
        send(way, PULL, {"n": -1})
        sys.stdout.write(bookmark(succeeded(way)))


if __name__ == "__main__":
    main(*sys.argv[1:])
