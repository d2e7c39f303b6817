"""The texts of the issue and of its comments, within GitHub's limit."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from credex_actions.core.summary import Lines, Page
from credex_actions.maintenance.issue.marks import SHORT, Ids, by_check, without, written
from credex_actions.maintenance.reporting import words
from credex_actions.maintenance.reporting.report import Entry, Report
from credex_actions.maintenance.reporting.summary import decide

LONGEST: Final = 65_536
"""Characters of an issue, and of a comment. Source: GitHub's own message ("body is too long (maximum is 65536 characters)")."""
ROOM: Final = 30_000
"""Bytes for the findings; the ids have 20,000 characters, what else is said the rest."""
SOME: Final = 20


def title(config: str) -> str:
    return f"Maintenance: {config}"


def body(mark: str, report: Report, run: str, redact: Callable[[str], str], ids: Ids) -> str:
    """`run`: address of the workflow run that examined it, "" outside Actions."""
    page = Page(redact)
    page.verdict(good=True if report.clear else None, sentence=words.headline(report))
    page.facts(
        (
            ("Examined", f"{report.made:%Y-%m-%d %H:%M} UTC{', ' * bool(report.scopes)}{words.scopes(report)}"),
            ("Checks", words.states(report)),
            *([("Costs", costs)] if (costs := words.costs(report)) else []),
        )
    )
    if run:
        page.link("The run, with the whole report as its artifacts", run)
    decide(page, report, redact, ROOM)
    left = without(ids, by_check((each.finding.check, each.id) for each in report.open))
    earlier = [(check, len(some)) for check, some in sorted(left.items())]
    page.points(
        (f"{check}: {words.findings(count)}" for check, count in earlier[:SOME]),
        title="Found earlier, where nobody looked this time",
    )
    _some(page, [each.finding.title for each in report.solved], "Solved since the last report")
    blind = words.blind(report)
    page.points(([why, ", ".join(each.check.name for each in looked)] for why, looked in blind[:SOME]), title="Not examined")
    page.paragraph(
        "This issue is kept up to date: edit the configuration to accept a finding, and close the issue to hear only about new ones."
    )
    return f"{mark}\n{written(ids)}\n{_cut(str(page), LONGEST - len(mark) - len(written(ids)) - 2)}"


def comment(mark_length: int, report: Report, run: str, redact: Callable[[str], str], ids: Ids) -> str:
    fresh = [each for each in report.open if each.id[:SHORT] in ids.get(each.finding.check, ())]
    page = Page(redact)
    page.heading(f"{words.findings(len(fresh))} more to decide on")
    page.points([_line(each) for each in fresh[: SOME * 5]])
    if len(fresh) > SOME * 5:
        page.paragraph(f"and {len(fresh) - SOME * 5:,} more")
    if run:
        page.link("The run", run)
    return _cut(str(page), LONGEST - mark_length - 1)


def _line(entry: Entry) -> Lines:
    return [f"{words.TITLES[entry.finding.severity]}: {entry.finding.title}"]


def _some(page: Page, texts: Sequence[str], heading: str) -> None:
    shown: Iterable[str] = texts[:SOME]
    page.points(shown, title=f"{heading} ({len(texts):,})")


def _cut(text: str, limit: int) -> str:
    """At a line: half a tag would be one all the same."""
    said = "\n\n…truncated: the report has the rest.\n"
    return text if len(text) <= limit else text[: limit - len(said)].rpartition("\n")[0] + said
