"""What is said of a plan: outputs, the file, lines, the job summary."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from credex_actions.core.private_file import temporary_path, write_private
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar
from credex_actions.neo4j.configuration.groups import BETWEEN
from credex_actions.rollout.context import Context
from credex_actions.rollout.planning.plan import Change, Plan
from credex_actions.rollout.planning.planning import Planning
from credex_actions.rollout.user_data.content import counted

NOT_NOW = "It counts when the plan is applied, not now."


def write(context: Context, plan: Plan) -> str:
    """The path of the JSON. Raises Failure(BAD_INPUT) where it cannot be written."""
    path = context.asked.plan_file or temporary_path(context.runner.environment, "rollout-plan")
    text = context.runner.redact(json.dumps(plan.told(), indent=2, ensure_ascii=False)) + "\n"
    write_private(path, text.encode(), "plan-file")
    return path


def outputs(context: Context, plan: Plan, path: str) -> dict[str, Any]:
    return {
        "outcome": plan.outcome,
        "version": plan.version,
        "image_id": plan.image,
        "plan_id": plan.id or None,
        "plan": path,
        "report": {"mode": context.asked.mode, "run": context.run} | plan.told(),
    }


def say(context: Context, plan: Plan, planning: Planning, began: datetime, path: str) -> None:
    context.runner.report |= {"mode": context.asked.mode, "run": context.run} | plan.told()
    context.runner.result("\n".join(lines(plan, path)))
    context.runner.summary(str(page(context, plan, planning, began)))


def lines(plan: Plan, path: str) -> Iterator[str]:
    if not plan.changes:
        yield "current: nothing would be changed"
    else:
        yield f"planned: {plan.id}"
    alike = _alike(plan)
    for number, change in enumerate(plan.changes, 1):
        yield f"{number}. {change.name} ({change.basis.instance}), expected downtime: {change.expected}"
        yield from (f"   {each}" for each in (*change.changes, *change.notes))
        yield from (f"     {each}" for each in ((_as_those_of(alike[change.name]),) if change.name in alike else change.user_data))
    yield from in_batches(plan)
    yield from (f"{name}: current: {why}" for name, why in plan.current.items())
    yield from (f"- {gate}" for gate in plan.gates)
    if plan.window:
        yield f"- {plan.window}{f'. {NOT_NOW}' if plan.window.stops else ''}"
    yield f"Terraform plan: {plan.guard}"
    yield from (f"{each}." if not each.endswith("/") else each for each in plan.notes)
    yield f"Plan: {path}"


def _alike(plan: Plan) -> dict[str, str]:
    """Of databases whose user data change as those of one before, the name of that one: of a group all do."""
    first: dict[tuple[str, ...], str] = {}
    found = {each.name: first.setdefault(each.user_data, each.name) for each in plan.changes if each.user_data}
    return {name: other for name, other in found.items() if name != other}


def _as_those_of(name: str) -> str:
    return f"User data: changed as those of {name}"


def in_batches(plan: Plan) -> Iterator[str]:
    """Where there is a group: else the numbers say it all."""
    if not any(BETWEEN in change.name for change in plan.changes):
        return
    for number, batch in enumerate(plan.batches, 1):
        yield f"batch {number}: {', '.join(batch)}"
    yield f"expected until the end: {plan.lasts}"


def page(context: Context, plan: Plan, planning: Planning, began: datetime) -> Page:
    page, asked, ended = Page(context.runner.redact), context.asked, context.clock.now()
    where = f" in {asked.environment}" if asked.environment else ""
    shut = len(plan.shut)
    word = f"{plan.outcome}, {shut} gate{'' if shut == 1 else 's'} shut" if shut else plan.outcome
    page.verdict(good=not shut, sentence=f"neo4j-ami-rollout {asked.mode}{where}: {word}")
    if plan.id:
        page.facts((("Plan", plan.id), ("Neo4j", plan.version), ("AMI", plan.image), ("Recipe", plan.recipe)))
    alike = _alike(plan)
    for number, change in enumerate(plan.changes, 1):
        page.heading(f"{number}. {change.name}")
        page.facts(_facts(change))
        if change.name in alike:
            page.points([_as_those_of(alike[change.name])])
        elif change.user_data:
            with page.folded(f"User data: {counted(change.user_data)}"):
                page.code("\n".join(change.user_data), "diff")
    page.points([[each] for each in in_batches(plan)], title="Batches")
    page.points([f"{name}: {why}" for name, why in plan.current.items()], title="Current")
    page.points([[str(gate), gate.hint if gate.stops else ""] for gate in plan.gates if gate.shut], title="Shut gates")
    opened = sum(not gate.shut for gate in plan.gates)
    with page.folded(f"{opened} open gate{'' if opened == 1 else 's'}"):
        page.points([str(gate) for gate in plan.gates if not gate.shut])
    last = [f"Terraform plan: {plan.guard}", *plan.notes]
    if plan.window:
        last.insert(0, f"{plan.window}{f'. {NOT_NOW}' if plan.window.stops else ''}")
    page.points(last, title="Besides")
    bars = [
        Bar(f"{name}: {step}" if name else str(step), _since(began, sent.began), _since(began, sent.ended or ended), sent.ended is None)
        for name, run in (("", planning.run), *planning.runs.items())
        for step, sent in run.sent.items()
    ]
    page.timeline(asked.mode, sorted(bars, key=lambda bar: bar.begins))
    return page


def _since(began: datetime, moment: datetime) -> float:
    return (moment - began).total_seconds()


def _facts(change: Change) -> Iterator[tuple[str, list[str]]]:
    yield "Changes", list(change.changes)
    yield "Expected downtime", [str(change.expected)]
    yield "Backup", [change.backup or "none"]
    yield "Notes", list(change.notes)
