"""What is said of a check: outputs, lines, the job summary."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from credex_actions.core.documentation import page_at
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.summary import Page
from credex_actions.neo4j.configuration.groups import entry_of
from credex_actions.rollout.checking import Checked, Discovered, verdict
from credex_actions.rollout.context import Context
from credex_actions.rollout.versions.paths import end_of_life, release_notes
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Series

HOW_TO: Final = page_at("docs/how-to/update-neo4j.md")


def outputs(context: Context, there: Discovered, results: Sequence[Checked]) -> dict[str, Any]:
    return {
        "outcome": verdict(list(results)),
        "version": str(there.target) if there.target else None,
        "image_id": None,
        "report": _report(context, there, results),
    }


def _report(context: Context, there: Discovered, results: Sequence[Checked]) -> dict[str, Any]:
    return {
        "mode": context.asked.mode,
        "series": str(there.series),
        "version": str(there.target) if there.target else None,
        "doubt": there.doubt,
        "next": str(there.later.version) if there.later.version else None,
        "end_of_life": end_of_life(there.series, context.clock.now().date()),
        "release_notes": release_notes(there.target) if there.target else None,
        "sources": [_source(each, there.series) for each in there.published],
        "databases": [_database(each) for each in results],
    }


def _source(published: Published, series: Series) -> dict[str, Any]:
    newest = max((each for each in published.versions if each.series == series), default=None)
    return {
        "kind": published.source.kind,
        "url": published.source.url,
        "newest": str(newest) if newest else None,
        "trouble": published.trouble,
    }


def _database(checked: Checked) -> dict[str, Any]:
    now = checked.running
    return {
        "name": checked.name,
        "version": str(now.version) if now else None,
        "edition": now.edition if now else "",
        "outcome": checked.outcome,
        "user_data": checked.user_data.outcome if checked.user_data else None,
        "says": checked.says,
        "notes": checked.notes,
    }


def warn(context: Context, there: Discovered) -> None:
    for each in there.troubles:
        context.runner.warning(
            Fault(f"{each.source.url} ({each.source.kind}) {each.trouble}", "It counts for nothing in this run.", "image.sources")
        )
    if there.doubt:
        context.runner.warning(Fault(there.doubt, f"Until two agree nothing can be built from that ({HOW_TO}).", "image.sources"))


def warn_of_user_data(context: Context, results: Sequence[Checked]) -> None:
    """A file that was merged and never rolled out is what a scheduled check is to find."""
    for each in results:
        if each.user_data and each.user_data.says:
            where = f"databases.{entry_of(each.name)}.user-data"
            context.runner.warning(Fault(f"{each.name}: {each.user_data.says}", f"Plan it, review it, and apply it ({HOW_TO}).", where))


def say(context: Context, there: Discovered, results: Sequence[Checked], given: dict[str, Any]) -> None:
    runner = context.runner
    runner.report |= given["report"]
    runner.result("\n".join(_lines(there, results, context.clock.now().date())))
    runner.summary(str(_page(context, there, results, given)))


def _lines(there: Discovered, results: Sequence[Checked], today: date) -> Iterator[str]:
    for result in results:
        yield f"{result.name}: {result.outcome}: {result.says}"
        yield from (f"  {note}" for note in result.notes)
    yield from _of_version(there, today)


def _of_version(there: Discovered, today: date) -> Iterator[str]:
    if there.target:
        yield f"Release notes of {there.target}: {release_notes(there.target)}"
    if life := end_of_life(there.series, today):
        yield f"{life}."


def _page(context: Context, there: Discovered, results: Sequence[Checked], given: dict[str, Any]) -> Page:
    page, asked = Page(context.runner.redact), context.asked
    where = f" in {asked.environment}" if asked.environment else ""
    wrong = any(result.code is not Exit.DONE for result in results) or given["outcome"] is None
    page.verdict(good=None if not wrong else False, sentence=f"neo4j-ami-rollout {asked.mode}{where}: {given['outcome'] or 'not known'}")
    for result in results:
        page.heading(f"{result.name}: {result.outcome}")
        page.points([result.says, *result.notes])
    said = (
        (each["url"], each["trouble"] or f"newest of {there.series}: {each['newest'] or 'none'}") for each in given["report"]["sources"]
    )
    page.facts(said, title="Sources")
    page.points([[line] for line in _of_version(there, context.clock.now().date())])
    return page
