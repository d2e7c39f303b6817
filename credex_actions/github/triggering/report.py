"""How a triggered run ended, for a person, for the job summary, and as an exit code."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.progress import elapsed
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.text import one_line
from credex_actions.core.timeline import Bar
from credex_actions.github.dispatching.steps import HOW_TO, Dispatch
from credex_actions.github.runs.seen import FORGIVEN, Job, Run
from credex_actions.github.triggering.request import Asked
from credex_actions.github.triggering.story import MARKS

MEANINGS: Final = {
    "": "ended without a conclusion",
    "startup_failure": "startup_failure: GitHub could not start it; the workflow file, or one that it calls, has an error",
    "action_required": "action_required: it waits for approval",
    "stale": "stale: GitHub marked it as stale after 14 days",
}


@dataclass
class Result:
    """`known`: the run's id, also before it was seen. `failing`: the last lines of what failed, by job. `stopping`: what became of the cancellation.
    `inferred`: the run was found by what two runs can share.
    """

    run: Run | None = None
    known: int | None = None
    known_url: str = ""
    inferred: bool = False
    jobs: tuple[Job, ...] = ()
    failing: dict[str, list[str]] = field(default_factory=dict)
    exit: Exit = Exit.DONE
    why: str = ""
    stopping: str = ""

    @property
    def number(self) -> int | None:
        return self.run.id if self.run else self.known

    def end(self, code: Exit, why: str) -> None:
        self.exit, self.why = code, why

    def ended(self) -> None:
        """The run has ended by itself."""
        conclusion = self.run.conclusion if self.run else ""
        self.end(Exit.DONE if conclusion in FORGIVEN else Exit.FAILED, MEANINGS.get(conclusion, conclusion))

    def outputs(self) -> dict[str, str | None]:
        if self.run is None:
            return {"run_id": str(self.known) if self.known else None, "run_url": self.known_url or None, "conclusion": None}
        return {"run_id": str(self.run.id), "run_url": self.run.url, "conclusion": self.run.conclusion or None}


def way_back(asked: Asked, number: int) -> str:
    """The command that continues following the run."""
    return f"Follow it again: credex-actions trigger-dev-deploy --repository {asked.place.repository} --run-id {number}"


@undisturbed()
def conclude(runner: Runner, asked: Asked, result: Result) -> dict[str, str | None]:
    """The outputs. Raises Partial with the exit code where the run did not succeed or was not seen to its end."""
    run = result.run
    sentence = _sentence(asked, result)
    runner.report.update({"why": result.why, "jobs": [_reported(job) for job in result.jobs]})
    page = Page(runner.redact)
    _summary(page, result, _sentence(asked, result, linked=False))
    runner.summary(str(page))
    if result.inferred:
        hint = f"To make this certain, add an input to the workflow that its run-name shows ({HOW_TO})."
        runner.warning(Fault("the run was identified by actor, commit, branch and time: GitHub did not return its id", hint))
    if result.exit == Exit.DONE:
        runner.result(sentence)
        if run and run.conclusion in ("neutral", "skipped"):
            runner.warning(
                Fault(f"the run's conclusion is {run.conclusion}: nothing failed, but possibly nothing was done", f"See {run.url}")
            )
        return result.outputs()
    again = way_back(asked, result.number) if result.number else Dispatch.unseen
    hint = f"See {run.url}" if run and run.done else again
    raise Partial(Failure(result.exit, Fault(sentence, hint), left=_left(result)), result.outputs(), summarised=True)


def _left(result: Result) -> str:
    run = result.run
    if run and run.done:
        return f"run {run.id} has ended: {run.conclusion}"
    return f"run {result.number} continues{f' ({run.status})' if run else ''}" if result.number else "a run may have been dispatched"


def _sentence(asked: Asked, result: Result, *, linked: bool = True) -> str:
    run = result.run
    name = f"{one_line(run.title, 80)} (run {run.id})" if run and run.title else f"run {result.number}" if result.number else "the run"
    by_itself = run is not None and run.done and result.exit in (Exit.DONE, Exit.FAILED)
    took = f" after {elapsed(_seconds(run.started, run.updated))}" if run and by_itself else ""
    failed = [job.name for job in result.jobs if job.failed]
    blame = f"; failed: {', '.join(one_line(each, 80) for each in failed[:5])}" if failed else ""
    more = f"; {result.stopping}" if result.stopping else ""
    said = f"{name} on {asked.place.repository}: {result.why}{took}{blame}{more}"
    return f"{said}. {_url(result)}".rstrip() if linked else said


def _url(result: Result) -> str:
    return result.run.url if result.run else result.known_url


def _summary(page: Page, result: Result, sentence: str) -> None:
    good = result.exit == Exit.DONE and (result.run is None or result.run.conclusion in ("", "success"))
    page.verdict(good=True if good else None if result.exit == Exit.DONE else False, sentence=sentence)
    if url := _url(result):
        page.link(f"Run {result.number}", url)
    page.facts((job.name, list(_ended(job))) for job in result.jobs)
    for name, lines in result.failing.items():
        with page.folded(f"Last lines of {name}"):
            page.code("\n".join(lines))
    page.timeline("Jobs", _bars(result.jobs))


def _ended(job: Job) -> Iterator[str]:
    mark = f"{MARKS[job.conclusion]} " if job.conclusion in MARKS else ""
    took = f", {_took(job)}" if _took(job) else ""
    yield f"{mark}{job.conclusion or job.status}{took}"
    if job.failed_step:
        yield f"at: {job.failed_step.name}"


def _bars(jobs: tuple[Job, ...]) -> list[Bar]:
    ran = [(job, job.started, job.ended) for job in jobs if job.started and job.ended and job.conclusion != "skipped"]
    zero = min((started for _, started, _ in ran), default=None)
    return [Bar(job.name, _seconds(zero, started), _seconds(zero, ended), job.failed) for job, started, ended in ran]


def _took(job: Job) -> str:
    return elapsed(_seconds(job.started, job.ended)) if job.started and job.ended and job.conclusion != "skipped" else ""


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    return max((end - begin).total_seconds(), 0.0) if begin and end else 0.0


def _reported(job: Job) -> dict[str, object]:
    return {"name": job.name, "conclusion": job.conclusion, "seconds": _seconds(job.started, job.ended), "url": job.url}
