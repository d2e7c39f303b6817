"""What is said of backups: outputs, the list, the job summary. It never holds what is in a database."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from credex_actions.backup import ages
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context
from credex_actions.backup.outcome import Result
from credex_actions.backup.reading import of_database
from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar

KIB = 1024
MOST_LISTED = 100


def outputs(context: Context, results: Sequence[Result], backups: list[Backup]) -> dict[str, Any]:
    ids = {}
    for name in context.asked.databases:
        handled = next((result.backup for result in results if result.name == name and result.backup), None)
        newest = handled or ages.newest_good(of_database(backups, name))
        if newest:
            ids[name] = newest.id
    return {
        "backup_ids": json.dumps(ids),
        "verdict": verdict(context, results, backups),
        "evidence": None,
        "report": _report(context, results, backups),
    }


def verdict(context: Context, results: Sequence[Result], backups: list[Backup]) -> str | None:
    """The worst of all databases. None where a mode failed before it could tell."""
    asked = context.asked
    outcomes = {result.outcome for result in results}
    if "differs" in outcomes:
        return "differs"
    if asked.mode == "drill" and not asked.dry_run:
        return "proven" if outcomes == {"proven"} else None
    now = context.clock.now()
    return "stale" if any(ages.stale(name, of_database(backups, name), asked.maximum_age, now) for name in asked.databases) else "fresh"


@undisturbed()
def say(
    context: Context, results: Sequence[Result], backups: list[Backup], began: datetime, ended: datetime, given: dict[str, Any]
) -> None:
    runner, asked = context.runner, context.asked
    runner.report |= given["report"]
    lines = list(_lines(context, results))
    if asked.mode == "list":
        lines += list(_table(context, backups))
    if given["evidence"]:
        lines.append(f"Evidence: {given['evidence']}, and a page for people beside it (.html)")
    runner.result("\n".join(lines))
    runner.summary(str(_page(context, results, backups, began, ended, given)))


def _report(context: Context, results: Sequence[Result], backups: list[Backup]) -> dict[str, Any]:
    listed = [each for name in context.asked.databases for each in ages.newest_first(of_database(backups, name))]
    return {
        "mode": context.asked.mode,
        "run": context.run,
        "backups": [each.told() for each in listed],
        "databases": [_told(result) for result in results],
    }


def _told(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "outcome": result.outcome,
        "says": result.says,
        "notes": result.lines,
        "plan": list(result.plan),
        "faults": [fault._asdict() for fault in result.faults],
        "state": result.left if result.faults else "",
    }


def _lines(context: Context, results: Sequence[Result]) -> Iterator[str]:
    if context.asked.dry_run and context.asked.mode != "list":
        yield "Dry run: nothing was changed. This would be done:"
    for result in results:
        if result.plan or result.outcome == "planned":
            yield f"{result.name}:"
            yield from (f"- {step}" for step in result.plan or ("nothing",))
        elif result.says or result.outcome:
            yield f"{result.name}: {result.outcome}: {result.says}"
        yield from (f"  {line}" for line in result.lines)


def _table(context: Context, backups: list[Backup]) -> Iterator[str]:
    now = context.clock.now()
    for name in context.asked.databases:
        own = ages.newest_first(of_database(backups, name))
        why = ages.stale(name, own, context.asked.maximum_age, now)
        yield f"{name}: {f'stale: {why}' if why else 'fresh'}"
        for each in own[:MOST_LISTED]:
            yield f"  {line(each, now)}"
        if len(own) > MOST_LISTED:
            yield f"  and {len(own) - MOST_LISTED} older ones; --json has them all"


def line(backup: Backup, now: datetime) -> str:
    drilled = (
        f", drilled {in_words(now - backup.drill.at)} ago: {'proven' if backup.drill.proven else 'DIFFERS'}"
        if backup.drill
        else ", never drilled"
    )
    state = "" if backup.state == "complete" else f", {backup.state.upper()}: no backup"
    size = f", {_size(backup.bytes)}" if backup.bytes is not None else ""
    trouble = f" ({backup.why})" if backup.why else ""
    return f"{backup.id}  {in_words(now - backup.taken)} old, {backup.method} {backup.place}{size}, Neo4j {backup.version or '?'}{state}{drilled}{trouble}"


def _size(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < KIB:
            break
        amount, unit = amount / KIB, larger
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"  # noqa: PLR2004 - two digits are enough


def _page(
    context: Context, results: Sequence[Result], backups: list[Backup], began: datetime, ended: datetime, given: dict[str, Any]
) -> Page:
    page, asked, now = Page(context.runner.redact), context.asked, context.clock.now()
    bad = [result for result in results if result.faults]
    word = given["verdict"] or "failed"
    where = f" in {asked.environment}" if asked.environment else ""
    page.verdict(
        good=not bad and word in {"fresh", "proven"} if not asked.dry_run else None,
        sentence=f"neo4j-backup {asked.mode}{where}: {word if not bad else _worst(bad)}",
    )
    for result in results:
        if result.outcome or result.faults:
            page.heading(f"{result.name}: {result.outcome or 'failed'}")
            page.points([result.says, *result.lines, *(str(step) for step in result.plan)])
            page.points(["" if result.says and result.says in fault.what else fault.what, fault.hint] for fault in result.faults)
    page.points(
        ([line(each, now)] for name in asked.databases for each in ages.newest_first(of_database(backups, name))[:5]),
        title="Newest backups",
    )
    page.timeline(f"{asked.mode}", sorted(_bars(results, began, ended), key=lambda bar: bar.begins))
    return page


def _worst(bad: Sequence[Result]) -> str:
    return (
        "differs"
        if any(result.outcome == "differs" for result in bad)
        else "cancelled"
        if any(result.code in {Exit.INTERRUPTED, Exit.TERMINATED} for result in bad)
        else "failed"
    )


def _bars(results: Sequence[Result], began: datetime, ended: datetime) -> Iterator[Bar]:
    for result in results:
        run = result.run
        if run is None:
            continue
        for step, sent in list(run.sent.items()):  # a thread that was left behind may write there
            yield Bar(str(step), (sent.began - began).total_seconds(), ((sent.ended or ended) - began).total_seconds(), sent.ended is None)
        for wait in list(run.waits):
            yield Bar(wait.why, (wait.began - began).total_seconds(), (wait.ended - began).total_seconds())
