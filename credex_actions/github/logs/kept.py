"""The file in which every job's log is kept: appended to, and its owner's alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from credex_actions.core.faults import Fault
from credex_actions.core.runner import Runner


@dataclass
class KeptLog:
    """`path`: empty if none is kept, and from the moment on in which it could not be written."""

    path: str
    runner: Runner
    _file: TextIO | None = None
    _whole_line: bool = field(default=True)

    @contextmanager
    def of(self, title: str) -> Iterator[None]:
        """What is written within is one job's."""
        with self._trouble_told():
            if self.path:
                self._file = _opened(self.path)
        self.write(f"===== {title}\n")
        try:
            yield
        finally:
            self.write("" if self._whole_line else "\n")
            with self._trouble_told():
                if self._file:
                    self._file.close()
            self._file = None

    def write(self, text: str) -> None:
        with self._trouble_told():
            if self._file:
                self._file.write(text)
        self._whole_line = text.endswith("\n") if text else self._whole_line

    @contextmanager
    def _trouble_told(self) -> Iterator[None]:
        """A log that cannot be kept is reported once, and stops nothing."""
        try:
            yield
        except OSError as error:
            what = f"the log cannot be written: {error.strerror}"
            self.runner.warning(Fault(what, "Provide a path in an existing folder, on a disk with free space.", "log-file", self.path))
            self.path, self._file = "", None


def _opened(path: str) -> TextIO:
    """A file that others could read until now is closed to them first. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
    try:
        if os.fstat(handle).st_mode & 0o077:
            os.fchmod(handle, 0o600)
    except OSError:
        os.close(handle)
        raise
    return open(handle, "w", encoding="utf-8", errors="replace")
