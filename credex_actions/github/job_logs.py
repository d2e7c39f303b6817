"""Fetches a job's log once the job has ended, shows it, and keeps it in a file."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Fault
from credex_actions.core.progress import elapsed
from credex_actions.core.retry import Later, looks
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.github import job_log
from credex_actions.github.api import Refused, Unreachable
from credex_actions.github.runs import Job
from credex_actions.github.session import Session

LONGEST_SHOWN = 4_000_000
"""Characters of a log that are printed: its end."""
APPEARS_WITHIN = 20.0
"""Seconds after a job's end within which its log can be asked for."""


class NotThereYet(Exception):
    """GitHub has not stored the log yet."""


@dataclass
class JobLogs:
    """`wanted`: failed, all or none. `file`: where every log is kept with its times; empty for nowhere."""

    session: Session
    runner: Runner
    clock: Clock
    wanted: str
    file: str
    line: Callable[[str], None]
    failing: dict[str, list[str]] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)

    def look(self, jobs: tuple[Job, ...]) -> None:
        """Shows the logs of jobs that have ended since; those that failed come first."""
        fresh = [job for job in jobs if job.done and job.id not in self._told]
        for job in sorted(fresh, key=lambda job: not job.failed):
            self._told.add(job.id)
            if job.conclusion == "skipped" or not (self.wanted == "all" or self.file or (self.wanted == "failed" and job.failed)):
                continue
            try:
                self._tell(job, self._fetch(job))
            except (Refused, Unreachable, Later, NotThereYet) as error:
                self.runner.warning(Fault(f"the log of {one_line(job.name, 100)} cannot be shown: {error}", f"It is at {job.url}"))

    def _fetch(self, job: Job) -> str:
        def once() -> bytes:
            try:
                return b"".join(self.session.api.download(f"{self.session.path}/actions/jobs/{job.id}/logs"))
            except Refused as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    raise NotThereYet("GitHub does not have it (yet)") from None
                raise

        bears, self.session.api.bears = self.session.api.bears, lambda _: APPEARS_WITHIN  # a log is no reason to stop looking at the run
        try:
            raw: bytes = looks(NotThereYet, Unreachable, sleep=self.clock.sleep, within=APPEARS_WITHIN)(once)
        finally:
            self.session.api.bears = bears
        return self.runner.redact(raw.decode("utf-8", "replace"))

    def _tell(self, job: Job, text: str) -> None:
        if self.file:
            self._keep(job, text)
        shows = self.wanted == "all" or (self.wanted == "failed" and job.failed)
        if not shows:
            return
        cut = max(len(text) - LONGEST_SHOWN, 0)
        lines = job_log.read(text[cut:].partition("\n")[2] if cut else text)
        if job.failed:
            self._tell_failure(job, lines)
        took = f", {elapsed((job.ended - job.started).total_seconds())}" if job.started and job.ended else ""
        title = f"Log of {job.name} ({job.conclusion}{took})"
        if not self.runner.in_actions:
            self.line(title)  # group() would print past a live view
        with self.runner.group(title) if self.runner.in_actions else nullcontext():
            if cut:
                self.line(f"  … {cut} characters before this are at {job.url}" + (f" and in {self.file}" if self.file else ""))
            for line in job_log.shown(lines, folded=not self.runner.in_actions):
                self.line(f"  {line}")

    def _tell_failure(self, job: Job, lines: list[job_log.LogLine]) -> None:
        part = job_log.failing_part(lines, job)
        self.failing[job.name] = part
        step = f" at step '{job.failed_step.name}'" if job.failed_step else ""
        self.line(f"✗ {job.name} failed{step}. Its last lines:")
        for line in part:
            self.line(f"  │ {line}")

    def _keep(self, job: Job, text: str) -> None:
        """Appended: a file that another step began is not lost. The file is its owner's alone."""
        try:
            handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(f"===== {one_line(job.name, 200)} ({job.conclusion}) {job.url}\n{text.removeprefix(chr(0xFEFF))}")
                file.write("" if text.endswith("\n") else "\n")
        except OSError as error:
            self.runner.warning(
                Fault(f"the log cannot be kept: {error.strerror}", "Give a path in a folder that exists.", "log-file", self.file)
            )
            self.file = ""
