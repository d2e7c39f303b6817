"""What a run waits for, in words: pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from credex_actions.github.runs.seen import Gate, Job, Run

LONG: Final = 90.0
"""Seconds that a job may be queued before it is said that no runner comes."""
NAMED: Final = 3
HOSTED: Final = ("ubuntu-", "windows-", "macos-")


def going_on(run: Run, jobs: Sequence[Job], gates: Sequence[Gate], now: datetime) -> str:
    """One line on where the run stands."""
    if gates:
        return approvals(gates)
    if run.status == "pending" and not any(job.status == "in_progress" for job in jobs):
        return "it waits for another run of its concurrency group to end"
    working = [job for job in jobs if job.status == "in_progress"]
    if working:
        more = len(working) - NAMED
        return ", ".join(_doing(job) for job in working[:NAMED]) + (f" and {more} more" if more > 0 else "")
    if missing := unattended(jobs, now):
        return missing
    if any(job.status == "waiting" for job in jobs) or run.status == "waiting":
        return "a job waits for the approval or the wait timer of its environment"
    queued = [job.name for job in jobs if not job.done]
    return f"{', '.join(queued[:NAMED])} queued" if queued else "the run is queued" if not jobs else "between two jobs"


def _doing(job: Job) -> str:
    step = next((step for step in job.steps if step.status == "in_progress"), None)
    return f"{job.name}: {step.name}" if step else job.name


def approvals(gates: Sequence[Gate]) -> str:
    return "; ".join(_gate(gate) for gate in gates)


def _gate(gate: Gate) -> str:
    if gate.reviewers:
        return f"environment {gate.environment} waits for an approval by {' or '.join(gate.reviewers)}"
    if gate.timer:
        return f"environment {gate.environment} has a wait timer of {gate.timer} min"
    return f"environment {gate.environment} waits for its protection rules"


def unattended(jobs: Sequence[Job], now: datetime) -> str:
    """Says so where a job has waited long for a runner, with the likely reason; else empty."""
    return next(_unattended(jobs, now), "")


def _unattended(jobs: Sequence[Job], now: datetime) -> Iterator[str]:
    for job in jobs:
        if job.status != "queued" or job.runner or job.created is None or (now - job.created).total_seconds() < LONG:
            continue
        labels = ", ".join(job.labels) or "no labels"
        if job.labels and all(label.startswith(HOSTED) for label in job.labels):
            why = "the organization's limit of concurrent jobs or minutes may be reached, or GitHub has an incident (githubstatus.com)"
        elif "self-hosted" in job.labels:
            why = "probably no self-hosted runner with all of these labels is online and idle"
        else:
            why = "probably no runner has this label: it may be misspelt, or a larger runner that this repository may not use"
        yield f"no runner has picked up {job.name} ({labels}) for {(now - job.created).total_seconds() / 60:.0f} min; {why}"
