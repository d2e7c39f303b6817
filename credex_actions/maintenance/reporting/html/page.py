"""The page. Its texts have been cleaned (reporting/cleaning.py); here each is escaped where it is put in, and nothing else is done with it."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from credex_actions.core.text import plain
from credex_actions.maintenance.reporting import words
from credex_actions.maintenance.reporting.html.charts import chart
from credex_actions.maintenance.reporting.html.style import STYLE
from credex_actions.maintenance.reporting.report import Entry, Former, Report

MOST: Final = 2_000
"""Findings of one severity, and of each other list: a browser has to show them."""
PARTS: Final = (("decide", "Decide"), ("changed", "Changed"), ("charts", "Charts"), ("fine", "Fine"), ("not-examined", "Not examined"))


def page(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def policy() -> str:
    """Nothing is loaded, run or sent, whatever text a finding brings in: the one style is allowed by its hash."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _lines(report: Report) -> Iterator[str]:
    title = f"Maintenance report, {report.made:%Y-%m-%d}"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<header><h1>{_shown(_sentence(words.headline(report)))}</h1>"
    yield f'<p class="soft">{title} {report.made:%H:%M} UTC. {_shown(_about(report))}</p>'
    links = " ".join(f'<a href="#{name}">{label}</a>' for name, label in PARTS)
    yield f"<nav>{links}</nav></header>\n<main>"
    yield _tiles(report)
    yield from (f"<p>{_shown(_sentence(remark))}.</p>" for remark in report.remarks)
    yield from _decide(report)
    yield from _changed(report)
    yield '<section id="charts"><h2>Charts</h2>'
    yield "".join(filter(None, map(chart, report.charts))) or '<p class="soft">No check that ran has a chart.</p>'
    yield "</section>"
    yield from _fine(report)
    yield from _not_examined(report)
    yield "</main>\n</body>\n</html>"


def _about(report: Report) -> str:
    examined = words.scopes(report)
    parts = [
        f"Examined: {examined}." if examined else "",
        f"Compared with {words.compared(report)}.",
        f"Checks: {words.states(report)}.",
        f"Costs: {costs}." if (costs := words.costs(report)) else "",
    ]
    return " ".join([*filter(None, parts), f"{report.seconds:.0f} s, {report.calls:,} calls."])


def _tiles(report: Report) -> str:
    tiles = [
        ("to decide", f"{len(report.open):,}"),
        ("new", f"{len(report.new):,}" if report.since else "-"),
        ("solved", f"{len(report.solved):,}" if report.since else "-"),
        ("accepted", f"{len(report.accepted):,}"),
        ("a month, where known", words.money(report.monthly_cost)),
    ]
    inner = "".join(f'<div class="tile"><b>{number}</b>{name}</div>' for name, number in tiles)
    return f'<div class="tiles">{inner}</div>'


def _decide(report: Report) -> Iterator[str]:
    yield '<section id="decide"><h2>Decide</h2>'
    if not report.open:
        yield "<p>Nothing.</p>" if report.clear else "<p>Nothing that was found where checks ran: not everything was examined.</p>"
    for severity, title in words.TITLES.items():
        entries = [each for each in report.open if each.finding.severity == severity]
        if entries:
            yield f'<h3 class="{severity}">{title} ({len(entries):,})</h3>'
            yield from (_entry(each, report) for each in entries[:MOST])
            yield from _more(len(entries) - MOST)
    yield "</section>"


def _entry(entry: Entry, report: Report) -> str:
    finding = entry.finding
    facts = _shown(words.facts(entry, report))
    mark = '<span class="new">new</span> ' if entry.new and report.since else ""
    details = [
        ("Resource", _shown(words.where(entry))),
        ("Why", _shown(finding.why)),
        ("Fix", f"<pre>{_shown(finding.fix)}</pre>" if finding.fix else ""),
    ]
    if entry.accepted:
        details.append(("Accepted", _shown(f"until {entry.accepted.until}: {entry.accepted.reason}")))
    kind = "good" if entry.accepted else finding.severity
    body = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in details if text)
    return f'<details class="{kind}"><summary>{mark}{_shown(finding.title)}<span class="soft">{facts}</span></summary><dl>{body}</dl></details>'


def _changed(report: Report) -> Iterator[str]:
    yield '<section id="changed"><h2>Changed since the last report</h2>'
    if report.since is None:
        yield '<p class="soft">There is no earlier report to compare with.</p></section>'
        return
    again = [each for each in report.open if each.again]
    lists: list[tuple[str, Sequence[Entry] | Sequence[Former]]] = [
        ("New", report.new),
        ("No longer accepted", again),
        ("Solved", report.solved),
        ("Not examined this time", report.unchecked),
    ]
    for title, entries in lists:
        if entries:
            yield f"<h3>{title} ({len(entries):,})</h3>"
            yield _list(each.finding.title for each in entries[:MOST])
            yield from _more(len(entries) - MOST)
    if not any(entries for _, entries in lists):
        yield "<p>Nothing.</p>"
    yield "</section>"


def _fine(report: Report) -> Iterator[str]:
    yield '<section id="fine"><h2>Fine</h2>'
    if report.fine:
        yield f"<p>Nothing found by {_shown(', '.join(each.check.name for each in report.fine))}.</p>"
    yield _list(f"{check}: {says}" for check, says in report.notes[:MOST])
    if report.accepted:
        yield f"<h3>Accepted ({len(report.accepted):,})</h3>"
        yield from (_entry(each, report) for each in report.accepted[:MOST])
        yield from _more(len(report.accepted) - MOST)
    yield "</section>"


def _not_examined(report: Report) -> Iterator[str]:
    yield '<section id="not-examined"><h2>Not examined</h2>'
    blind = words.blind(report)
    yield _list(f"{', '.join(each.check.name for each in looked)}: {why}" for why, looked in blind) if blind else "<p>Every check ran.</p>"
    yield "</section>"


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{_shown(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f'<p class="soft">and {count:,} more: the JSON report has them all</p>'


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _shown(text: str) -> str:
    return escape(plain(text))
