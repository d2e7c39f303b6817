"""Runs and jobs as GitHub's API tells them, read into values: nothing is judged here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

UNFINISHED: Final = frozenset(("queued", "in_progress", "waiting", "requested", "pending"))
FORGIVEN: Final = frozenset(("success", "skipped", "neutral"))


@dataclass(frozen=True)
class Step:
    number: int
    name: str
    status: str
    conclusion: str
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Job:
    """`name`: as the run's page shows it; `caller / callee` in a reused workflow, `name (a, b)` in a matrix."""

    id: int
    name: str
    status: str
    conclusion: str = ""
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    labels: tuple[str, ...] = ()
    runner: str = ""
    url: str = ""
    steps: tuple[Step, ...] = ()
    attempt: int = 1

    @property
    def ran(self) -> bool:
        """Whether a runner had it: a job that was rejected at its environment, or skipped, has no log."""
        return bool(self.runner or self.steps)

    @property
    def done(self) -> bool:
        return self.status == "completed"

    @property
    def failed(self) -> bool:
        return self.done and self.conclusion not in FORGIVEN

    @property
    def failed_step(self) -> Step | None:
        """The step to blame: one that failed before one that was only cancelled."""
        bad = [step for step in self.steps if step.conclusion not in FORGIVEN and step.status == "completed"]
        return next((step for step in bad if step.conclusion != "cancelled"), next(iter(bad), None))


@dataclass(frozen=True)
class Run:
    id: int
    status: str
    conclusion: str
    url: str
    title: str = ""
    attempt: int = 1
    event: str = ""
    branch: str = ""
    sha: str = ""
    actor: str = ""
    workflow: int = 0
    path: str = ""
    created: datetime | None = None
    started: datetime | None = None
    updated: datetime | None = None

    @property
    def done(self) -> bool:
        return self.status == "completed"


@dataclass(frozen=True)
class Gate:
    """An environment that a run waits to be let into, and who may let it. `timer`: minutes of its wait timer."""

    environment: str
    reviewers: tuple[str, ...]
    timer: int = 0


def run_of(document: Mapping[str, Any]) -> Run:
    return Run(
        id=document["id"],
        status=document.get("status") or "queued",
        conclusion=document.get("conclusion") or "",
        url=document["html_url"],
        title=document.get("display_title") or "",
        attempt=document.get("run_attempt") or 1,
        event=document.get("event") or "",
        branch=document.get("head_branch") or "",
        sha=document.get("head_sha") or "",
        actor=(document.get("triggering_actor") or document.get("actor") or {}).get("login", ""),
        workflow=document.get("workflow_id") or 0,
        path=(document.get("path") or "").partition("@")[0],
        created=moment(document.get("created_at")),
        started=moment(document.get("run_started_at")),
        updated=moment(document.get("updated_at")),
    )


def job_of(document: Mapping[str, Any]) -> Job:
    return Job(
        id=document["id"],
        name=document["name"],
        status=document["status"],
        conclusion=document.get("conclusion") or "",
        created=moment(document.get("created_at")),
        started=moment(document.get("started_at")),
        ended=moment(document.get("completed_at")),
        labels=tuple(document.get("labels") or ()),
        runner=document.get("runner_name") or "",
        url=document.get("html_url") or "",
        steps=tuple(step_of(each) for each in document.get("steps") or ()),
        attempt=document.get("run_attempt") or 1,
    )


def newer_run(before: Run | None, found: Run) -> Run:
    """What is known after a look. Reads lag: attempts only grow, and what has ended continues in a new one alone."""
    if before is None or found.attempt > before.attempt:
        return found
    return before if found.attempt < before.attempt or (before.done and not found.done) else found


def newer_jobs(before: Sequence[Job], found: Sequence[Job]) -> tuple[Job, ...]:
    """The same of jobs. Within an attempt none goes away."""
    attempts = [max((job.attempt for job in jobs), default=0) for jobs in (before, found)]
    if attempts[0] != attempts[1]:
        return tuple(before if attempts[0] > attempts[1] else found)
    known = {job.id: job for job in before}
    for job in found:
        known[job.id] = known[job.id] if job.id in known and known[job.id].done else job
    return tuple(known.values())


def step_of(document: Mapping[str, Any]) -> Step:
    return Step(
        number=document["number"],
        name=document["name"],
        status=document["status"],
        conclusion=document.get("conclusion") or "",
        started=moment(document.get("started_at")),
        ended=moment(document.get("completed_at")),
    )


def gate_of(document: Mapping[str, Any]) -> Gate:
    reviewers = (each.get("reviewer") or {} for each in document.get("reviewers") or ())
    names = tuple(str(each.get("login") or f"team {each.get('slug') or each.get('name')}") for each in reviewers)
    return Gate(str(document["environment"].get("name", "")), names, document.get("wait_timer") or 0)


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
