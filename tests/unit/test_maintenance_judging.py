"""What is new, solved, accepted, or was not looked at this time: by the findings of a run and an earlier report."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.maintenance.configuration.model import Accepted
from credex_actions.maintenance.finding import Finding, Ran
from credex_actions.maintenance.reporting.document import document, read_earlier
from credex_actions.maintenance.reporting.judging import Earlier, Gathered, judged
from credex_actions.maintenance.reporting.report import Report, ScopeName
from credex_actions.maintenance.reporting.sarif import sarif, withheld
from tests.unit.maintaining import CHECKS, found, ran

WEEK = timedelta(days=7)
NOW = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
ONE, TWO = found("vol-1", account="1", region="a"), found("vol-2", account="1", region="a")


def judge(
    findings: list[Finding],
    looked: tuple[Ran, ...] | None = None,
    accepted: list[Accepted] | None = None,
    earlier: Earlier | None = None,
    at: datetime = NOW,
) -> Report:
    gathered = Gathered(findings=[(each.id, each) for each in findings], ran=ran() if looked is None else looked)
    return judged(CHECKS, gathered, accepted or [], earlier, made=at, seconds=3, scopes=[ScopeName("1", "a", "own")])


def written(report: Report, folder: Path, **other: Any) -> Earlier:
    """As the next run reads it."""
    file = folder / "earlier.json"
    file.write_text(json.dumps(document(report) | other))
    return read_earlier(str(file), lambda text: text)


def titles(report: Report) -> dict[str, list[str]]:
    return {
        "open": [each.finding.resource for each in report.open],
        "new": [each.finding.resource for each in report.new],
        "accepted": [each.finding.resource for each in report.accepted],
        "solved": [each.finding.resource for each in report.solved],
        "unchecked": [each.finding.resource for each in report.unchecked],
    }


def test_without_an_earlier_report_all_is_new() -> None:
    report = judge([ONE, TWO])
    assert titles(report) == {"open": ["vol-1", "vol-2"], "new": ["vol-1", "vol-2"], "accepted": [], "solved": [], "unchecked": []}
    assert report.open[0].first_seen == NOW


def test_what_is_new_and_what_is_gone(tmp_path: Path) -> None:
    earlier = written(judge([ONE], at=NOW - WEEK), tmp_path)
    report = judge([TWO], earlier=earlier)
    assert titles(report) == {"open": ["vol-2"], "new": ["vol-2"], "accepted": [], "solved": ["vol-1"], "unchecked": []}
    assert report.since == NOW - WEEK


def test_what_stays_is_as_old_as_it_is(tmp_path: Path) -> None:
    first = written(judge([ONE], at=NOW - 2 * WEEK), tmp_path)
    second = written(judge([ONE], earlier=first, at=NOW - WEEK), tmp_path)
    report = judge([replace(ONE, title="in other words", severity="high")], earlier=second)
    assert (report.open[0].first_seen, report.open[0].new) == (NOW - 2 * WEEK, False)


NOT_LOOKED = {
    "it was skipped": (Ran("volume-unattached", "skipped", "no permission"),),
    "it failed there": (Ran("volume-unattached", "ran", account="1", region="b"), Ran("volume-unattached", "failed", "x", "1", "a")),
    "it ran elsewhere only": (Ran("volume-unattached", "ran", account="2", region="a"),),
}


@pytest.mark.parametrize("looked", NOT_LOOKED.values(), ids=NOT_LOOKED)
def test_what_nobody_looked_at_is_not_solved(tmp_path: Path, looked: tuple[Ran, ...]) -> None:
    first = written(judge([ONE], at=NOW - 2 * WEEK), tmp_path)
    looked += ran("bucket-public", "document-broken")
    report = judge([], looked, earlier=first, at=NOW - WEEK)
    assert titles(report) == {"open": [], "new": [], "accepted": [], "solved": [], "unchecked": ["vol-1"]}
    again = judge([ONE], earlier=written(report, tmp_path))
    assert (again.open[0].first_seen, again.new) == (NOW - 2 * WEEK, ())
    gone = judge([], earlier=written(report, tmp_path))
    assert titles(gone)["solved"] == ["vol-1"]


def test_what_nobody_looks_at_for_half_a_year_is_forgotten(tmp_path: Path) -> None:
    looked = (Ran("volume-unattached", "skipped", "why"), *ran("bucket-public", "document-broken"))
    earlier = written(judge([ONE], at=NOW - timedelta(days=181)), tmp_path)
    assert judge([], looked, earlier=earlier).unchecked == ()


def test_a_check_of_a_whole_account_solves_in_every_region(tmp_path: Path) -> None:
    earlier = written(judge([ONE], at=NOW - WEEK), tmp_path)
    looked = (Ran("volume-unattached", "ran", account="1"), *ran("bucket-public", "document-broken"))
    assert titles(judge([], looked, earlier=earlier))["solved"] == ["vol-1"]


def acceptance(until: str, check: str = "volume-*", resource: str = "*", account: str = "*") -> Accepted:
    return Accepted(check=check, until=until, reason="it is kept for an audit", resource=resource, account=account)


ACCEPTED = {
    "by its check": (acceptance("2026-03-08"), True),
    "by its resource": (acceptance("2026-04-01", "*", "vol-*"), True),
    "until yesterday": (acceptance("2026-03-07"), False),
    "of another resource": (acceptance("2026-04-01", resource="vol-2"), False),
    "of another account": (acceptance("2026-04-01", account="2"), False),
    "of another check": (acceptance("2026-04-01", "bucket-public"), False),
}


@pytest.mark.parametrize(("given", "counts"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_finding_is_accepted(given: Accepted, counts: bool) -> None:
    report = judge([ONE], accepted=[given])
    assert (len(report.accepted), len(report.open), len(report.new)) == ((1, 0, 0) if counts else (0, 1, 1))


def test_the_longest_acceptance_counts() -> None:
    report = judge([ONE], accepted=[acceptance("2026-03-01"), acceptance("2026-05-01", "*", "vol-1")])
    assert report.accepted[0].accepted
    assert report.accepted[0].accepted.until == "2026-05-01"


def test_an_acceptance_that_is_over_is_told(tmp_path: Path) -> None:
    given = [acceptance("2026-03-05")]
    earlier = written(judge([ONE], accepted=given, at=NOW - WEEK), tmp_path)
    report = judge([ONE], accepted=given, earlier=earlier)
    assert [(each.new, each.again, each.ended and each.ended.until) for each in report.open] == [(False, True, "2026-03-05")]
    assert report.remarks == ("volume-unattached: an acceptance ended on 2026-03-05, and 1 finding counts again",)


def test_the_worst_comes_first_then_what_is_new_then_what_costs_most(tmp_path: Path) -> None:
    old, dear, cheap = found("vol-old"), found("vol-dear", monthly_cost=90.0), found("vol-cheap", monthly_cost=1.0)
    public = found("bucket", check="bucket-public", severity="high")
    earlier = written(judge([old], at=NOW - WEEK), tmp_path)
    assert titles(judge([cheap, old, dear, public], earlier=earlier))["open"] == ["bucket", "vol-dear", "vol-cheap", "vol-old"]


def test_a_check_is_as_good_as_its_worst_place() -> None:
    looked = (
        Ran("volume-unattached", "ran", account="1", region="a"),
        Ran("volume-unattached", "skipped", "no permission for DescribeVolumes", "1", "b"),
        Ran("volume-unattached", "skipped", "no permission for DescribeVolumes", "1", "c"),
        *ran("bucket-public", "document-broken"),
    )
    check = judge([], looked).checks[0]
    assert (check.state, check.why) == ("skipped", "no permission for DescribeVolumes (1/b, 1/c)")
    assert [each.check.name for each in judge([], looked).fine] == ["bucket-public", "document-broken"]


def test_the_same_finding_twice_counts_once() -> None:
    assert len(judge([ONE, ONE]).open) == 1


def test_a_report_of_another_version_is_read_as_far_as_it_is_understood(tmp_path: Path) -> None:
    earlier = written(judge([ONE], at=NOW - WEEK), tmp_path, version=0, unchecked=None, checks="gone")
    report = judge([ONE, TWO], earlier=earlier)
    assert titles(report)["new"] == ["vol-2"]
    assert report.remarks[0].startswith("the earlier report has version 0, and this one 1")


def test_findings_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    strange = [
        None,
        {},
        {"id": "a"},
        {"id": "a", "check": 3, "resource": "b", "severity": "low"},
        {"id": "a", "check": "c", "resource": "b", "severity": "worst"},
    ]
    earlier = written(judge([], at=NOW - WEEK), tmp_path, findings=strange)
    assert (earlier.known, earlier.remark) == ({}, "5 findings of the earlier report cannot be read, and are not compared")


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1}', '{"version": "1", "findings": []}', "null"])
def test_what_is_no_report_is_a_fault(tmp_path: Path, text: str) -> None:
    file = tmp_path / "earlier.json"
    file.write_text(text)
    with pytest.raises(Failure) as caught:
        read_earlier(str(file), lambda text: text)
    assert [(each.where, each.file) for each in caught.value.faults] == [("since", str(file))]


def test_what_an_earlier_report_says_is_cleaned_again(tmp_path: Path) -> None:
    report = judge([replace(ONE, title="password=hunter22 \x1b[31mred")], at=NOW - WEEK)
    earlier = written(report, tmp_path)
    assert [each.finding.title for each in earlier.known.values()] == ["*** red"]


def test_code_scanning_keeps_what_nobody_looked_at(tmp_path: Path) -> None:
    two = replace(TWO, account="2")
    earlier = written(judge([ONE, two], at=NOW - WEEK), tmp_path)
    denied = (*ran(account="1"), Ran("volume-unattached", "skipped", "access denied", "2"))
    report = judge([ONE], denied, earlier=earlier)
    results = json.loads(b"".join(sarif(report, "maintenance.yml", ".", "")))["runs"][0]["results"]
    assert [each["partialFingerprints"]["finding/v1"] for each in results] == [ONE.id, two.id]
    assert withheld(report) == ""


def test_code_scanning_gets_nothing_that_would_close_alerts_unseen() -> None:
    denied = (*ran("bucket-public", "document-broken"), Ran("volume-unattached", "skipped", "access denied"))
    assert "volume-unattached" in withheld(judge([], denied))
    assert withheld(judge([])) == ""
    assert withheld(replace(judge([]), complete=False))
    unconfigured = (*ran("bucket-public", "document-broken"), Ran("volume-unattached", "skipped", "not configured", configured=False))
    assert withheld(judge([], unconfigured)) == ""
