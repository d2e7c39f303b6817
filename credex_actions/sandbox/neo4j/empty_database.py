"""An empty database of Neo4j Community Edition, as far as a backup and a roll-out ask for one over Bolt, which takes its time to start and to stop.

Fifty servers of Neo4j have no room on one machine. There is no store behind it: what becomes of data is the tests' to see, with real ones.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from credex_actions.sandbox.neo4j.packstream import Reading, message
from credex_actions.sandbox.neo4j.server import Neo4jServer

STARTS_IN, STOPS_IN = 2.0, 1.0
"""Seconds."""
MAGIC, VERSION_5_2 = b"\x60\x60\xb0\x17", b"\x00\x00\x02\x05"
HELLO, GOODBYE, RUN, PULL, SUCCESS, RECORD = 0x01, 0x02, 0x10, 0x3F, 0x70, 0x71
"""Source: Bolt protocol documentation, "Message specification"."""
MADE: Final = "2026-01-01T00:00:00Z"
STATE: Final = {"name": "neo4j", "currentStatus": "online", "requestedStatus": "online", "statusMessage": ""}
ANSWERS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("RETURN 1", {"one": 1}),
    ("CALL db.info()", {"id": "DA63EDE178758021", "creationDate": MADE}),
    ("CALL dbms.info()", {"id": "5E9C1E2A77A1B0D4", "creationDate": MADE}),
    ("SHOW DATABASES YIELD *", STATE | {"store": "record-aligned-1.1", "lastCommittedTxn": 1, "writer": True}),
    ("SHOW DATABASES", STATE),
    ("MATCH (n) RETURN count(n)", {"count": 0}),
    ("MATCH ()-[r]->() RETURN count(r)", {"count": 0}),
    ("SHOW USERS", {"user": "neo4j", "roles": None}),
)
"""By how a query begins. To any other one there is no row."""


class EmptyDatabase(Neo4jServer):
    """In the place of the sandbox's servers. Whoever logs in is welcome."""

    _listener: socket.socket | None = None

    def command(self) -> list[str]:
        return []

    def launch(self, command: list[str]) -> None:
        del command
        self._open: set[socket.socket] = set()

    def wait(self) -> None:
        time.sleep(STARTS_IN)
        self._listener = socket.create_server((self.host, self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
            except OSError:
                return
            self._open.add(here)
            threading.Thread(target=_serve, args=(here, self.version), daemon=True).start()

    def stop(self, within: float = 0) -> None:
        del within
        time.sleep(STOPS_IN)
        self.kill()

    def discard(self) -> None:
        self.kill()

    def kill(self) -> None:
        listener, self._listener = self._listener, None
        for each in (*([listener] if listener else []), *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @property
    def running(self) -> bool:
        return self._listener is not None

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield


def _serve(here: socket.socket, version: str) -> None:
    with suppress(OSError, EOFError), here, here.makefile("rb") as given:
        if given.read(20)[:4] != MAGIC:
            return
        here.sendall(VERSION_5_2)
        row: dict[str, Any] = {}
        while True:
            asked = Reading(_whole(given)).value()
            if asked.tag == GOODBYE:
                return
            if asked.tag == RUN:
                row = answer(asked[0], version)
            here.sendall(_response(asked.tag, row, version))


def _response(tag: int, row: dict[str, Any], version: str) -> bytes:
    """`row`: of the last query."""
    if tag == HELLO:
        return message(SUCCESS, {"server": f"Neo4j/{version}", "connection_id": "bolt-1"})
    if tag == RUN:
        return message(SUCCESS, {"fields": list(row), "t_first": 0})
    if tag == PULL:
        return (message(RECORD, list(row.values())) if row else b"") + message(SUCCESS, {"type": "r", "t_last": 0, "db": "neo4j"})
    return message(SUCCESS, {})


def _whole(given: Any) -> bytes:
    """The next message, of its chunks. Raises EOFError."""
    body = b""
    while head := given.read(2):
        size = int.from_bytes(head, "big")
        if not size and body:
            return body
        body += given.read(size)
    raise EOFError


def answer(query: str, version: str) -> dict[str, Any]:
    """Its only row, empty without one."""
    if query.startswith("CALL dbms.components()"):
        return {"version": version, "edition": "community"}
    return next((row for begins, row in ANSWERS if query.startswith(begins)), {})
