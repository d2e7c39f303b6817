"""A session that forwards a port: what a client sends to it with the session's token reaches the instance, until the session ends."""

import contextlib
import secrets
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any, Final

from credex_actions.sandbox.aws.ec2.machine import Machine

CONNECTS_WITHIN: Final = 5.0
TOKEN_LINE: Final = 512


class Session:
    """Listens on loopback; `url` is where, as StreamUrl has it."""

    def __init__(self, machine: Machine, port: int, request: dict[str, Any], owner: str) -> None:
        self.id = f"sandbox-{secrets.token_hex(9)}"
        self.token = secrets.token_urlsafe(96)
        self.machine = machine
        self.request = request
        self.owner = owner
        self.began = time.time()
        self.ended: float | None = None
        self._port = port
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, name=f"session-{self.id}", daemon=True).start()

    def close(self) -> None:
        """Cuts every connection."""
        with self._lock:
            if self.ended is None:
                self.ended = time.time()
            connections = [self._listener, *self._open]
        for each in connections:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if not self._knows_token(client):
                return
            try:
                to = socket.create_connection((self.machine.address, self._port), CONNECTS_WITHIN)
            except OSError:
                return  # nobody listens there: the client sees its connection end
            to.settimeout(None)
            with to:
                with self._lock:
                    self._open |= {client, to}
                back = threading.Thread(target=pump, args=(to, client), daemon=True)
                back.start()
                pump(client, to)
                back.join()
                with self._lock:
                    self._open -= {client, to}

    def _knows_token(self, client: socket.socket) -> bool:
        line = b""
        while not line.endswith(b"\n") and len(line) < TOKEN_LINE:
            part = client.recv(1)
            if not part:
                return False
            line += part
        return secrets.compare_digest(line.strip(), self.token.encode())

    def summary(self) -> dict[str, Any]:
        """As DescribeSessions has it."""
        ended = {"EndDate": datetime.fromtimestamp(self.ended, UTC)} if self.ended else {}
        return {
            "SessionId": self.id,
            "Target": self.machine.instance_id,
            "Status": "Terminated" if self.ended else "Connected",
            "StartDate": datetime.fromtimestamp(self.began, UTC),
            "DocumentName": self.request["DocumentName"],
            "Owner": self.owner,
            "Reason": self.request.get("Reason", ""),
        } | ended


def pump(source: socket.socket, target: socket.socket) -> None:
    """Copies until one of the two ends."""
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 16):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
