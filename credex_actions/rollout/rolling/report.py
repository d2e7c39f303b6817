"""What is said of a roll-out: outputs, lines, the job summary."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from credex_actions.core.faults import Exit
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.private_file import temporary_path, write_private
from credex_actions.core.summary import Page
from credex_actions.rollout.context import Context
from credex_actions.rollout.rolling import telling
from credex_actions.rollout.rolling.outcome import Result, Rolled, exit_of
from credex_actions.rollout.rolling.status import Statuses
from credex_actions.rollout.rolling.timeline import bars, timeline


def outputs(context: Context, result: Result, began: datetime) -> dict[str, Any]:
    told = timeline(context, result, began, context.clock.now())
    done = any(run.sent for each in result.databases for run in each.runs)
    return {
        "outcome": result.outcome,
        "version": str(result.version) if result.version else None,
        "image_id": result.image,
        "plan_id": result.plan_id,
        "timeline": _written(context, told) if done else None,
        "report": _report(context, result),
    }


def _written(context: Context, told: dict[str, Any]) -> str:
    path = temporary_path(context.runner.environment, "timeline")
    write_private(path, f"{context.runner.redact(json.dumps(told, indent=2))}\n".encode(), "timeline")
    return path


def _report(context: Context, result: Result) -> dict[str, Any]:
    return {
        "mode": context.asked.mode,
        "run": context.run,
        "outcome": result.outcome,
        "version": str(result.version) if result.version else None,
        "image": result.image,
        "databases": [_database(each) for each in result.databases],
        "faults": [fault._asdict() for fault in result.faults],
        "state": result.left,
    }


def _database(rolled: Rolled) -> dict[str, Any]:
    return {
        "name": rolled.name,
        "outcome": rolled.outcome,
        "says": rolled.says,
        "notes": rolled.lines,
        "plan": list(rolled.plan),
        "done": [str(step) for run in rolled.runs for step in run.sent],
        "downtime-seconds": rolled.downtime,
        "faults": [fault._asdict() for fault in rolled.faults],
        "state": rolled.left if rolled.faults else "",
    }


@undisturbed()
def say(context: Context, result: Result, began: datetime, given: dict[str, Any]) -> None:
    context.runner.report |= given["report"]
    context.runner.result("\n".join(_lines(result)))
    context.runner.summary(str(_page(context, result, began)))


def _lines(result: Result) -> Iterator[str]:
    if result.outcome == "planned":
        if result.refused:
            yield "Dry run: nothing was changed. Now it would be refused (exit code 3), as warned above; without that, this would be done:"
        else:
            yield "Dry run: nothing was changed. This would be done:"
    for each in result.databases:
        yield f"{each.name}: {each.outcome}{f': {each.says}' if each.says else ''}"
        yield from (f"  - {step}" for step in each.plan)
        yield from (f"  {line}" for line in each.lines)


def _page(context: Context, result: Result, began: datetime) -> Page:
    page, asked, ended = Page(context.runner.redact), context.asked, context.clock.now()
    where = f" in {asked.environment}" if asked.environment else ""
    good = None if result.outcome == "planned" else exit_of(result) is Exit.DONE
    page.verdict(
        good=good,
        sentence=f"neo4j-ami-rollout {asked.mode}{where}: {result.outcome or 'failed'}{', and would be refused now' if result.refused else ''}",
    )
    page.points([fault.what, fault.hint] for fault in (*result.refused, *result.faults))
    for each in result.databases:
        page.heading(f"{each.name}: {each.outcome}")
        lines = [[line] for line in (each.says, *each.lines, *each.plan) if line]
        page.points([*lines, *([fault.what, fault.hint] for fault in each.faults)])
    page.timeline(asked.mode, bars(result.databases, began, ended))
    return page


def of_status(context: Context, statuses: Statuses) -> dict[str, Any]:
    return {"outcome": statuses.outcome, "report": telling.report(statuses, context.clock.now())}


@undisturbed()
def say_status(context: Context, statuses: Statuses, given: dict[str, Any]) -> None:
    context.runner.report |= given["report"]
    lock = telling.told_of_lock(statuses, context.clock.now())
    page = Page(context.runner.redact)
    where = f" in {context.asked.environment}" if context.asked.environment else ""
    good = None if any(each.unfinished for each in statuses.databases) else not any(each.fault for each in statuses.databases)
    page.verdict(good=good, sentence=f"neo4j-ami-rollout status{where}: {statuses.outcome or 'not known'}")
    page.points([lock])
    lines = [lock]
    for each in statuses.databases:
        told = [each.fault.what] if each.fault else telling.told_of(each)
        lines += [f"{each.name}:", *(f"  {line}" for line in told)]
        page.heading(each.name)
        page.points(told)
    context.runner.result("\n".join(lines))
    context.runner.summary(str(page))
