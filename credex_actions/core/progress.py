"""What a person sees while something continues: lines that stay, and in a terminal one live line with the time gone by."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import fill
from typing import TYPE_CHECKING, Protocol

from credex_actions.core.clock import Clock
from credex_actions.core.live import Status, cut, drawn
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line, plain

if TYPE_CHECKING:
    from rich.console import RenderableType


class Say(Protocol):
    """Takes words about what is going on. `of`: the one of several things side by side that they are about; without it they are about the whole."""

    def __call__(self, text: str, of: str = "") -> None: ...


class Progress:
    """`line` prints one for good. `now` says what is going on: live in a terminal, elsewhere a line each time the words change. What goes on side by side has a
    line each in a terminal, until there are words about the whole again.
    """

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock
        self._began = clock.monotonic()
        self._now = ""
        self._beside: dict[str, str] = {}
        self._status = Status()
        self._drawn = False

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        with drawn(self._runner, self._picture, self.now) as drawn_here:
            self._drawn = drawn_here
            try:
                yield self
            finally:
                self._drawn = False

    def line(self, text: str) -> None:
        screen = self._runner.screen
        # Redacted before it is wrapped: a secret with a blank in it would not be recognized any more.
        self._runner.info(wrapped(self._runner.redact(plain(text)), screen.width()) if screen else text)

    def now(self, text: str, of: str = "") -> None:
        changed = text != (self._beside.get(of) if of else self._now)
        if of:
            self._beside = {**self._beside, of: text}  # a new one: it may be drawn in this moment
        else:
            self._now, self._beside = text, {}
        if self._runner.screen is None:
            if changed:
                self._runner.info(f"{self._elapsed()}  {text}")
        elif not self._drawn:  # a part of something greater, whose picture shows it
            self._runner.screen.now(text)

    def _elapsed(self) -> str:
        return elapsed(self._clock.monotonic() - self._began)

    def _picture(self, height: int) -> "RenderableType":
        beside = list(self._beside.values())
        if len(beside) < 2:  # noqa: PLR2004 - one alone is all that goes on
            return self._line(beside[0] if beside else self._now)
        from rich.console import Group

        room = max(height - 2, 1)
        return Group(*(cut(f"  {self._shown(each)}") for each in beside[:room]), self._line(self._now))

    def _line(self, text: str) -> "RenderableType":
        return self._status.line(f"{self._elapsed()}  {self._shown(text)}")

    def _shown(self, text: str) -> str:
        return one_line(self._runner.redact(text), 200)


def wrapped(text: str, width: int) -> str:
    """`text` broken between words; what follows stands below the first word after its time or mark. An address stays in one piece."""
    begins = re.match(r"\s*(?:\d\d:\d\d:\d\d  |[-●✓✗■…] )?", text)
    indent = " " * (begins.end() if begins else 0)
    if len(text) <= width or width <= len(indent):
        return text
    return fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def elapsed(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
