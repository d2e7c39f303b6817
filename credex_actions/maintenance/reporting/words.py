"""Sentences about findings that the summary, the page, the issue and the terminal share."""

from collections.abc import Iterator
from typing import Final

from credex_actions.core.durations import in_words
from credex_actions.core.text import listed
from credex_actions.maintenance.catalogue.prices import LISTED_IN, LISTED_ON
from credex_actions.maintenance.reporting.report import Entry, Former, Looked, Report

NAMED: Final = 3
"""Checks that a headline names; the list of those that were not examined has them all."""
TITLES: Final = {"high": "High", "medium": "Medium", "low": "Low"}


def verdict(report: Report) -> str:
    return f"maintenance-report: {headline(report)}"


def headline(report: Report) -> str:
    count = len(report.open)
    if not report.complete:
        return f"cancelled; {findings(count)} by then"
    if report.clear:
        return "; ".join(("nothing to decide", *_not_looked_at(report)))
    changed = f" ({len(report.new)} new, {len(report.solved)} solved)" if report.since else ""
    known = f"{findings(count)} to decide on{changed}{_about(report.monthly_cost)}" if count else "nothing found where checks ran"
    return "; ".join((known, *_not_known(report), *_not_looked_at(report)))


def _not_known(report: Report) -> Iterator[str]:
    """What was not looked at, though it should have been: nobody takes the rest for the whole."""
    if failed := [each.check.name for each in report.failed]:
        yield f"{len(failed)} {'check' if len(failed) == 1 else 'checks'} failed: {listed(failed, NAMED)}"
    if count := len(report.standing):
        yield f"{count:,} earlier {'finding was' if count == 1 else 'findings were'} not examined"


def _not_looked_at(report: Report) -> Iterator[str]:
    """What was skipped for another reason than that there is nothing of the kind: no permission, no tool. It is no failure, and nobody knows that it is fine."""
    if names := [each.check.name for each in report.kept_out]:
        yield f"{len(names)} {'check' if len(names) == 1 else 'checks'} could not look: {listed(names, NAMED)}"


def findings(count: int) -> str:
    return f"{count:,} {'finding' if count == 1 else 'findings'}"


def _about(cost: float) -> str:
    return f", about {money(cost)} a month" if cost >= 1 else ""


def costs(report: Report) -> str:
    """What the amounts rest on; "" where there is none."""
    entries = (*report.open, *report.accepted)
    rest_on = f"estimates by the price list of {LISTED_ON} for {LISTED_IN}, unless the configuration has prices of its own"
    return rest_on if any(each.finding.monthly_cost for each in entries) else ""


def money(dollars: float) -> str:
    return f"{dollars:,.0f} USD" if dollars >= 10 else f"{dollars:,.2f} USD"  # noqa: PLR2004 - cents matter below


def facts(entry: Entry, report: Report) -> str:
    """Where it is, whose it is, what it costs, since when: one line. Without an earlier report, nobody knows since when."""
    return ", ".join(_facts(entry, report))


def _facts(entry: Entry, report: Report) -> Iterator[str]:
    finding = entry.finding
    yield finding.check
    if place := "/".join(filter(None, (finding.account, finding.region))):
        yield place
    if finding.owner:
        yield f"owner {finding.owner}"
    if finding.monthly_cost:
        yield f"{money(finding.monthly_cost)} a month"
    if report.since:
        yield "new" if entry.first_seen == report.made else f"seen for {in_words(report.made - entry.first_seen)}"
    if entry.again:
        yield "counts again"


def where(entry: Entry | Former) -> str:
    place = entry.finding.place
    if place is None:
        return entry.finding.resource
    return f"{place.file}:{place.line}" if place.line else place.file


def states(report: Report) -> str:
    counts = {state: sum(each.state == state for each in report.checks) for state in ("ran", "skipped", "failed")}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def scopes(report: Report) -> str:
    by_account: dict[str, list[str]] = {}
    for scope in report.scopes:
        by_account.setdefault(f"{scope.name} ({scope.account})" if scope.name else scope.account, []).append(scope.region)
    return "; ".join(f"{account} in {', '.join(regions)}" for account, regions in by_account.items())


def compared(report: Report) -> str:
    return f"the report of {report.since:%Y-%m-%d %H:%M} UTC" if report.since else "no earlier report"


def blind(report: Report) -> list[tuple[str, list[Looked]]]:
    """Checks that did not run, together where the reason is the same: a permission that is missing is said once."""
    by_reason: dict[str, list[Looked]] = {}
    for each in report.checks:
        if each.state != "ran":
            by_reason.setdefault(f"{each.state}: {each.why}", []).append(each)
    return sorted(by_reason.items(), key=lambda pair: (not pair[0].startswith("failed"), pair[0]))
