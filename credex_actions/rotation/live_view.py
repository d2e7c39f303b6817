"""The live view of a rotation in a terminal: a line for each credential, with what it is about to do, or how it ended, and how long that took."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import local
from typing import TYPE_CHECKING, Final, NamedTuple

from credex_actions.core.clock import Clock
from credex_actions.core.live import Status, drawn
from credex_actions.core.progress import elapsed
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.rotation.outcome import WORDS, Result

if TYPE_CHECKING:
    from rich.console import RenderableType

MARKS: Final = {"failed": "✗", "cancelled": "■", "waiting": "…", "unfinished": "…"}
STYLES: Final = {"✓": "green", "✗": "red", "■": "yellow", "…": "yellow", "●": "bold", "○": "dim"}
BESIDE: Final = 2
"""Lines of a terminal that are not for credentials: how many have ended, and where the cursor is."""
LONGEST_NAME: Final = 28


class Row(NamedTuple):
    """`mark`: a key of STYLES."""

    mark: str
    name: str
    words: str
    age: str


@dataclass
class Line:
    """One credential. `began` and `ended`: of the clock that only grows; None where that has not come."""

    name: str
    words: str = ""
    began: float | None = None
    ended: float | None = None
    outcome: str = ""

    def row(self, now: float) -> Row:
        if self.began is None:
            return Row("○", self.name, "", "")
        mark = "●" if self.ended is None else MARKS.get(self.outcome, "✓")
        return Row(mark, self.name, self.words, elapsed((now if self.ended is None else self.ended) - self.began))


def fitting(rows: Sequence[Row], room: int) -> tuple[list[Row], int]:
    """Those for which there is room, in their order, and how many are left out: first who is under way, then who failed, then who ended; who waits comes last."""
    if len(rows) <= room:
        return list(rows), 0
    kept = sorted(range(len(rows)), key=lambda index: ("●✗■…✓○".index(rows[index].mark), index))[: max(room, 0)]
    return [rows[index] for index in sorted(kept)], len(rows) - len(kept)


@dataclass
class FleetView:
    """Where nobody watches, it prints each step as a line of the log."""

    runner: Runner
    clock: Clock
    names: Sequence[str]
    _lines: dict[str, Line] = field(default_factory=dict)
    _status: Status = field(default_factory=Status)
    _whose: local = field(default_factory=local)  # the credential that a thread works on
    _over: bool = False

    def __post_init__(self) -> None:
        self._began = self.clock.monotonic()
        self._lines = {name: Line(name) for name in self.names}

    @contextmanager
    def shown(self) -> Iterator[None]:
        with drawn(self.runner, self._picture, self._now, stays=True):
            try:
                yield
            finally:
                self._over = True

    def begins(self, name: str) -> None:
        self._whose.name = name
        self._lines[name].words, self._lines[name].began = "looks at what there is", self.clock.monotonic()

    def say(self, text: str) -> None:
        """What the caller's credential is about to do: `NAME: words.`"""
        if self.runner.screen is None:
            self.runner.info(text)
        else:
            self._now(text.removeprefix(f"{self._whose.name}: ").removesuffix("."))

    def ends(self, result: Result) -> None:
        line = self._lines[result.name]
        line.words = WORDS[result.outcome] + (f": {result.why}" if result.why else "")
        line.outcome, line.ended = result.outcome, self.clock.monotonic()

    def _now(self, text: str) -> None:
        name = self._whose.name
        self._lines[name].words = re.sub(rf" of {re.escape(name)}(?![\w-])", "", text)  # its line begins with its name

    def _picture(self, height: int) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        now = self.clock.monotonic()
        rows = [line.row(now) for line in self._lines.values()]
        shown, more = (rows, 0) if self._over else fitting(rows, height - BESIDE)
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=LONGEST_NAME)
        table.add_column(no_wrap=not self._over, overflow="fold" if self._over else "ellipsis", ratio=1)  # what stays is read to its end
        table.add_column(no_wrap=True, justify="right")
        for row in shown:
            style = STYLES[row.mark]
            table.add_row(
                Text(row.mark, style), Text(row.name, style), Text(one_line(self.runner.redact(row.words), 200)), Text(row.age, "dim")
            )
        if self._over:
            return table
        ended = sum(1 for line in self._lines.values() if line.ended is not None)
        left_out = f", {more} more" if more else ""
        return Group(table, self._status.line(f"{elapsed(now - self._began)}  {ended} of {len(rows)} have ended{left_out}"))
