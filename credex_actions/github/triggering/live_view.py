"""The live view of a run in a terminal: its jobs, and the steps of those that are in progress, with the time gone by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from credex_actions.core.clock import Clock
from credex_actions.core.progress import elapsed
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.github.dispatching.steps import Seen
from credex_actions.github.runs import pace
from credex_actions.github.runs.seen import Job, Step
from credex_actions.github.runs.waiting import going_on
from credex_actions.github.triggering import story

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_STEPS: Final = 6
COLOURS: Final = {"success": "green", "failure": "red", "timed_out": "red", "cancelled": "yellow"}


@dataclass
class RunView:
    """`look` shows what a look saw: as a picture that changes where a person watches, else as lines that stay."""

    runner: Runner
    clock: Clock
    title: str
    expected: float | None = None
    _seen: Seen | None = None
    _looked: float = 0.0
    _live: Any = None
    _why: str = ""
    _on_end: list[Callable[[], None]] = field(default_factory=list)

    @contextmanager
    def shown(self) -> Iterator["RunView"]:
        if not self.runner.interactive:
            yield self
            return
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self.runner.stderr, highlight=False, markup=False)
        with Live(
            get_renderable=self._picture,
            console=console,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as live:
            self._live = live
            try:
                yield self
            finally:
                self._live = None

    def line(self, text: str) -> None:
        """Prints one line for good; above the picture, if there is one."""
        if self._live is None:
            self.runner.info(text)
            return
        from rich.text import Text

        from credex_actions.core.text import plain

        self._live.console.print(Text(self.runner.redact(plain(text))))

    def look(self, seen: Seen) -> None:
        before, self._seen, self._looked = self._seen, seen, self.clock.monotonic()
        lines = list(story.news(before, seen))
        for line in lines:
            if self._live is None or not line.startswith("  "):  # the picture has the steps
                self.line(line)
        if seen.run and not seen.run.done and self._live is None:
            self._say_wait(seen, moved=bool(lines))

    def _say_wait(self, seen: Seen, *, moved: bool) -> None:
        """In a log: what it waits for if nothing else tells it, once."""
        assert seen.run
        if any(job.status == "in_progress" for job in seen.jobs):
            return
        why = going_on(seen.run, seen.jobs, seen.gates, seen.now)
        if why.partition(" for ")[0] != self._why.partition(" for ")[0] and not moved:
            self._why = why
            self.line(f"… {why}" + (f": {seen.run.url}" if seen.gates else ""))

    def _picture(self) -> "RenderableType":
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        seen = self._seen
        if seen is None or seen.run is None:
            return Text(f"  {self.title}")
        now = seen.now + timedelta(seconds=self.clock.monotonic() - self._looked)
        table = Table.grid(padding=(0, 1))
        for job in seen.jobs:
            self._job_rows(table, job, now)
        left = pace.remaining(self.expected, seen.run.started, now)
        estimate = f", about {elapsed(left)} left" if left else ""
        took = elapsed(max((now - seen.run.started).total_seconds(), 0)) if seen.run.started else ""
        why = one_line(self.runner.redact(going_on(seen.run, seen.jobs, seen.gates, now)), 160)
        return Group(table, Spinner("dots", Text(f"{took}{estimate}  {why}")))

    def _job_rows(self, table: Any, job: Job, now: datetime) -> None:
        from rich.text import Text

        style = COLOURS.get(job.conclusion, "bold" if job.status == "in_progress" else "dim")
        mark = story.MARKS.get(job.conclusion, "?") if job.done else "●" if job.status == "in_progress" else "○"
        table.add_row(Text(mark, style), Text(one_line(self.runner.redact(job.name), 80), style), Text(_age(job, now), "dim"))
        if job.status != "in_progress":
            return
        steps = [step for step in job.steps if step.conclusion != "skipped"][-MOST_STEPS:]
        for step in steps:
            done = story.MARKS.get(step.conclusion, "?") if step.status == "completed" else "●"
            name = Text(f"  {done} {one_line(self.runner.redact(step.name), 76)}", COLOURS.get(step.conclusion, ""))
            table.add_row("", name, Text(_age(step, now), "dim"))


def _age(part: Job | Step, now: datetime) -> str:
    if part.started is None or part.status in ("queued", "waiting", "pending", "requested"):
        return ""
    return elapsed(max(((part.ended or now) - part.started).total_seconds(), 0))
