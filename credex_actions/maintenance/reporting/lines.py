"""The report for a terminal or a log."""

from collections.abc import Iterator
from typing import Final

from credex_actions.maintenance.reporting import words
from credex_actions.maintenance.reporting.report import Entry, Report

MOST: Final = 200
"""Findings of one severity; the report has all of them."""


def lines(report: Report) -> Iterator[str]:
    yield words.verdict(report)
    for severity, title in words.TITLES.items():
        entries = [each for each in report.open if each.finding.severity == severity]
        if entries:
            yield ""
            yield f"{title} ({len(entries):,})"
        for entry in entries[:MOST]:
            yield from _entry(entry, report)
        if len(entries) > MOST:
            yield f"  and {len(entries) - MOST:,} more; the report has them all"
    if report.solved:
        yield ""
        yield f"Solved ({len(report.solved):,})"
        yield from (f"  {each.finding.title}" for each in report.solved[:MOST])
    if report.accepted:
        yield ""
        yield f"Accepted ({len(report.accepted):,})"
        for entry in report.accepted[:MOST]:
            assert entry.accepted
            yield f"  {entry.finding.title}, until {entry.accepted.until}: {entry.accepted.reason}"
    yield ""
    if costs := words.costs(report):
        yield f"Costs: {costs}."
    yield f"Checks: {words.states(report)}."
    for why, looked in words.blind(report):
        yield f"  {', '.join(each.check.name for each in looked)}: {why}"
    yield from (f"  {check}: {says}" for check, says in report.notes)
    yield from (f"Note: {remark}." for remark in report.remarks)


def _entry(entry: Entry, report: Report) -> Iterator[str]:
    yield f"- {entry.finding.title}"
    yield f"    {words.facts(entry, report)}"
    if words.where(entry) not in entry.finding.title:
        yield f"    {words.where(entry)}"
    yield from (f"    {line}" for line in entry.finding.why.split("\n") if line.strip())
    yield from (f"    fix: {line}" for line in entry.finding.fix.split("\n") if line.strip())
