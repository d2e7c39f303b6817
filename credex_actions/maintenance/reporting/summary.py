"""The report for a job summary, which GitHub cuts at a megabyte: findings that have no room are counted, and the rest is there."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from credex_actions.core.summary import Code, Lines, Page
from credex_actions.maintenance.reporting import words
from credex_actions.maintenance.reporting.report import Entry, Former, Report

ROOM: Final = 600_000
"""Bytes for the findings. GitHub's limit is 1 MiB for all that a step writes."""
SHARES: Final = {"high": 0.5, "medium": 0.75, "low": 1.0}
"""How much of the room may be full after each severity, so that none crowds out those that follow."""
SOME: Final = 100
COMMANDS: Final = ("aws ", "credex-actions ", "terraform ", "git ")
"""How a step begins that is a command of a shell."""


def summary(report: Report, redact: Callable[[str], str], room: int = ROOM) -> Page:
    page = Page(redact)
    page.verdict(good=True if report.clear else None, sentence=words.verdict(report))
    page.facts(
        (
            ("Examined", words.scopes(report)),
            ("Checks", words.states(report)),
            ("Compared with", words.compared(report)),
            *([("Costs", costs)] if (costs := words.costs(report)) else []),
            ("Time", f"{report.seconds:.0f} s, {report.calls:,} calls"),
        )
    )
    page.points(([remark] for remark in report.remarks), title="Note")
    decide(page, report, redact, room)
    changed(page, report)
    fine(page, report)
    return page


def decide(page: Page, report: Report, redact: Callable[[str], str], room: int) -> None:
    used = 0
    if report.open:
        page.heading("Decide")
    for severity, title in words.TITLES.items():
        entries = [each for each in report.open if each.finding.severity == severity]
        shown, used = _that_fit((_entry(each, report) for each in entries), redact, used, int(room * SHARES[severity]))
        page.points(shown, title=f"{title} ({len(entries):,})")
        if len(shown) < len(entries):
            page.paragraph(
                f"{len(entries) - len(shown):,} more of this severity do not fit here: the report, an artifact of the run, has them all."
            )


def changed(page: Page, report: Report) -> None:
    if report.since is None:
        return
    again = [each for each in report.open if each.again]
    if not (report.new or report.solved or again or report.unchecked):
        page.heading(f"Nothing changed since the last report{', where checks ran' if report.failed else ''}")
        return
    page.heading("Changed since the last report")
    _some(page, "New", report.new)
    _some(page, "No longer accepted", again)
    _some(page, "Solved", report.solved)
    _some(page, "Not examined this time", report.unchecked)


def fine(page: Page, report: Report) -> None:
    if report.accepted:
        page.heading(f"Accepted ({len(report.accepted):,})")
        page.points(
            [each.finding.title, f"until {each.accepted.until}: {each.accepted.reason}" if each.accepted else ""]
            for each in report.accepted[:SOME]
        )
        _more(page, len(report.accepted) - SOME)
    if report.fine or report.notes:
        page.heading("Fine")
        page.facts((check, says) for check, says in report.notes[:SOME])
        if report.fine:
            page.paragraph(f"Nothing found by {', '.join(each.check.name for each in report.fine)}.")
    blind = words.blind(report)
    if blind:
        page.heading("Not examined")
        page.points([why, ", ".join(each.check.name for each in looked)] for why, looked in blind)


def _entry(entry: Entry, report: Report) -> list[str]:
    where = words.where(entry)
    finding = entry.finding
    return [
        finding.title,
        words.facts(entry, report),
        "" if where in finding.title else where,
        *finding.why.split("\n"),
        *(part for line in finding.fix.split("\n") if line.strip() for part in _fix(line)),
    ]


def _fix(line: str) -> list[str]:
    """A command can be copied; a sentence, which may have one in it, is read."""
    return ["Fix:", Code(line)] if line.startswith(COMMANDS) and ", then " not in line else [f"Fix: {line}"]


def _that_fit(items: Iterable[Lines], redact: Callable[[str], str], used: int, room: int) -> tuple[list[Lines], int]:
    shown: list[Lines] = []
    for item in items:
        one = Page(redact)
        one.points([item])
        used += len(str(one).encode())
        if used > room:
            return shown, room
        shown.append(item)
    return shown, used


def _some(page: Page, title: str, entries: Sequence[Entry] | Sequence[Former]) -> None:
    page.points(((each.finding.title for each in entries[:SOME]) if entries else ()), title=f"{title} ({len(entries):,})")
    _more(page, len(entries) - SOME)


def _more(page: Page, count: int) -> None:
    if count > 0:
        page.paragraph(f"and {count:,} more")
