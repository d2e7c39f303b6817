"""Other programs that only read: a linter, an auditor. What they print is taken from a file, and their time is bounded."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from shutil import which
from typing import Final, NamedTuple

from credex_actions.core.text import one_line
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.checking import Skipped

LONGEST: Final = 300.0
"""Seconds for one program."""
MOST: Final = 64 << 20
"""Bytes of its output that are read."""
LOOK: Final = 0.05
STOPS_WITHIN: Final = 5.0
"""Seconds between asking a program to end and ending it."""
KEPT_BACK: Final = ("AWS_ACCESS_KEY", "AWS_SECRET", "AWS_SESSION", "GH_", "INPUT_", "ACTIONS_", "GITHUB_TOKEN")
"""Begin the names of variables that a program of somebody else's has no use for."""


class Printed(NamedTuple):
    code: int
    output: str
    errors: str

    @property
    def last_words(self) -> str:
        """What it says is wrong, if it says so; else the last thing that it says."""
        lines = [line for line in self.errors.splitlines() if line.strip()]
        wrong = [line for line in lines if line.lower().startswith(("error", "fatal"))]
        return one_line((wrong or lines[-1:])[0]) if lines else f"it ended with code {self.code}"


def found(program: str, environment: Mapping[str, str]) -> str:
    """Its path. Raises Skipped."""
    path = which(program, path=environment.get("PATH"))
    if path is None:
        raise Skipped(f"{program} is not installed here: install it in a step before this one")
    return path


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if not key.startswith(KEPT_BACK)}


def printed(command: Sequence[str], directory: str, environment: Mapping[str, str], clock: WorkerClock, give_up: datetime) -> Printed:
    """To its end. Raises Skipped where it cannot be started or takes too long, Cancelled on a signal."""
    name = os.path.basename(command[0])
    end = clock.monotonic() + min(LONGEST, max((give_up - clock.now()).total_seconds(), 0))
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )
        except OSError as error:
            raise Skipped(f"{name} cannot be started: {error.strerror}") from None
        try:
            while process.poll() is None:
                if clock.monotonic() > end:
                    raise Skipped(f"{name} has not ended in time")
                clock.sleep(LOOK)
        finally:
            _end(process)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read(MOST).decode("utf-8", "replace"))
    return Printed(process.returncode, *texts)


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number, seconds in ((signal.SIGINT, STOPS_WITHIN), (signal.SIGKILL, STOPS_WITHIN)):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
