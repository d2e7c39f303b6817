"""Talks to whoever runs the command: GitHub's runner by its workflow commands and files, a person by plain lines.

Everything that leaves the process leaves it here: redacted, and such that no text from elsewhere can pass for a workflow command.
The encoding of commands is actions_toolkit's, loaded only if a runner listens; its file commands would load `uuid` and `pathlib`, a tenth of a rendering.
"""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, TextIO, cast

from credex_actions.core.faults import Fault
from credex_actions.core.redaction import Redactor, in_json
from credex_actions.core.text import plain, uncommanded

SUMMARY_LIMIT: Final = 1024 * 1024
"""Bytes of a step's job summary. Source: GitHub docs, "Step isolation and limits" of job summaries."""

ANNOTATION_LIMIT: Final = 4000
"""Characters of an annotation; GitHub cuts longer ones without saying so."""


class Screen(NamedTuple):
    """A terminal that has a picture in it (core/live.py). `line` prints above the picture; `now` takes in what the caller is about to do.
    `width`: its columns at present.
    """

    line: Callable[[str], None]
    now: Callable[[str], None]
    width: Callable[[], int]


class Runner:
    """`in_actions`: a GitHub runner reads our output. Outside, stdout is for the result and stderr for everything else."""

    def __init__(self, environment: Mapping[str, str], stdout: TextIO, stderr: TextIO, *, json_on_stdout: bool = False) -> None:
        self.environment = environment
        self.in_actions = environment.get("GITHUB_ACTIONS") == "true"
        self.debugging = environment.get("RUNNER_DEBUG") == "1"
        self.stdout = stdout
        self.stderr = stderr
        self.json_on_stdout = json_on_stdout
        self._log = stdout if self.in_actions and not json_on_stdout else stderr
        self.report: dict[str, object] = {}  # what `--json` prints under `report`, filled by the command
        self.outputs: dict[str, str] = {}
        self.screen: Screen | None = None  # while a picture is drawn on the terminal
        self.lost: dict[
            TextIO, OSError
        ] = {}  # where a line could not be printed, and why: what is reported next to the work never stops it
        self._redactor = Redactor()

    @property
    def interactive(self) -> bool:
        """A person watches: live progress and colours make sense."""
        return not self.in_actions and self.stderr.isatty()

    @property
    def has_summary(self) -> bool:
        """Somebody reads the job summary, so that it is worth being composed."""
        return bool(self.environment.get("GITHUB_STEP_SUMMARY"))

    def mask(self, secret: str) -> None:
        """Hide `secret`, and each telling line of it, from now on: by the runner in its log, by us in all that we print.

        The runner compares letter by letter: it is told the forms inside JSON too, since JSON on stdout is not ours to redact.
        """
        for part in self._redactor.learn(secret):
            if self.in_actions:
                for form in dict.fromkeys((*in_json(part), part)):
                    self._command("add-mask", form)

    def redact(self, text: str) -> str:
        return self._redactor.redact(text)

    def info(self, text: str) -> None:
        """A line of the log (or several)."""
        self._line(uncommanded(self.redact(plain(text))))

    def result(self, text: str) -> None:
        """What a person asked for: the only thing for people that is written to stdout outside Actions."""
        if self.json_on_stdout:
            self.info(text)
        else:
            self._print(self.stdout, plain(self.redact(plain(text))) if not self.in_actions else uncommanded(self.redact(plain(text))))

    def on_stdout(self, text: str) -> None:
        """`text` as it is: for what programs read. The caller answers for what is in it. Raises OSError."""
        _write(self.stdout, text)

    def debug(self, text: str) -> None:
        if self.debugging:
            self._command("debug", plain(self.redact(plain(text)))) if self.in_actions else self._line(plain(self.redact(plain(text))))

    def notice(self, fault: Fault) -> None:
        self._annotate("notice", fault)

    def warning(self, fault: Fault) -> None:
        self._annotate("warning", fault)

    def error(self, fault: Fault) -> None:
        self._annotate("error", fault)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A part of the log that folds."""
        if not self.in_actions:
            self.info(title)
            yield
            return
        self._command("group", self.redact(plain(title)).replace("\n", " "))
        try:
            yield
        finally:
            self._command("endgroup", "")

    def output(self, name: str, value: str) -> None:
        """Hand `value` on to later steps, where a runner takes it; any text but NUL, also of many lines."""
        self.outputs[name] = value
        if path := self.environment.get("GITHUB_OUTPUT"):
            text = value.replace("\0", "").encode("utf-8", "replace")
            end = f"ghadelimiter_{os.urandom(16).hex()}".encode()  # drawn again each time: no value can hold it
            _append(path, b"%s<<%s\n%s\n%s\n" % (name.encode(), end, text, end))

    def summary(self, markdown: str) -> None:
        """Add to the job summary. What does not fit into GitHub's limit is cut at a line, and the cut is said."""
        path = self.environment.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        try:
            self._add_to_summary(path, self.redact(markdown).encode("utf-8", "replace"))
        except OSError as error:  # what the command did is done, and its log tells it too
            self.warning(
                Fault(f"the job summary cannot be written: {error.strerror}", "The log of this step has all of it.", "GITHUB_STEP_SUMMARY")
            )

    def _add_to_summary(self, path: str, data: bytes) -> None:
        room = SUMMARY_LIMIT - (os.path.getsize(path) if os.path.exists(path) else 0)
        cut = "\n\n…truncated: the rest does not fit into the job summary.\n".encode()
        if len(data) > room:
            data = data[: max(0, room - len(cut))].rpartition(b"\n")[0] + cut
        if len(data) <= room:
            _append(path, data)

    def _annotate(self, level: str, fault: Fault) -> None:
        what, hint, where, file = (self.redact(plain(each)) for each in (fault.what, fault.hint, fault.where, fault.file))
        fault = Fault(what, hint, where, file, fault.line, fault.column)
        if not self.in_actions:
            self._line(plain(f"{level}: {fault}"))
            return
        message = f"{fault.where}: {fault.what}" if fault.where else fault.what
        text = plain(f"{message}\n{fault.hint}" if fault.hint else message)[:ANNOTATION_LIMIT]
        place = {"file": self._from_workspace(fault.file), "line": fault.line, "col": fault.column}
        self._command(level, text, **{key: str(value) for key, value in place.items() if value})

    def _from_workspace(self, file: str) -> str:
        """GitHub shows an annotation next to its line only if the path starts at the workspace."""
        workspace = self.environment.get("GITHUB_WORKSPACE", "")
        if not file or not workspace:
            return plain(file)
        try:
            path = os.path.relpath(os.path.abspath(file), workspace)
        except FileNotFoundError:  # the folder that this process was started in is gone
            return plain(file)
        return plain(file if path.startswith("..") else path)

    def _command(self, name: str, message: str, **properties: str) -> None:
        from actions_toolkit.command import Command

        self._line(str(Command(name, properties, message)))

    def _line(self, text: str) -> None:
        self._print(self._log, text)

    def _print(self, stream: TextIO, text: str) -> None:
        try:
            if self.screen and stream.isatty():
                self.screen.line(text)
            elif stream not in self.lost:
                _write(stream, text)
        except OSError as error:
            self.lost[stream] = error


class _Closed(io.TextIOBase):
    """What Python has no stream for: the caller closed it (`>&-`)."""

    def write(self, _: str, /) -> int:
        raise OSError(errno.EBADF, "it is closed")


def _write(stream: TextIO, text: str) -> None:
    # Flushed line by line: a mask that waits in a buffer arrives after what it should hide.
    stream.write(f"{text}\n")
    stream.flush()


def _append(path: str, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def this_process(*, json_on_stdout: bool) -> Runner:
    streams = [cast("TextIO", stream or _Closed()) for stream in (sys.stdout, sys.stderr)]
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return Runner(os.environ, *streams, json_on_stdout=json_on_stdout)
