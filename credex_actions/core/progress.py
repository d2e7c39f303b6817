"""What a person sees while something continues: lines that stay, and in a terminal one live line with the time gone by."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import fill
from typing import TYPE_CHECKING

from credex_actions.core.clock import Clock
from credex_actions.core.live import Status, drawn
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line, plain

if TYPE_CHECKING:
    from rich.console import RenderableType


class Progress:
    """`line` prints one for good. `now` says what is going on: live in a terminal, elsewhere a line each time the words change."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock
        self._began = clock.monotonic()
        self._now = ""
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

    def now(self, text: str) -> None:
        changed, self._now = text != self._now, text
        if self._runner.screen is None:
            if changed:
                self._runner.info(f"{self._elapsed()}  {text}")
        elif not self._drawn:  # a part of something greater, whose picture shows it
            self._runner.screen.now(text)

    def _elapsed(self) -> str:
        return elapsed(self._clock.monotonic() - self._began)

    def _picture(self, _height: int) -> "RenderableType":
        return self._status.line(f"{self._elapsed()}  {one_line(self._runner.redact(self._now), 200)}")


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
