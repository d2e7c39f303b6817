"""Runs Terraform such that nothing happens to its state, whatever happens to us.

It writes to files and not to pipes: a pipe whose reader is gone would kill it before it has written its state. It has a session of its own, so that a
Ctrl-C in the terminal reaches it once, through us: at the second one Terraform quits without writing its state.
"""

import os
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final, NamedTuple

from credex_actions.core.clock import Cancelled, Clock

LOOKS: Final = (0.02, 0.2)
"""Seconds between looks at its output: at first, for what ends at once, and later."""

STOPS_WITHIN: Final = 8.6
"""Seconds after a signal that Terraform has to stop, inside Actions, where everything is killed after ten. Source: GitHub docs, "Workflow cancellation reference"."""

MOST_KEPT: Final = 1 << 18


class Ended(NamedTuple):
    """`code`: None while it still runs, which is so only after a signal. `told`: what it wrote to stderr."""

    code: int | None
    told: str
    cancelled: Cancelled | None
    process: "subprocess.Popen[bytes]"


def run(
    command: Sequence[str],
    directory: str,
    environment: Mapping[str, str],
    clock: Clock,
    on_line: Callable[[str], None],
    *,
    hurried: bool,
    on_signal: Callable[[Cancelled], None] = lambda _: None,
) -> Ended:
    """To its end, or after a signal as long as there is time. Hands each line of stdout on as it comes. Raises OSError if it cannot be started."""
    clock.check()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        lines = _Lines(output, on_line)
        try:
            code, cancelled = _followed(process, lines, clock, on_signal, hurried=hurried)
        finally:
            lines.take()  # also where somebody does not wait any longer: what is left is told from them
        lines.end()
        errors.seek(0)
        return Ended(code, errors.read(MOST_KEPT).decode("utf-8", "replace"), cancelled, process)


def _followed(
    process: "subprocess.Popen[bytes]", lines: "_Lines", clock: Clock, on_signal: Callable[[Cancelled], None], *, hurried: bool
) -> tuple[int | None, Cancelled | None]:
    cancelled, stopping, wait = None, 0.0, LOOKS[0]
    while (code := process.poll()) is None:
        if cancelled and hurried and clock.monotonic() - stopping > STOPS_WITHIN:
            break
        try:
            lines.take()
            clock.sleep(wait)
        except Cancelled as signalled:
            if cancelled is None:  # a second one would make Terraform quit without its state
                cancelled, stopping = signalled, clock.monotonic()
                process.send_signal(signal.SIGINT)
                on_signal(signalled)
        wait = min(wait * 1.5, LOOKS[1])
    return code, cancelled


class _Lines:
    """Reads a file that grows. By position, since the child writes through the same description of the file.

    An interruption may come at any place here; the lines that were not handed over by then are still there for the next call.
    """

    def __init__(self, file: IO[bytes], on_line: Callable[[str], None]) -> None:
        self._file = file
        self._on_line = on_line
        self._at = 0
        self._waiting: deque[bytes] = deque()
        self._rest = b""

    def take(self) -> None:
        while piece := os.pread(self._file.fileno(), 1 << 16, self._at):
            *whole, rest = (self._rest + piece).split(b"\n")
            self._waiting.extend(whole)
            self._rest, self._at = rest, self._at + len(piece)
        while self._waiting:
            self._on_line(self._waiting.popleft().decode("utf-8", "replace"))

    def end(self) -> None:
        if self._rest:
            self._on_line(self._rest.decode("utf-8", "replace"))
