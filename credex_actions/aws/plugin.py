"""AWS's session-manager-plugin: found, or named with the way to get it; started, and ended by its process id."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any, Final

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line

NAME: Final = "session-manager-plugin"
WHERE: Final = "SESSION_MANAGER_PLUGIN"
"""The variable that holds its path, if it is not on PATH."""
RESPONSE: Final = "AWS_SSM_START_SESSION_RESPONSE"
"""The variable through which it takes the session with its token; as an argument, everybody on the machine could read it."""
LAST_WITHOUT: Final = (1, 2, 497, 0)
"""The last version that takes the session as an argument only. Source: AWS CLI, awscli/customizations/sessionmanager.py."""
PAGE: Final = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
OPENED: Final = re.compile(rb"Port (\d+) opened for session")
OPENS_WITHIN: Final = 30.0
EVERY: Final = 0.1
ENDS_WITHIN: Final = 3.0


def find(environment: Mapping[str, str]) -> str:
    """Its path. Raises Failure(BAD_INPUT) if it is missing, or too old to keep a token to itself."""
    given = environment.get(WHERE, "")
    path = shutil.which(given or NAME, path=environment.get("PATH"))
    if path is None:
        what = f"{given} is not a program" if given else f"{NAME} is not installed"
        hint = f"connect.via: ssm-tunnel needs it: {PAGE}. Or set connect.via to instance, which does not."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, WHERE if given else ""))
    version = _version(path)
    if version <= LAST_WITHOUT:
        seen = ".".join(map(str, version)) or "of an unknown version"
        what = f"{NAME} is {seen}: it would show the session's token in the list of processes"
        raise Failure(Exit.BAD_INPUT, Fault(what, f"Install a version after {'.'.join(map(str, LAST_WITHOUT))}: {PAGE}."))
    return path


def _version(path: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=20, stdin=subprocess.DEVNULL).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.fullmatch(r"\d+(\.\d+){1,3}", said.strip())
    return tuple(map(int, found[0].split("."))) if found else ()


@contextmanager
def forwarding(
    path: str,
    session: Mapping[str, str],
    request: Mapping[str, Any],
    region: str,
    endpoint: str,
    clock: Clock,
    environment: Mapping[str, str],
) -> Iterator[int]:
    """The port on loopback that it listens on. `session`, `request`: StartSession's. Ends it, whatever happens inside. Raises Failure."""
    words = [path, RESPONSE, region, "StartSession", "", json.dumps(request), endpoint]
    with TemporaryFile() as said:
        process = subprocess.Popen(
            words,
            env={**environment, RESPONSE: json.dumps(session)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,  # a Ctrl-C is ours: we end it when we are done
        )
        try:
            yield _port(process, said, clock, session)
        finally:
            _end(process)


def _port(process: "subprocess.Popen[bytes]", said: IO[bytes], clock: Clock, session: Mapping[str, str]) -> int:
    end = clock.monotonic() + OPENS_WITHIN
    while True:
        ended = process.poll() is not None
        text = os.pread(said.fileno(), 1 << 16, 0)
        if found := OPENED.search(text):
            return int(found[1])
        if ended or clock.monotonic() > end:
            happened = f"exited with code {process.returncode}" if ended else f"opened no port within {OPENS_WITHIN:.0f} s"
            last = one_line(text.decode(errors="replace").strip().rpartition("\n")[2]).replace(session["TokenValue"], "***")
            what = f"{NAME} {happened}{f': {last}' if last else ''}"
            raise Failure(Exit.REMOTE, Fault(what, "Check that this machine reaches the endpoint ssmmessages of the region, by WebSocket."))
        clock.sleep(EVERY)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
