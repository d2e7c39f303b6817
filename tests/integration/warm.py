"""The command line in processes of their own, as `python -m credex_actions` starts them, which find everything imported already.

Importing, and reading botocore's descriptions of the services, takes most of a command's time on the processor, and tests start more than a thousand
commands. A server that has done both forks for each. What is about starting itself (lazy imports, install.sh, the actions) does not go this way.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

SERVER: Final = Path(__file__).with_name("warm_server.py")
_lock = threading.Lock()


@cache
def _server() -> socket.socket:
    """Where requests go; the server ends when this end is closed."""
    ours, its = socket.socketpair()
    with its:
        server = subprocess.Popen([sys.executable, SERVER, str(its.fileno())], stdin=subprocess.DEVNULL, pass_fds=[its.fileno()])
    atexit.register(server.wait)
    atexit.register(ours.close)  # what is registered last is done first
    return ours


class Command(subprocess.Popen[str]):
    """`Command("promote", "--json", env=…, cwd=…)`: what tests ask of a Popen, with text on both streams."""

    def __init__(self, *words: str, env: Mapping[str, str], cwd: Path) -> None:
        self.args, self.stdin, self.returncode = words, None, None
        out, stdout = os.pipe()
        err, stderr = os.pipe()
        self._ending, status = os.pipe()
        self.stdout, self.stderr = os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8")
        with tempfile.TemporaryFile() as request, _lock:
            request.write(json.dumps([words, dict(env), str(cwd)]).encode())
            request.seek(0)
            socket.send_fds(_server(), [b"."], [request.fileno(), stdout, stderr, status])
        for each in (stdout, stderr, status):
            os.close(each)
        self.pid = int(self._told())

    def _told(self) -> str:
        """The next line of what the server says of the process: its number, then how it ended."""
        line = b""
        while not line.endswith(b"\n"):
            more = os.read(self._ending, 1)
            if not more:
                raise ChildProcessError("the server of warm processes has ended")
            line += more
        return line.decode()

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._ending], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self.returncode = int(self._told())
        os.close(self._ending)

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and the server is about to say so
                os.kill(self.pid, sig)

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002 - as Popen calls it
        """Reads both streams to their ends, then waits. `timeout`: seconds for all of it."""
        assert input is None
        assert self.stdout
        assert self.stderr
        end = None if timeout is None else time.monotonic() + timeout
        texts: dict[Any, str] = {}
        readers = [threading.Thread(target=lambda each=each: texts.update({each: each.read()})) for each in (self.stdout, self.stderr)]
        for reader in readers:
            reader.daemon = True
            reader.start()
        for reader in readers:
            reader.join(None if end is None else max(0.0, end - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(None if end is None else max(0.0, end - time.monotonic()))
        out, err = self.stdout, self.stderr
        out.close()
        err.close()
        return texts[out], texts[err]

    def __del__(self) -> None:
        """Popen's would look after a child of ours, which this is not."""


def run(*words: str, env: Mapping[str, str], cwd: Path, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    """As subprocess.run with both streams caught. What exceeds its time is killed, and TimeoutExpired raised."""
    process = Command(*words, env=env, cwd=cwd)
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    finally:
        process.send_signal(signal.SIGKILL)
        code = process.wait()
    return subprocess.CompletedProcess(words, code, stdout, stderr)
