"""Cancels a run as GitHub's runner does: the step's own process hears SIGINT, SIGTERM, and is killed with all that it began; then the steps that run always continue.

act would kill the step at once, so it is halted meanwhile. Source: GitHub docs, "Workflow cancellation reference".
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

POLITE: Final = 7.5
"""Seconds from SIGINT to SIGTERM."""
LAST: Final = 2.5
"""Seconds from SIGTERM to the end."""
FOR_CLEANING_UP: Final = 300.0
"""Seconds that the steps have which run although the run is cancelled."""
LOOK_EVERY: Final = 0.1


def watch(act: "subprocess.Popen[str]", stop: threading.Event, kill: threading.Event, over: threading.Event) -> None:
    """`stop` cancels the run, `kill` at once and for good; `over`: there is nothing to cancel any more."""
    while not stop.wait(LOOK_EVERY):
        if over.is_set():
            return
    send(act.pid, signal.SIGSTOP)
    family = _family(act.pid)
    entries = [process for process, parent in family.items() if parent == act.pid]
    for number, patience in ((signal.SIGINT, POLITE), (signal.SIGTERM, LAST)):
        for entry in entries:
            send(entry, number)
        _wait(patience, lambda: kill.is_set() or not any(entry in _family(act.pid) for entry in entries))
    for process in family:
        send(process, signal.SIGKILL)
    send(act.pid, signal.SIGINT)
    send(act.pid, signal.SIGCONT)
    _wait(FOR_CLEANING_UP, lambda: kill.is_set() or over.is_set())
    if not over.is_set():
        end(act)


def end(act: "subprocess.Popen[str]") -> None:
    """Of act and all that it began."""
    for process in (*_family(act.pid), act.pid):
        send(process, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(act.pid, signal.SIGKILL)


def end_strays(tracking: str) -> None:
    """Of what steps left in the background, `nohup` and all: the runner tells it by RUNNER_TRACKING_ID, which it gives to every step."""
    mark = f"RUNNER_TRACKING_ID={tracking}".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if mark in entry.read_bytes().split(b"\0"):
                send(int(entry.parent.name), signal.SIGKILL)


def send(process: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _wait(seconds: float, happened: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(LOOK_EVERY)


def _family(first: int) -> dict[int, int]:
    """The processes below `first` that live, with their parents."""
    parents = {pid: parent for pid, parent, state in _processes() if not state.startswith("Z")}
    found: dict[int, int] = {}
    generation = {first}
    while generation:
        younger = {process: parent for process, parent in parents.items() if parent in generation and process not in found}
        found |= younger
        generation = set(younger)
    return found


def _processes() -> Iterator[tuple[int, int, str]]:
    """Number, parent and state of each. From /proc if there is one: slim containers have no ps."""
    entries = list(Path("/proc").glob("[0-9]*/stat"))
    for entry in entries:
        with suppress(OSError):  # it has ended meanwhile
            state, parent = entry.read_text(errors="replace").rpartition(")")[2].split()[:2]  # a name may hold anything
            yield int(entry.parent.name), int(parent), state
    if not entries:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
        for pid, parent, state in map(str.split, listed.splitlines()):
            yield int(pid), int(parent), state
