"""The dispatch's two ends: looks at runs and jobs with as few requests as tell it, and sends what decide() asks for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from credex_actions.core.clock import Cancelled, OutOfTime
from credex_actions.core.loop import Lost, NoEffect, Operation
from credex_actions.github.api import Refused
from credex_actions.github.dispatch import DispatchStep, Seen, Want, after, decide, ours
from credex_actions.github.runs import Gate, Job, Run, gate_of, job_of, run_of
from credex_actions.github.session import Session

LISTED: Final = 30
RUN_EVERY: Final = 6
"""Looks at the jobs, which tell nearly all, that pass before the run itself is looked at again."""


@dataclass
class Dispatches:
    """`on_look` hears of what every look at our run saw."""

    session: Session
    want: Want
    on_look: Callable[[Seen], None] = lambda _: None
    ours: int | None = None
    inferred: bool = False  # by what two runs can share, not by an id
    _sent: float | None = None
    _lost: bool = False
    _details: bool = True
    _run: Run | None = None
    _jobs: tuple[Job, ...] = ()
    _gates: tuple[Gate, ...] = ()
    _looks: int = field(default=0)

    def operation(self) -> Operation[Seen, DispatchStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        since = None if self._sent is None else self.session.api.clock.monotonic() - self._sent
        seen = Seen(now=self.session.api.now(), ours=self.ours, since_sent=since, lost=self._lost)
        if ours(self.want, seen) is None and since is not None:
            seen = Seen(now=seen.now, since_sent=since, lost=self._lost, listed=self._newest())
        mine = ours(self.want, seen)
        if mine is None:
            return seen
        self.inferred = self.inferred or (self.ours is None and not self.want.follows and not self.want.mark)
        self.ours = mine
        if not self.want.wait:
            return seen
        self._look_at(mine)
        seen = Seen(now=self.session.api.now(), ours=mine, since_sent=since, run=self._run, jobs=self._jobs, gates=self._gates)
        self.on_look(seen)
        return seen

    def _newest(self) -> tuple[Run, ...]:
        path = f"{self.session.path}/actions/workflows/{self.want.path.rpartition('/')[2]}/runs"
        answer = self.session.api.get(path, event="workflow_dispatch", per_page=LISTED)
        return tuple(run_of(each) for each in answer.document["workflow_runs"])

    def _look_at(self, mine: int) -> None:
        """The jobs tell that they move; only where all have ended, or none has begun, the run itself knows more."""
        path = f"{self.session.path}/actions/runs/{mine}"
        self._jobs = tuple(job_of(each) for each in self.session.api.pages(f"{path}/jobs", "jobs"))
        quiet = all(job.done or job.status == "waiting" for job in self._jobs)
        if quiet or self._run is None or self._looks % RUN_EVERY == 0:
            before = self._run
            self._run = run_of(self.session.api.get(path).document)
            outdated = before is not None and self._run.attempt != before.attempt
            if outdated or (self._run.done and not (self._jobs and all(job.done for job in self._jobs))):
                self._jobs = tuple(job_of(each) for each in self.session.api.pages(f"{path}/jobs", "jobs"))
        self._looks += 1
        waits = self._run.status == "waiting" or any(job.status == "waiting" for job in self._jobs)
        self._gates = self._gates_of(path) if waits and not self._run.done else ()

    def _gates_of(self, path: str) -> tuple[Gate, ...]:
        try:
            return tuple(gate_of(each) for each in self.session.api.get(f"{path}/pending_deployments").document)
        except Refused:
            return ()  # the token may not see them; that the job waits is said all the same

    def act(self, step: DispatchStep) -> None:
        """Raises NoEffect, Lost, or Refused in GitHub's words; Cancelled where a signal came before it, OutOfTime where one came under way."""
        body: dict[str, Any] = {"ref": step.ref, "inputs": dict(step.inputs)}
        if self._details:
            body["return_run_details"] = True
        path = f"{self.session.path}/actions/workflows/{step.workflow}/dispatches"
        self._sent = self.session.api.clock.monotonic()
        try:
            answer = self.session.api.send("POST", path, body)
        except (Lost, OutOfTime):
            self._lost = True
            raise
        except (NoEffect, Cancelled):
            self._sent = None
            raise
        except Refused as error:
            self._sent = None
            if (
                self._details
                and error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
                and "return_run_details" in error.message
            ):
                self._details = False  # a server that does not know the question; it took nothing of the request
                self.act(step)
                return
            raise
        self.ours = _told(answer.document)


def _told(document: Any) -> int | None:
    """The run that an answer to a dispatch names; None where it names none, and it has to be looked for."""
    number = document.get("workflow_run_id") if isinstance(document, dict) else None
    return number if isinstance(number, int) and number > 0 else None
