"""What a command writes into a job summary."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run, Sent, Step, Waited
from credex_actions.core.runner import Runner

BEGAN: Final = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)

HOSTILE: Final = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [here](https://evil.example/) @everyone | `code` **bold** ``` ::error::no "
    "\x1b[31mred; gantt :crit, 1s %%{init: {}}%% #59; end"
)
"""What markup, tables, charts and terminals are made of."""


def summarised(act: Callable[[Runner], object], *secrets: str) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "summary.md"
        runner = Runner({"GITHUB_STEP_SUMMARY": str(file)}, StringIO(), StringIO())
        for secret in secrets:
            runner.mask(secret)
        with suppress(Failure):
            act(runner)
        return file.read_text()


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def story(steps: Sequence[tuple[Step, float, float | None]] = (), waits: Sequence[tuple[str, float, float]] = ()) -> Run:
    """A run that did `steps` and waited, each from a second to a second; None for a write that was never answered."""
    sent = {step: Sent(at(began), None if ended is None else at(ended)) for step, began, ended in steps}
    return Run(SystemClock(), sent=sent, waits=[Waited(why, at(began), at(ended)) for why, began, ended in waits])
