"""A picture in the terminal that changes while something goes on. What is printed meanwhile goes above it, whoever prints it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from credex_actions.core.runner import Runner, Screen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

A_SECOND = 4
"""Times that it is drawn."""


class Status:
    """The last line of a picture: something that moves, and what goes on. It is cut where the terminal ends, since a picture that wraps flickers."""

    _spinner: Any = None

    def line(self, text: str) -> "RenderableType":
        from rich.spinner import Spinner
        from rich.table import Table

        self._spinner = self._spinner or Spinner("dots")  # one for all drawings: a new one stands still
        line = Table.grid(padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column()
        line.add_row(self._spinner, cut(text))
        return line


def cut(text: str, style: str = "") -> "Text":
    """On one line, whose end is cut where there is no room; of a table's columns, those that may wrap give way first, so that this one is to be one of them."""
    from rich.text import Text

    return Text(text, style, no_wrap=True, overflow="ellipsis")


@contextmanager
def drawn(runner: Runner, picture: "Callable[[int], RenderableType]", now: Callable[[str], None], *, stays: bool = False) -> Iterator[bool]:
    """Whether there is a picture: where nobody watches, or one is drawn already, there is none. It `stays` as it was last, or goes.

    `picture` is given the lines that the terminal has. `now`: what to do with words about what goes on, from those who would have drawn a picture of their own.
    """
    if not runner.interactive or runner.screen:
        yield False
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=runner.stderr, highlight=False, markup=False)
    live = Live(
        get_renderable=lambda: picture(console.size.height),
        console=console,
        transient=not stays,
        refresh_per_second=A_SECOND,
        redirect_stdout=False,
        redirect_stderr=False,
    )

    def line(text: str) -> None:
        console.print(Text(text), soft_wrap=True)  # the terminal breaks it where it has to: an address stays one

    try:
        live.start(refresh=True)
    except OSError as error:  # nobody is there any more to see it
        runner.lost[runner.stderr] = error
        yield False
        return
    runner.screen = Screen(line, now, lambda: console.size.width)
    try:
        yield True
    finally:
        runner.screen = None
        try:
            live.stop()
        except OSError as error:
            runner.lost[runner.stderr] = error
