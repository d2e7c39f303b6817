"""The live view of a run in a terminal: its jobs, and the steps of those that are in progress, with the time gone by."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from credex_actions.core.clock import Clock
from credex_actions.core.live import Status, cut, drawn
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


class Row(NamedTuple):
    mark: str
    name: str
    age: str
    style: str


@dataclass
class RunView:
    """`look` shows what a look saw: as a picture that changes where a person watches, else as lines that stay."""

    runner: Runner
    clock: Clock
    title: str
    expected: float | None = None
    _seen: Seen | None = None
    _looked: float = 0.0
    _status: Status = field(default_factory=Status)
    _why: str = ""

    @contextmanager
    def shown(self) -> Iterator["RunView"]:
        with drawn(self.runner, self._picture, self.line):
            yield self

    def line(self, text: str) -> None:
        """Prints one line for good; above the picture, if there is one."""
        self.runner.info(text)

    def look(self, seen: Seen) -> None:
        before, self._seen, self._looked = self._seen, seen, self.clock.monotonic()
        lines = list(story.news(before, seen))
        for line in lines:
            if self.runner.screen is None or not line.startswith("  "):  # the picture has the steps
                self.line(line)
        if seen.run and not seen.run.done and self.runner.screen is None:
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

    def _picture(self, _height: int) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        seen = self._seen
        if seen is None or seen.run is None:
            return self._status.line(self.title)
        now = seen.now + timedelta(seconds=self.clock.monotonic() - self._looked)
        table = Table.grid(padding=(0, 1))
        for gives_way in (False, True, False):
            table.add_column(no_wrap=not gives_way)
        for job in seen.jobs:
            for row in self._job_rows(job, now):
                table.add_row(Text(row.mark, row.style), cut(row.name, row.style), Text(row.age, "dim"))
        left = pace.remaining(self.expected, seen.run.started, now)
        estimate = f", about {elapsed(left)} left" if left else ""
        took = elapsed(max((now - seen.run.started).total_seconds(), 0)) if seen.run.started else ""
        why = one_line(self.runner.redact(going_on(seen.run, seen.jobs, seen.gates, now)), 160)
        return Group(table, self._status.line(f"{took}{estimate}  {why}"))

    def _job_rows(self, job: Job, now: datetime) -> Iterator[Row]:
        style = COLOURS.get(job.conclusion, "bold" if job.status == "in_progress" else "dim")
        mark = story.MARKS.get(job.conclusion, "?") if job.done else "●" if job.status == "in_progress" else "○"
        yield Row(mark, one_line(self.runner.redact(job.name), 80), _age(job, now), style)
        if job.status != "in_progress":
            return
        for step in [step for step in job.steps if step.conclusion != "skipped"][-MOST_STEPS:]:
            done = story.MARKS.get(step.conclusion, "?") if step.status == "completed" else "●"
            yield Row("", f"  {done} {one_line(self.runner.redact(step.name), 76)}", _age(step, now), COLOURS.get(step.conclusion, ""))


def _age(part: Job | Step, now: datetime) -> str:
    if part.started is None or part.status in ("queued", "waiting", "pending", "requested"):
        return ""
    return elapsed(max(((part.ended or now) - part.started).total_seconds(), 0))
