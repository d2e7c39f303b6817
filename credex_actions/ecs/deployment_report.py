"""The last word of a deployment: the exit, the sentences, and the job summary."""

from collections.abc import Iterator
from datetime import datetime

from credex_actions.core.edge import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.progress import elapsed
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar
from credex_actions.ecs.outcome import EXITS, NEXT, Result, short
from credex_actions.ecs.request import Request
from credex_actions.ecs.stopped_tasks import sentences

MOST_TASKS_SHOWN = 5
"""Stopped tasks in the job summary; a crash loop repeats itself, and the log tells all."""


_OF_TASK = {"timed-out": "time ran out while", "cancelled": "it was cancelled while"}


def sentence(asked: Request, result: Result) -> str:
    """What happened, for a verdict line."""
    where = f"{asked.service} in {asked.cluster}"
    ours, former = short(result.revision) or "the revision", short(result.former) or "the former revision"
    if _in_task(result) and result.outcome in _OF_TASK:
        return f"{_OF_TASK[result.outcome]} the task of {ours} ran"
    match result.outcome:
        case "completed":
            return f"{ours} is in place in {where}, which is to run 0 tasks" if result.tasks == 0 else f"{ours} serves in {where}"
        case "started":
            return f"the deployment of {ours} to {where} was started, and not followed"
        case "registered":
            return f"{ours} is registered; no service was asked for"
        case "unchanged":
            if not asked.service:
                return f"{ours} means the same already: nothing to do"
            does = "is in place" if result.tasks == 0 else "serves"
            return f"{ours} {does} in {where} already{' (0 tasks)' if result.tasks == 0 else ''}: nothing to do"
        case "rolled-back":
            return f"{ours} failed in {where}, and {'CodeDeploy' if result.codedeploy else 'ECS'} put {former} back"
        case "superseded":
            return f"{ours} does not serve in {where}: another deployment took over"
        case "scaled-to-zero":
            return f"{where} was set to 0 tasks while {ours} was deployed"
        case "timed-out":
            return f"time ran out while {ours} was deployed to {where}"
        case "cancelled":
            return f"the deployment of {ours} to {where} was cancelled"
        case _:
            return f"{ours} failed in {where}" if asked.service else f"the task of {ours} failed"


def _in_task(result: Result) -> bool:
    """It ended while the task of run-task ran, before any service was touched."""
    return bool(result.run_tasks) and not (result.deployment or result.codedeploy)


def _follows(asked: Request) -> str:
    """What running the same command again does with a deployment that goes on."""
    anew = [name for name, given in (("force-new-deployment", asked.force), ("service-managed-ebs-volume", asked.volumes)) if given]
    if not asked.skip_unchanged:
        anew.append("skip-unchanged: false")
    if anew:
        return f"the same command without {' and '.join(anew)} follows it; with {'it' if len(anew) == 1 else 'them'} another one is started"
    return "running the same command again follows it"


def state(asked: Request, result: Result) -> str:
    """What is left, for the end of an error message."""
    if result.put_back:
        return result.put_back
    match result.outcome:
        case "rolled-back":
            return f"{short(result.former) or 'the former revision'} serves; {short(result.revision)} stays registered and unused"
        case "timed-out" | "cancelled":
            return f"deployment {result.deployment or 'of this run'} goes on in ECS; {_follows(asked)}"
        case "failed" if asked.service and result.deployment:
            return f"the service {asked.service} is left with {short(result.revision)} as its wanted revision, and was not put back"
        case "scaled-to-zero":
            return f"the service {asked.service} stands at 0 tasks"
        case _:
            return f"{short(result.revision)} is registered" if result.revision else "nothing was changed"


def advice(asked: Request, result: Result) -> str:
    """What to do next."""
    if result.outcome == "timed-out":
        if _in_task(result):
            return f"Run the same command again: it follows the task where it is{', and deploys once it has ended well' if asked.service else ''}."
        first = _follows(asked)
        return f"{first[0].upper()}{first[1:]}. A circuit breaker on the service would end a hopeless one."
    if result.outcome == "failed" and not (result.deployment or result.codedeploy):
        return "Look at the reasons of the stopped tasks, mend them, and run this again; no service was touched."
    if result.outcome == "failed" and result.put_back:
        return "Look at the reasons of the stopped tasks, mend them, and deploy again."
    return NEXT.get(result.outcome, "Run the same command again: it continues.")


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
    for task in result.stopped[:MOST_TASKS_SHOWN]:
        first, *rest = sentences(task)
        with page.folded(first):
            page.outline(rest)
    if len(result.stopped) > MOST_TASKS_SHOWN:
        page.paragraph(f"… and {len(result.stopped) - MOST_TASKS_SHOWN} more stopped tasks; the log of this step has them all.")
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
