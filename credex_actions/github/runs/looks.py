"""Looks at one run with as few requests as tell it. Reads lag behind what is, so what is known never goes back."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from credex_actions.core.retry import Later
from credex_actions.github.connection.answers import Refused, Unreachable, listed
from credex_actions.github.connection.session import Session
from credex_actions.github.runs.seen import Gate, Job, Run, gate_of, job_of, newer_jobs, newer_run, run_of

RUN_EVERY: Final = 6
"""Looks at the jobs, which tell nearly all, that pass before the run itself is looked at again."""
ASIDE: Final = 5
"""Seconds for GitHub to answer what is only looked at besides."""
GATES: Final = listed("", gate_of)


@dataclass
class Looks:
    """`missing`: since when GitHub knows no such run, by the clock that only grows; None while it does."""

    session: Session
    number: int
    run: Run | None = None
    jobs: tuple[Job, ...] = ()
    gates: tuple[Gate, ...] = ()
    missing: float | None = None
    _looks: int = 0

    @property
    def path(self) -> str:
        return f"{self.session.path}/actions/runs/{self.number}"

    def look(self) -> None:
        """Raises Refused for all but a run that is not there: a read may be older than it."""
        try:
            self._look()
            self.missing = None
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            self.missing = self.session.api.clock.monotonic() if self.missing is None else self.missing

    def look_at_jobs(self) -> None:
        found = tuple(self.session.api.pages(f"{self.path}/jobs", "jobs", job_of))
        self.jobs = newer_jobs(self.jobs, found)

    def _look(self) -> None:
        """The jobs tell that they move; only if all have ended, or none has begun, the run itself knows more. Once it has ended, they are
        looked at once more: one may have come since, and have failed.
        """
        self.look_at_jobs()
        quiet = all(job.done or job.status == "waiting" for job in self.jobs)
        if quiet or self.run is None or self._looks % RUN_EVERY == 0:
            before, found = self.run, self.session.api.get(self.path, run_of).document
            self.run = newer_run(before, found)
            outdated = before is not None and self.run.attempt != before.attempt
            has_ended = self.run.done and not (before is not None and before.done)
            if outdated or has_ended or (self.run.done and not (self.jobs and all(job.done for job in self.jobs))):
                self.look_at_jobs()
        self._looks += 1
        waits = self.run.status == "waiting" or any(job.status == "waiting" for job in self.jobs)
        self.gates = self._gates() if waits and not self.run.done else ()

    def _gates(self) -> tuple[Gate, ...]:
        """None if they cannot be seen: that the job waits is said all the same."""
        try:
            with self.session.api.impatient(ASIDE):
                found: tuple[Gate, ...] = self.session.api.get(f"{self.path}/pending_deployments", GATES).document
        except (Refused, Unreachable, Later):
            return ()
        return found
