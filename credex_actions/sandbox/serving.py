"""What the local AWS and the local GitHub have in common: an endpoint on loopback that faults strike, and an object that starts and steers it."""

import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NoReturn, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from credex_actions.sandbox.call_log import Call, CallLog
from credex_actions.sandbox.faults import Faults

Start = Callable[..., Any]


class Quiet:
    """For a handler of werkzeug's: nothing is logged."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        pass


class Endpoint(ABC):
    """`latency`: seconds by which every answer comes later. It serves in threads of this process."""

    def __init__(self, name: str, handler: type[WSGIRequestHandler], faults: Faults) -> None:
        self.faults = faults
        self.log = CallLog()
        self.latency = 0.0
        self.url = ""
        self._name = name
        self._handler = handler
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]: ...

    def start(self, port: int = 0) -> str:
        """Its URL."""
        self._server = make_server("127.0.0.1", port, self._counted, threaded=True, request_handler=self._handler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=self._name, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self.url

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join(5)
            self._server.server_close()

    def _counted(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        with self.log.answering():
            return self(environ, start)

    def forget_calls(self) -> None:
        """Those that are not answered yet included: whoever sent them may have been killed, and what comes next is somebody else's."""
        self.log = CallLog()


def hang_up(environ: dict[str, Any]) -> NoReturn:
    """Ends the connection without an answer, as a network does."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


class LocalService(ABC):
    """`with` starts it; on the way out all of its ports are free again, whatever happened inside."""

    _endpoint: Endpoint

    @abstractmethod
    def start(self) -> Self: ...

    @abstractmethod
    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def fault(self, operation: str, nth: int = 1, kind: str = "error", seconds: float = 0) -> None:
        """The N-th call of an operation from now on goes wrong; sandbox.faults and sandbox.github.faulty have the kinds."""
        self._endpoint.faults.plan(operation, nth, kind, seconds)

    @property
    def faults_left(self) -> int:
        """How many have not struck yet."""
        return self._endpoint.faults.left

    def reset_faults(self) -> None:
        """Faults that have not struck yet never will."""
        self._endpoint.faults.clear()

    def release(self) -> None:
        """What faults have made slow so far is answered now."""
        self._endpoint.faults.release()

    def latency(self, seconds: float) -> None:
        """Every answer comes so much later."""
        self._endpoint.latency = seconds

    def calls(self) -> list[Call]:
        return self._endpoint.log.calls()

    def reset_calls(self) -> None:
        self._endpoint.forget_calls()

    def until_answered(self) -> None:
        """Until what was requested has taken effect, also where whoever requested it was killed and hears no answer."""
        self.until(lambda: self._endpoint.log.unanswered == 0, "the answer to what was requested")

    def until(self, happened: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Looks every few milliseconds; raises TimeoutError, naming `what`, when it has not happened in time."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                raise TimeoutError(f"timed out: {what} did not happen within {seconds:g} s")
            time.sleep(self._looks_every)

    @property
    def _looks_every(self) -> float:
        return 0.02
