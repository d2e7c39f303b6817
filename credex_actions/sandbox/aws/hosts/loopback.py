"""Sockets on loopback: one thread with an event loop serves all tasks and load balancers, each on an address of its own."""

import asyncio
import contextlib
import errno
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LARGEST_HEAD: Final = 64 * 1024


class Place(NamedTuple):
    """Where something listens; close() by handing it to Loopback.free."""

    address: str
    port: int
    server: asyncio.AbstractServer


class Loopback:
    """start() before use; stop() closes whatever is still open."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox-loopback", daemon=True)
        self._connections: set[asyncio.StreamWriter] = set()

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def listen(self, handler: Handler, port: int, address: str = "") -> Place:
        """On `address`, or on one of its own; where the port may not be bound (below 1024, as a rule) or is taken, on a free one."""
        place: Place = self._do(self._listen(handler, port, address or spare_address()))
        return place

    async def _listen(self, handler: Handler, port: int, address: str) -> Place:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await handler(reader, writer)
            with contextlib.suppress(OSError):
                writer.close()

        for where in ((address, port), (address, 0), ("127.0.0.1", 0)):  # only Linux has all of 127.0.0.0/8
            with contextlib.suppress(OSError):
                server = await asyncio.start_server(serve, *where, limit=LARGEST_HEAD)
                listens_at, listens_on = server.sockets[0].getsockname()[:2]
                return Place(listens_at, listens_on, server)
        raise OSError(errno.EADDRINUSE, "nothing can listen on loopback")

    def free(self, place: Place) -> None:
        if self._thread.is_alive() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(place.server.close)


def spare_address() -> str:
    """One of four million: two sandboxes on one machine hardly meet, and where they do, a free port is taken."""
    return f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(2, 254)}"  # noqa: S311 - no secret


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """A request's line and headers, the empty line included."""
    return await reader.readuntil(b"\r\n\r\n")


def response(status: int, reason: str, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None) -> bytes:
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
    head = f"HTTP/1.1 {status} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n".encode() + body
