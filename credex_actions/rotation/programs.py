"""Programs of the user's: values go in and come out by file descriptors, never by arguments or the environment."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from credex_actions.core.text import one_line

LONGEST: Final = 300.0
"""Seconds that a program may take."""
LARGEST: Final = 1 << 20
"""Bytes of what it prints."""


_running: Final[set["subprocess.Popen[bytes]"]] = set()


class ProgramFailed(Exception):
    """It could not be run, took too long, or said by its exit code that it failed. What it printed is not repeated: it may hold a value."""


def findable(program: str) -> bool:
    return shutil.which(program) is not None


def run(program: Sequence[str], given: str) -> str:
    """What it prints, `given` on its standard input. Its stderr is not shown. Raises ProgramFailed."""
    name = one_line(os.path.basename(program[0]), 60)
    try:
        process = subprocess.Popen(
            list(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise ProgramFailed(f"{name} cannot be run: {error.strerror}") from None
    _running.add(process)
    try:
        printed, _ = process.communicate(given.encode(), LONGEST)
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"{name} took longer than {LONGEST:.0f} s") from None
    finally:
        _running.discard(process)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        raise ProgramFailed(f"{name} exited with code {process.returncode}")
    if len(printed) > LARGEST:
        raise ProgramFailed(f"{name} printed more than {LARGEST} bytes")
    return printed.decode("utf-8", "replace")


def end_all() -> None:
    """Of a process that has to end, and leaves threads behind which wait for programs."""
    for process in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
