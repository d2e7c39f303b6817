"""A sandbox as a process: up in the foreground, detached, or around a command; found again by the file that it keeps while it runs."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from credex_actions.sandbox.refused import RefusedError

STARTS_WITHIN: Final = 60.0
"""Seconds for a detached sandbox to come up."""
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotRunningError(Exception):
    """There is no sandbox to talk to."""


class NotOursError(Exception):
    """A sandbox runs, and this shell did not start it. `url` is its own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def record() -> Path:
    """Where a running sandbox notes its URL and process: one for each user."""
    return Path(tempfile.gettempdir()) / f"credex-actions-sandbox-{os.getuid()}" / "sandbox.json"


def note(url: str) -> None:
    path = record()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(json.dumps({"url": url, "process": os.getpid()}))


def forget(url: str) -> None:
    """Only our own note: another sandbox may have come up since."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        path = record()
        if json.loads(path.read_text())["url"] == url:
            path.unlink()
            path.parent.rmdir()


def found() -> str:
    """The URL of the sandbox that AWS_ENDPOINT_URL names, else of the one that runs. Raises NotRunningError."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return os.environ.get("AWS_ENDPOINT_URL") or str(json.loads(record().read_text())["url"])
    raise NotRunningError


def ask(path: str, **given: Any) -> Any:
    """What the control endpoint answers. Raises NotRunningError and RefusedError."""
    return _ask(found(), path, given)


def stop(port: int | None) -> tuple[str, list[str]]:
    """Stops the sandbox of this shell's environment, or the one on `port`: its URL, and the variables of this shell that name it.

    Raises NotRunningError, and NotOursError for the one that the user's note names: it may be what another shell works with.
    """
    own = os.environ.get("AWS_ENDPOINT_URL", "")
    url = own if port is None else f"http://127.0.0.1:{port}"
    if not url:
        noted = found()
        _ask(noted, "environment", {})  # a note may outlive its sandbox
        raise NotOursError(noted)
    environment: dict[str, str] = _ask(url, "environment", {})
    _ask(url, "down", {})
    return url, [name for name, value in environment.items() if os.environ.get(name) == value]


def _ask(url: str, path: str, given: dict[str, Any]) -> Any:
    request = urllib.request.Request(f"{url}/_sandbox/{path}", json.dumps(given).encode(), {"Content-Type": "application/json"})  # noqa: S310 - loopback, over HTTP
    try:
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 - as above
            return json.load(response)
    except urllib.error.HTTPError as error:
        try:
            raise RefusedError(str(json.load(error)["error"])) from None
        except (ValueError, KeyError):
            raise NotRunningError from None
    except OSError as error:
        raise NotRunningError from error


def exports(environment: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())


def run(port: int, pace: float, command: Sequence[str], announce: bool = True) -> int:
    """Runs a sandbox until a signal, `down`, the parent's end, or the command's end; gives the command's exit code, else 0."""
    from credex_actions.sandbox.control import answering
    from credex_actions.sandbox.databases import Databases
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.local import Sandbox

    parent = os.getppid()
    ends = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ends.set()

    former = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        with Sandbox(port=port, pace=pace) as sandbox, GitHub() as github, Databases() as databases:
            environment = sandbox.environment | github.environment | github.app_environment(github.app())
            sandbox.control(answering(sandbox, github, databases, environment, ends.set))
            note(sandbox.url)
            try:
                if command:
                    return _around(command, environment, ends)
                if announce:
                    sys.stdout.write(f"{exports(environment)}\n")
                    sys.stdout.flush()
                    sys.stderr.write(f"The sandbox runs at {sandbox.url}. Press Ctrl-C to stop it.\n")
                _wait(ends, parent if announce else None)
            finally:
                forget(sandbox.url)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    return 0


def _wait(ends: threading.Event, parent: int | None) -> None:
    """A sandbox in the foreground does not outlive the process that started it."""
    while not ends.wait(0.25):
        if parent is not None and os.getppid() != parent:
            return


def _around(command: Sequence[str], environment: dict[str, str], ends: threading.Event) -> int:
    """The command's exit code, 128 + N where signal N ended it. A signal to us is passed on, and the command gets ten seconds."""
    child = subprocess.Popen(command, env=os.environ | environment)
    while child.poll() is None:
        if ends.wait(0.05):
            child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
            if child.poll() is None:
                child.kill()
            child.wait()
    return 128 - child.returncode if child.returncode < 0 else child.returncode


def detach(port: int, pace: float) -> dict[str, str]:
    """Starts a sandbox in a process of its own; gives its environment once it answers. Raises RefusedError where it does not come up."""
    with tempfile.TemporaryFile() as errors:
        arguments = [sys.executable, "-m", "credex_actions", "sandbox", "up", "--port", str(port), "--pace", str(pace), "--quiet"]
        environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
        child = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True, env=environment
        )
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end and child.poll() is None:
            with contextlib.suppress(OSError, ValueError, KeyError):
                if json.loads(record().read_text())["process"] == child.pid:
                    os.environ.pop("AWS_ENDPOINT_URL", None)
                    answer: dict[str, str] = ask("environment")
                    return answer
            time.sleep(0.05)
        child.kill()
        child.wait()
        errors.seek(0)
        raise RefusedError(
            errors.read().decode(errors="replace").strip()[-2000:] or f"timed out: it did not start within {STARTS_WITHIN:g} s"
        )
