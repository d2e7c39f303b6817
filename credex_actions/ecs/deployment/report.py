"""The last word of a deployment: the exit, the sentences, and the job summary."""

from collections.abc import Iterator
from datetime import datetime

from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.loop import Run
from credex_actions.core.progress import elapsed
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar
from credex_actions.ecs.arns import short
from credex_actions.ecs.deployment.request import Request
from credex_actions.ecs.outcome import EXITS, NEXT, Result
from credex_actions.ecs.tasks.same_cause import by_cause, report

MOST_CAUSES_SHOWN = 5
"""Causes of stopped tasks in the job summary; the log has them all."""


_OF_TASK = {"timed-out": "timed out while", "cancelled": "cancelled while"}


def sentence(asked: Request, result: Result) -> str:
    """What happened, for a verdict line."""
    where = f"{asked.service} in {asked.cluster}"
    ours, former = short(result.revision) or "the revision", short(result.former) or "the previous revision"
    if _in_task(result) and result.outcome in _OF_TASK:
        return f"{_OF_TASK[result.outcome]} the task of {ours} was running"
    match result.outcome:
        case "completed":
            return f"deployment completed: {ours} {'is in place in' if result.tasks == 0 else 'serves in'} {where}{', with a desired count of 0' if result.tasks == 0 else ''}"
        case "started":
            return f"deployment started: {ours} to {where}; it was not followed"
        case "registered":
            return f"registered: {ours}; no service was provided"
        case "unchanged":
            return _unchanged(asked, result, ours, where)
        case "rolled-back":
            return f"rolled back: {ours} failed in {where}, and {'CodeDeploy' if result.codedeploy else 'ECS'} rolled back to {former}"
        case "superseded":
            return f"superseded: another deployment replaced that of {ours} in {where}"
        case "scaled-to-zero":
            return f"scaled to zero: the desired count of {where} was set to 0 while {ours} was being deployed"
        case "timed-out":
            return f"timed out while {ours} was being deployed to {where}"
        case "cancelled":
            return f"cancelled: the deployment of {ours} to {where}"
        case _:
            return f"deployment failed: {ours} in {where}" if asked.service else f"task failed: {ours}"


def _unchanged(asked: Request, result: Result, ours: str, where: str) -> str:
    if not asked.service:
        return f"unchanged: the task definition does not differ from {ours}"
    does, none = ("is in place", ", with a desired count of 0") if result.tasks == 0 else ("serves", "")
    if result.followed:
        return f"unchanged: {ours} {does} in {where}{none}; its deployment, which was in progress, completed"
    return f"unchanged: {ours} already {does} in {where}{none}"


def _in_task(result: Result) -> bool:
    """It ended while the task of run-task ran, before any service was touched."""
    return bool(result.run_tasks) and not (result.deployment or result.codedeploy)


def _follows(asked: Request) -> str:
    """What running the same command again does with a deployment that continues."""
    anew = [name for name, given in (("force-new-deployment", asked.force), ("service-managed-ebs-volume", asked.volumes)) if given]
    if not asked.skip_unchanged:
        anew.append("skip-unchanged: false")
    if anew:
        return f"running the same command without {' and '.join(anew)} follows it; with {'it' if len(anew) == 1 else 'them'}, another one is started"
    return "running the same command again follows it"


def state(asked: Request, result: Result) -> str:
    """What is left, for the end of an error message."""
    if result.put_back:
        return result.put_back
    match result.outcome:
        case "rolled-back":
            return f"{short(result.former) or 'the previous revision'} serves; {short(result.revision)} stays registered and unused"
        case "timed-out" | "cancelled":
            return f"deployment {result.deployment or 'of this run'} continues in ECS; {_follows(asked)}"
        case "failed" if asked.service and result.deployment:
            return f"the service {asked.service} still has {short(result.revision)} as its task definition; it was not rolled back"
        case "scaled-to-zero":
            return f"the service {asked.service} has a desired count of 0"
        case _:
            return f"{short(result.revision)} is registered" if result.revision else "nothing was changed"


def advice(asked: Request, result: Result) -> str:
    """What to do next."""
    if result.outcome == "timed-out":
        if _in_task(result):
            return f"Run the same command again: it follows the running task{', and deploys once the task has succeeded' if asked.service else ''}."
        first = _follows(asked)
        return f"{first[0].upper()}{first[1:]}. A deployment circuit breaker on the service ends a deployment that cannot succeed sooner."
    if result.outcome == "failed" and not (result.deployment or result.codedeploy):
        return "Check why the tasks stopped, fix the cause, and run this again; no service was changed."
    if result.outcome == "failed" and result.put_back:
        return "Check why the tasks stopped, fix the cause, and deploy again."
    return NEXT.get(result.outcome, "Run the same command again: it continues where this run stopped.")


@undisturbed()
def conclude(runner: Runner, run: Run, asked: Request, result: Result, code: Exit | None = None) -> dict[str, str | None]:
    """Writes the job summary and answers the outputs; raises Partial for an outcome that is no success."""
    code = EXITS.get(result.outcome, Exit.FAILED) if code is None else code
    words = sentence(asked, result)
    runner.report.update(steps=list(_steps(run)), outcome=result.outcome, why=result.why)
    page = Page(runner.redact)
    _summary(page, run, asked, result, code)
    runner.summary(str(page))
    if code == Exit.DONE:
        runner.result(f"{words}{f': {result.why}' if result.why else ''}.")
        return result.outputs()
    fault = Fault(f"{words}{f': {result.why}' if result.why else ''}", advice(asked, result))
    raise Partial(Failure(code, fault, left=state(asked, result)), result.outputs(), summarised=True)


def _steps(run: Run) -> Iterator[dict[str, str | None]]:
    for step, sent in run.sent.items():
        yield {"step": str(step), "began": sent.began.isoformat(), "ended": sent.ended.isoformat() if sent.ended else None}


def _summary(page: Page, run: Run, asked: Request, result: Result, code: Exit) -> None:
    page.verdict(good=code == Exit.DONE, sentence=sentence(asked, result))
    if code != Exit.DONE:
        page.facts([("Why", result.why), ("State", state(asked, result)), ("Next", advice(asked, result))])
    causes = by_cause(result.stopped)
    for tasks in causes[:MOST_CAUSES_SHOWN]:
        first, *rest = report(tasks)
        with page.folded(first):
            page.outline(rest)
    if more := sum(map(len, causes[MOST_CAUSES_SHOWN:])):
        page.paragraph(f"… and {more} more stopped {'task' if more == 1 else 'tasks'}; the log of this step has them all.")
    page.facts(
        [
            ("Service", asked.service or ""),
            ("Cluster", asked.cluster if asked.service else ""),
            ("Revision", short(result.revision)),
            ("Before", short(result.former)),
            ("Deployment", result.deployment or result.codedeploy),
            ("Outcome", result.outcome),
            ("Why", result.why if code == Exit.DONE else ""),
            ("Took", _took(run)),
        ]
    )
    if run.sent:
        page.timeline("deployment", _bars(run, bad=code != Exit.DONE))


def _times(run: Run) -> list[datetime]:
    return [time for sent in run.sent.values() for time in (sent.began, sent.ended) if time] + [
        time for wait in run.waits for time in (wait.began, wait.ended)
    ]


def _took(run: Run) -> str:
    times = _times(run)
    return elapsed((max(times) - min(times)).total_seconds()) if times else ""


def _bars(run: Run, *, bad: bool) -> list[Bar]:
    """`bad`: it did not end well; where no phase says that it failed, that was the last one's."""
    begin = min(_times(run))
    phases = [(str(step), sent.began, sent.ended or sent.began, sent.ended is None) for step, sent in run.sent.items()]
    phases += [(wait.why, wait.began, wait.ended, "failed" in wait.why) for wait in run.waits]
    phases.sort(key=lambda phase: phase[1])
    bars = [Bar(name, (began - begin).total_seconds(), (ended - begin).total_seconds(), failed) for name, began, ended, failed in phases]
    if bad and not any(bar.failed for bar in bars):
        bars[-1] = bars[-1]._replace(failed=True)
    return bars
