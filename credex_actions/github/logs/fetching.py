"""Fetches a job's log once the job has ended, shows it, and keeps it in a file."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Fault
from credex_actions.core.progress import elapsed
from credex_actions.core.retry import Later
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.github.connection.downloads import download
from credex_actions.github.connection.session import Session
from credex_actions.github.logs import job_log
from credex_actions.github.logs.kept import KeptLog
from credex_actions.github.runs.seen import Job

LONGEST_SHOWN = 4_000_000
"""Characters of a log that are printed: its end."""
MOST_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of a log; a longer one is on the disk, without a name, until it was shown."""
APPEARS_WITHIN = 60.0
"""Seconds after a job's end in which its log is requested while the run continues, which waits for none."""
AFTER_THE_END = 5.0
"""Seconds after the run's end in which the logs are waited for that are not there yet: all of them together."""
ASKED_EVERY = 4.0
"""Seconds, at most; the first times sooner."""
ANSWERS_WITHIN = 5
LONGEST_DOWNLOAD, SHORTEST_DOWNLOAD = 60.0, 5.0
"""Seconds for a log that comes, however little time is left."""


class NotThereYet(Exception):
    """GitHub has not stored the log yet."""


@dataclass
class Awaited:
    """A log that is to be had. `since`, `next`: by the clock that only grows. `trouble`: what the newest try met."""

    job: Job
    since: float
    next: float
    trouble: str = ""
    tries: int = 0


@dataclass
class JobLogs:
    """`wanted`: failed, all or none. `kept`: where every log is kept, with its times. `left`: seconds until the timeout."""

    session: Session
    runner: Runner
    clock: Clock
    wanted: str
    kept: KeptLog
    line: Callable[[str], None]
    left: Callable[[], float]
    failing: dict[str, list[str]] = field(default_factory=dict)
    _awaited: list[Awaited] = field(default_factory=list)
    _told: set[int] = field(default_factory=set)

    def look(self, jobs: tuple[Job, ...]) -> None:
        """Shows the logs that have come since, of jobs that have ended; those that failed come first. Waits for none."""
        fresh = [job for job in jobs if job.done and job.id not in self._told]
        for job in sorted(fresh, key=lambda job: not job.failed):
            self._told.add(job.id)
            if job.ran and (self.wanted == "all" or self.kept.path or (self.wanted == "failed" and job.failed)):
                self._awaited.append(Awaited(job, self.clock.monotonic(), self.clock.monotonic()))
        for each in [each for each in self._awaited if each.next <= self.clock.monotonic()]:
            self._ask(each)

    def finish(self, outcome: str, known: tuple[Job, ...], again: Callable[[], tuple[Job, ...]]) -> None:
        """Waits a little for the logs, and the ends of jobs, that come behind the run's own. `again` looks at the jobs once more."""
        end = self.clock.monotonic() + min(AFTER_THE_END, max(self.left(), 0.0))
        told = False
        while self.clock.monotonic() < end:
            self.look(known)
            behind = not all(job.done for job in known)
            if not self._awaited and not behind:
                break
            if not told:
                self.line(f"The run has ended: {outcome}. Waiting for its logs, at most {AFTER_THE_END:.0f} s.")
                told = True
            self.clock.sleep(min(1.0, max(end - self.clock.monotonic(), 0.0)))
            known = again() if behind else known
        for each in self._awaited:
            self._give_up(each)
        self._awaited.clear()

    def _ask(self, awaited: Awaited) -> None:
        try:
            with self.session.api.impatient(ANSWERS_WITHIN):
                log = self._fetch(awaited.job)
        except (Refused, Unreachable, Later, NotThereYet) as error:
            awaited.trouble, awaited.tries = str(error), awaited.tries + 1
            awaited.next = self.clock.monotonic() + min(2.0 ** (awaited.tries - 1), ASKED_EVERY)
            if isinstance(error, Refused | Later) or awaited.next > awaited.since + APPEARS_WITHIN:
                self._awaited.remove(awaited)
                self._give_up(awaited)
            return
        self._awaited.remove(awaited)
        self._tell(awaited.job, log)

    def _give_up(self, awaited: Awaited) -> None:
        what = f"the log of {one_line(awaited.job.name, 100)} cannot be shown: {awaited.trouble or 'out of time'}"
        self.runner.warning(Fault(what, f"See {awaited.job.url}"))

    def _fetch(self, job: Job) -> IO[bytes]:
        """The whole log as GitHub has it. Raises NotThereYet, Refused, Unreachable, Later."""
        kept: IO[bytes] = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 - it is open as long as it is read
        try:
            within = min(LONGEST_DOWNLOAD, max(self.left(), SHORTEST_DOWNLOAD))
            for piece in download(self.session.api, f"{self.session.path}/actions/jobs/{job.id}/logs", within):
                kept.write(piece)
        except BaseException as error:
            kept.close()
            if isinstance(error, Refused) and error.status == HTTPStatus.NOT_FOUND:
                raise NotThereYet("not available (yet) on GitHub") from None
            raise
        kept.seek(0)
        return kept

    def _tell(self, job: Job, raw: IO[bytes]) -> None:
        end, cut = "", 0
        with raw, self.kept.of(f"{one_line(job.name, 200)} ({job.conclusion}) {job.url}"):
            for part in job_log.parts(raw):
                self.clock.sleep(0)  # whoever asks to stop is heard
                text = job_log.hidden(part, self.runner.redact)
                self.kept.write(text)
                cut += max(len(end) + len(text) - LONGEST_SHOWN, 0)
                end = (end + text)[-LONGEST_SHOWN:]
        if self.wanted == "all" or (self.wanted == "failed" and job.failed):
            self._show(job, end, cut)

    def _show(self, job: Job, end: str, cut: int) -> None:
        """`cut`: characters of the log that come before `end`."""
        lines = job_log.read((end.partition("\n")[2] or end) if cut else end)  # whole lines, but of one line its end
        if job.failed:
            self._tell_failure(job, lines)
        took = f", {elapsed(max((job.ended - job.started).total_seconds(), 0.0))}" if job.started and job.ended else ""
        title = f"Log of {job.name} ({job.conclusion}{took})"
        if not self.runner.in_actions:
            self.line(title)  # group() would print past a live view
        with self.runner.group(title) if self.runner.in_actions else nullcontext():
            if cut:
                self.line(f"  … {cut} earlier characters are at {job.url}" + (f" and in {self.kept.path}" if self.kept.path else ""))
            for line in job_log.shown(lines, folded=not self.runner.in_actions):
                self.line(f"  {line}")

    def _tell_failure(self, job: Job, lines: list[job_log.LogLine]) -> None:
        part = job_log.failing_part(lines, job)
        self.failing[job.name] = part
        step = f" at step '{job.failed_step.name}'" if job.failed_step else ""
        self.line(f"✗ {job.name} failed{step}. Its last lines:")
        for line in part:
            self.line(f"  │ {line}")
