"""What is new between two looks at a run, in lines: pure."""

from collections.abc import Iterator

from credex_actions.core.progress import elapsed
from credex_actions.github.dispatching.steps import Seen
from credex_actions.github.runs.seen import Job, Step

MARKS = {"success": "✓", "failure": "✗", "timed_out": "✗", "cancelled": "■", "skipped": "-", "neutral": "-"}


def news(before: Seen | None, seen: Seen) -> Iterator[str]:
    """Attempts, jobs that began or ended, steps that ended."""
    if before and before.run and seen.run and before.run.attempt != seen.run.attempt:
        yield f"Somebody re-ran it: attempt {seen.run.attempt} is followed now."
    known = {job.id: job for job in before.jobs} if before else {}
    for job in seen.jobs:
        yield from _job_news(known.get(job.id), job)


def _job_news(before: Job | None, job: Job) -> Iterator[str]:
    old_steps = {step.number: step for step in before.steps} if before else {}
    if job.status == "in_progress" and (before is None or before.status != "in_progress"):
        yield f"● {job.name} started{f' on {job.runner}' if job.runner else ''}"
    for step in job.steps:
        old = old_steps.get(step.number)
        if step.status == "completed" and (old is None or old.status != "completed") and step.conclusion != "skipped":
            yield f"  {MARKS.get(step.conclusion, '?')} {job.name}: {step.name}{_took(step)}"
    if job.done and (before is None or not before.done):
        yield f"{MARKS.get(job.conclusion, '?')} {job.name}: {job.conclusion}{_took(job)}"


def _took(part: Job | Step) -> str:
    if not (part.started and part.ended):
        return ""
    seconds = (part.ended - part.started).total_seconds()
    return f" ({elapsed(seconds)})" if seconds >= 1 else ""
