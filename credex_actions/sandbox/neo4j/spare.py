"""Processes of Java that have closed a server and wait for another one.

What Neo4j loads and compiles takes most of the processor time of a start, and of the first queries. A process that was killed is never one of them, so a power
cut stays one.
"""

import atexit
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

AT_MOST: Final = 2
"""Each has some hundred megabytes."""
ENDS_WITHIN: Final = 10.0
"""Seconds, of a process that runs no server."""
_lock = threading.Lock()
_waiting: list[tuple[tuple[str, ...], "subprocess.Popen[bytes]"]] = []


def take(command: Sequence[str]) -> "subprocess.Popen[bytes] | None":
    """One that was started by this command, if there is one."""
    with _lock:
        for each in [each for each in _waiting if each[0] == tuple(command)]:
            _waiting.remove(each)
            if each[1].poll() is None:
                return each[1]
            _end(each[1])
    return None


def give(command: Sequence[str], process: "subprocess.Popen[bytes]") -> None:
    """Keeps it for the next server; the one that has waited longest ends for it if there is no room."""
    with _lock:
        _waiting.append((tuple(command), process))
        room = max(0, len(_waiting) - AT_MOST)
        surplus, _waiting[:room] = _waiting[:room], []
    for _, each in surplus:
        _end(each)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@atexit.register
def end_all() -> None:
    with suppress(OSError):
        while _waiting:
            _end(_waiting.pop()[1])
