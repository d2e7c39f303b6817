"""What a person sees while something continues: lines that stay, and in a terminal one live line with the time gone by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from credex_actions.core.clock import Clock
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line


class Progress:
    """`line` prints one for good. `now` says what is going on: live in a terminal, elsewhere a line each time the words change."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self._runner = runner
        self._clock = clock
        self._began = clock.monotonic()
        self._last = ""
        self._live: Any = None

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        if not self._runner.interactive:
            yield self
            return
        from rich.console import Console

        console = Console(file=self._runner.stderr, highlight=False, markup=False)
        with console.status("") as live:
            self._live = live
            try:
                yield self
            finally:
                self._live = None

    def line(self, text: str) -> None:
        if self._live is None:
            self._runner.info(text)
            return
        self._live.stop()
        self._runner.info(text)
        self._live.start()

    def now(self, text: str) -> None:
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(f"{elapsed(self._clock.monotonic() - self._began)}  {one_line(self._runner.redact(text), 120)}"))
        elif text != self._last:
            self._last = text
            self._runner.info(f"{elapsed(self._clock.monotonic() - self._began)}  {text}")


def elapsed(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
