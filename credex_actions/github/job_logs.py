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
from credex_actions.core.retry import Later, looks
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.github import job_log
from credex_actions.github.api import Refused, Unreachable
from credex_actions.github.kept_log import KeptLog
from credex_actions.github.runs import Job
from credex_actions.github.session import Session

LONGEST_SHOWN = 4_000_000
"""Characters of a log that are printed: its end."""
MOST_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of a log; a longer one lies on the disk, without a name, until it was shown."""
APPEARS_WITHIN = 20.0
"""Seconds after a job's end within which its log can be asked for."""


class NotThereYet(Exception):
    """GitHub has not stored the log yet."""


@dataclass
class JobLogs:
    """`wanted`: failed, all or none. `kept`: where every log is kept, with its times."""

    session: Session
    runner: Runner
    clock: Clock
    wanted: str
    kept: KeptLog
    line: Callable[[str], None]
    failing: dict[str, list[str]] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)

    def look(self, jobs: tuple[Job, ...]) -> None:
        """Shows the logs of jobs that have ended since; those that failed come first."""
        fresh = [job for job in jobs if job.done and job.id not in self._told]
        for job in sorted(fresh, key=lambda job: not job.failed):
            self._told.add(job.id)
            if job.conclusion == "skipped" or not (self.wanted == "all" or self.kept.path or (self.wanted == "failed" and job.failed)):
                continue
            try:
                self._tell(job, self._fetch(job))
            except (Refused, Unreachable, Later, NotThereYet) as error:
                self.runner.warning(Fault(f"the log of {one_line(job.name, 100)} cannot be shown: {error}", f"It is at {job.url}"))

    def _fetch(self, job: Job) -> IO[bytes]:
        """The whole log as GitHub has it. Raises NotThereYet, Refused, Unreachable, Later."""

        def once() -> IO[bytes]:
            kept: IO[bytes] = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 - it is open as long as it is read
            try:
                for piece in self.session.api.download(f"{self.session.path}/actions/jobs/{job.id}/logs"):
                    kept.write(piece)
            except BaseException as error:
                kept.close()
                if isinstance(error, Refused) and error.status == HTTPStatus.NOT_FOUND:
                    raise NotThereYet("GitHub does not have it (yet)") from None
                raise
            kept.seek(0)
            return kept

        bears, self.session.api.bears = self.session.api.bears, lambda _: APPEARS_WITHIN  # a log is no reason to stop looking at the run
        try:
            fetched: IO[bytes] = looks(NotThereYet, Unreachable, sleep=self.clock.sleep, within=APPEARS_WITHIN)(once)
        finally:
            self.session.api.bears = bears
        return fetched

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
                self.line(f"  … {cut} characters before this are at {job.url}" + (f" and in {self.kept.path}" if self.kept.path else ""))
            for line in job_log.shown(lines, folded=not self.runner.in_actions):
                self.line(f"  {line}")

    def _tell_failure(self, job: Job, lines: list[job_log.LogLine]) -> None:
        part = job_log.failing_part(lines, job)
        self.failing[job.name] = part
        step = f" at step '{job.failed_step.name}'" if job.failed_step else ""
        self.line(f"✗ {job.name} failed{step}. Its last lines:")
        for line in part:
            self.line(f"  │ {line}")
