"""What became of a build or a sweep, and what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credex_actions.core.faults import NOTHING_CHANGED, Exit, Fault
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.loop import Run
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar
from credex_actions.rollout.advice import Advice
from credex_actions.rollout.context import Context


@dataclass
class Result:
    """`outcome`: one word; `says`: the sentence for it. `lines`: what else a person reads; `advice`: what they are to do then."""

    run: Run
    outcome: str = ""
    says: str = ""
    version: str | None = None
    recipe: str = ""
    image: str | None = None
    lines: list[str] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    plan: tuple[str, ...] = ()
    code: Exit = Exit.DONE
    faults: tuple[Fault, ...] = ()
    left: str = NOTHING_CHANGED


def outputs(context: Context, result: Result) -> dict[str, Any]:
    told = {
        "mode": context.asked.mode,
        "run": context.run,
        "outcome": result.outcome,
        "says": result.says,
        "version": result.version,
        "recipe": result.recipe,
        "image": result.image,
        "notes": result.lines,
        "advice": [each._asdict() for each in result.advice],
        "plan": list(result.plan),
        "done": [str(step) for step in result.run.sent],
        "faults": [fault._asdict() for fault in result.faults],
        "state": result.left if result.faults else "",
    }
    outcome = result.outcome if result.code is Exit.DONE else None
    return {"outcome": outcome, "version": result.version, "image_id": result.image, "report": told}


@undisturbed()
def say(context: Context, result: Result, began: datetime, given: dict[str, Any]) -> None:
    context.runner.report |= given["report"]
    context.runner.result("\n".join(_lines(result)))
    context.runner.summary(str(_page(context, result, began)))


def _lines(result: Result) -> Iterator[str]:
    if result.outcome == "planned":
        yield "Dry run: nothing was changed. This would be done:"
        yield from (f"- {step}" for step in result.plan or ("nothing",))
    elif result.outcome:
        yield f"{result.outcome}: {result.says}"
    yield from (f"  {line}" for line in result.lines)
    for each in result.advice:
        yield f"  {each.says}{':' if each.code else ''}"
        yield from (f"      {line}".rstrip() for line in each.code.splitlines())


def _page(context: Context, result: Result, began: datetime) -> Page:
    page, asked, ended = Page(context.runner.redact), context.asked, context.clock.now()
    where = f" in {asked.environment}" if asked.environment else ""
    good = None if result.outcome == "planned" else result.code is Exit.DONE
    page.verdict(good=good, sentence=f"neo4j-ami-rollout {asked.mode}{where}: {result.outcome or 'failed'}")
    page.points([each for each in (result.says, *result.lines, *result.plan) if each])
    page.points([fault.what, fault.hint] for fault in result.faults)
    for each in result.advice:
        page.paragraph(f"{each.says}{':' if each.code else ''}")
        if each.code:
            page.code(each.code, each.language)
    bars = [
        Bar(str(step), (sent.began - began).total_seconds(), ((sent.ended or ended) - began).total_seconds(), sent.ended is None)
        for step, sent in result.run.sent.items()
    ]
    bars += [Bar(each.why, (each.began - began).total_seconds(), (each.ended - began).total_seconds()) for each in result.run.waits]
    page.timeline(asked.mode, bars)
    return page
