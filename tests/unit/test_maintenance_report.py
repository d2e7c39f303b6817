"""maintenance-report with groups of checks that find what a test says: what it hands on, and how it ends."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.faults import Exit
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.catalogue.prices import LISTED_ON
from credex_actions.maintenance.finding import Chart, Examined, Ran
from credex_actions.maintenance.groups import Given
from credex_actions.maintenance.reporting.html.charts import number
from tests.unit.maintaining import BROKEN, CHECKS, PUBLIC, VOLUME, Fake, Run, found, ran

SECRET = "kEeP-mE-hidden-0123456789"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "maintenance.yml"
    file.write_text("version: 1\n")
    return file


def run(folder: Path, *fakes: Fake, environment: dict[str, str] | None = None, **inputs: Any) -> Run:
    groups = {f"group-{number}": fake.group for number, fake in enumerate(fakes)}
    return Run(folder, groups, Inputs(config=str(folder / "maintenance.yml"), **inputs), environment or {})


def report_of(done: Run) -> Any:
    return json.loads(Path(done.outputs["report_file"]).read_text())


@pytest.mark.usefixtures("config")
def test_what_is_found_is_reported_everywhere(tmp_path: Path) -> None:
    fake = Fake()
    fake.found = Examined(
        (found(monthly_cost=12.0, owner="storage"),), ran(), notes=(("bucket-public", "2 buckets, none public"),), calls=7
    )
    done = run(tmp_path, fake, report_file=str(tmp_path / "report.json"))
    assert done.failure is None
    assert (done.outputs["findings"], done.outputs["new"], done.outputs["solved"]) == (1, 1, 0)
    told = report_of(done)
    assert (told["version"], told["calls"], told["scope"]) == (1, 7, [])
    assert told["findings"][0] | {"first_seen": ""} == {
        "id": found().id,
        "check": "volume-unattached",
        "resource": "vol-1",
        "account": "",
        "region": "",
        "severity": "low",
        "title": "vol-1 is attached to nothing",
        "why": "for 40 days",
        "fix": "aws ec2 delete-volume --volume-id vol-1",
        "monthly_cost": 12.0,
        "owner": "storage",
        "place": None,
        "first_seen": "",
        "new": True,
        "accepted": None,
        "acceptance_ended": None,
    }
    assert [(each["name"], each["state"]) for each in told["checks"]] == [(name, "ran") for name in CHECKS]
    for text in (done.summary, done.stdout.getvalue()):
        assert "1 finding to decide on, about 12 USD a month" in text
        assert "vol-1 is attached to nothing" in text
        assert "owner storage" in text
        assert "2 buckets, none public" in text
        assert f"estimates by the price list of {LISTED_ON} for us-east-1" in text


@pytest.mark.usefixtures("config")
def test_nothing_found_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, Fake())
    assert done.summary.startswith("### ✅ maintenance-report: nothing to decide")
    assert "price list" not in done.summary


@pytest.mark.usefixtures("config")
def test_what_could_not_look_is_no_fine_one(tmp_path: Path) -> None:
    """Without a permission there is nothing to decide, and the first line says that it is not known."""
    fake = Fake()
    first, *others = CHECKS
    fake.found = Examined(ran=(Ran(first, "skipped", "access denied: ec2:describe_volumes"), *ran(*others)))
    assert run(tmp_path, fake).summary.startswith(f"### ✅ maintenance-report: nothing to decide; 1 check could not look: {first}\n")
    fake.found = Examined(ran=(Ran(first, "skipped", "databases is not configured", configured=False), *ran(*others)))
    assert run(tmp_path, fake).summary.startswith("### ✅ maintenance-report: nothing to decide\n")


@pytest.mark.parametrize(
    ("value", "unit", "then"),
    [(1, "days", "1 day"), (2, "days", "2 days"), (1, "ms", "1 ms"), (1, "", "1"), (0.01, "USD a month", "0.01 USD a month")],
)
def test_numbers_of_charts_agree_with_their_units(value: float, unit: str, then: str) -> None:
    assert number(value, unit) == then


@pytest.mark.usefixtures("config")
def test_the_next_run_compares(tmp_path: Path) -> None:
    fake = Fake()
    fake.found = Examined((found("vol-1"), found("vol-2")), ran())
    first = run(tmp_path, fake, report_file=str(tmp_path / "first.json"))
    fake.found = Examined((found("vol-2"), found("vol-3")), ran())
    second = run(tmp_path, fake, since=first.outputs["report_file"])
    assert (second.outputs["findings"], second.outputs["new"], second.outputs["solved"]) == (2, 1, 1)
    assert "2 findings to decide on (1 new, 1 solved)" in second.stdout.getvalue()


@pytest.mark.usefixtures("config")
def test_a_group_that_fails_stops_no_other(tmp_path: Path) -> None:
    bad, good = Fake([PUBLIC]), Fake([VOLUME])
    bad.found = ZeroDivisionError("of a secret value")
    good.found = Examined((found(),), ran("volume-unattached"))
    done = run(tmp_path, bad, good)
    assert done.failure is None
    states = {each["name"]: (each["state"], each["why"]) for each in report_of(done)["checks"]}
    assert states["volume-unattached"] == ("ran", "")
    assert states["bucket-public"][0] == "failed"
    assert "an error in credex-actions itself (ZeroDivisionError" in states["bucket-public"][1]
    assert "of a secret value" not in done.summary + done.stdout.getvalue() + done.stderr.getvalue()


@pytest.mark.usefixtures("config")
def test_a_check_that_returns_no_result_has_failed(tmp_path: Path) -> None:
    fake = Fake([PUBLIC, VOLUME])
    fake.found = Examined(ran=ran("volume-unattached"))
    states = {each["name"]: each["state"] for each in report_of(run(tmp_path, fake))["checks"]}
    assert states == {"bucket-public": "failed", "volume-unattached": "ran"}


@pytest.mark.usefixtures("config")
def test_what_is_not_configured_is_skipped(tmp_path: Path) -> None:
    fake = Fake([BROKEN], lacks=lambda *_: "repository is not configured")
    done = run(tmp_path, Fake([VOLUME]), fake)
    assert [(each["name"], each["why"]) for each in report_of(done)["checks"]][1] == ("document-broken", "repository is not configured")
    assert fake.given is None


@pytest.mark.usefixtures("config")
def test_what_is_not_chosen_neither_runs_nor_counts(tmp_path: Path) -> None:
    one, two = Fake([VOLUME, PUBLIC]), Fake([BROKEN])
    one.found = Examined((found(), found("b", check="bucket-public", severity="high")), ran("volume-unattached", "bucket-public"))
    done = run(tmp_path, one, two, checks=("volume-*",))
    assert done.outputs["findings"] == 1
    assert two.given is None
    assert {each["name"]: each["why"] for each in report_of(done)["checks"]} == {
        "volume-unattached": "",
        "bucket-public": "not selected",
        "document-broken": "not selected",
    }


FAIL_ON = {"none": 0, "high": 0, "medium": 1, "low": 1}


@pytest.mark.parametrize(("severity", "code"), FAIL_ON.items())
@pytest.mark.usefixtures("config")
def test_fail_on(tmp_path: Path, severity: str, code: int) -> None:
    fake = Fake()
    fake.found = Examined((found(severity="medium"),), ran())
    done = run(tmp_path, fake, fail_on=severity)
    assert (done.failure.code if done.failure else 0) == code
    assert done.outputs["findings"] == 1


@pytest.mark.usefixtures("config")
def test_nothing_is_fine_while_a_check_failed(tmp_path: Path) -> None:
    bad, good = Fake([PUBLIC]), Fake([VOLUME])
    bad.found = ZeroDivisionError()
    page = tmp_path / "report.html"
    done = run(tmp_path, bad, good, html_file=str(page))
    said = "nothing found where checks ran; 1 check failed: bucket-public"
    assert done.failure is None
    assert done.summary.startswith(f"### ⚠️ maintenance-report: {said}")
    assert done.stdout.getvalue().startswith(f"maintenance-report: {said}")
    assert f"<h1>{said.capitalize()}" in page.read_text()
    assert "<p>Nothing.</p>" not in page.read_text()
    good.found = Examined((found(),), ran(VOLUME.name))
    assert "1 finding to decide on; 1 check failed: bucket-public" in run(tmp_path, bad, good).summary


@pytest.mark.usefixtures("config")
def test_fail_on_passes_nothing_that_could_not_be_examined(tmp_path: Path) -> None:
    bad, good = Fake([PUBLIC]), Fake([VOLUME])
    bad.found = ZeroDivisionError()
    done = run(tmp_path, bad, good, fail_on="high")
    assert done.failure
    assert done.failure.code == Exit.REMOTE
    assert "fail-on: 1 check failed, so nobody knows whether there is a finding of the severity high: bucket-public" in done.faults
    assert done.outputs["findings"] == 0


@pytest.mark.usefixtures("config")
def test_what_could_not_look_is_named_next_to_what_was_found_and_where_fail_on_passes(tmp_path: Path) -> None:
    fake = Fake([PUBLIC, VOLUME])
    fake.found = Examined((found(),), (Ran(PUBLIC.name, "skipped", "access denied"), *ran(VOLUME.name)))
    done = run(tmp_path, fake, fail_on="high")
    assert done.failure is None
    assert done.summary.split("\n")[0].endswith("1 finding to decide on; 1 check could not look: bucket-public")
    assert "warning: fail-on: passed, but 1 check could not look: bucket-public" in done.stderr.getvalue()
    assert "passed, but" not in run(tmp_path, fake).stderr.getvalue()
    fake.found = Examined((found(),), (Ran(PUBLIC.name, "skipped", "not configured", configured=False), *ran(VOLUME.name)))
    assert "passed, but" not in run(tmp_path, fake, fail_on="high").stderr.getvalue()


UNSEEN = {
    "it failed": (Ran(PUBLIC.name, "failed", "did not end"), "high", Exit.FAILED),
    "access was denied": (Ran(PUBLIC.name, "skipped", "access denied"), "high", Exit.FAILED),
    "of a lower severity": (Ran(PUBLIC.name, "skipped", "access denied"), "low", Exit.DONE),
    "nothing is configured": (Ran(PUBLIC.name, "skipped", "not configured", configured=False), "high", Exit.DONE),
    "it was not selected": (Ran(PUBLIC.name, "skipped", "not selected"), "high", Exit.DONE),
    "its account failed": (Ran(PUBLIC.name, "failed", "no role", "name of it"), "high", Exit.FAILED),
    "its account is not examined any more": (Ran(PUBLIC.name, "ran", account="2"), "high", Exit.DONE),
}


@pytest.mark.parametrize("case", UNSEEN)
@pytest.mark.usefixtures("config")
def test_fail_on_counts_what_was_found_and_nobody_looked_at_since(tmp_path: Path, case: str) -> None:
    looked, severity, code = UNSEEN[case]
    fake = Fake([PUBLIC, VOLUME])
    fake.found = Examined((found("website", check=PUBLIC.name, severity=severity, account="1"),), ran(PUBLIC.name, VOLUME.name))
    earlier = run(tmp_path, fake, report_file=str(tmp_path / "earlier.json")).outputs["report_file"]
    fake.found = Examined(ran=(looked, *ran(VOLUME.name)))
    done = run(tmp_path, fake, since=earlier, fail_on="high")
    assert (done.failure.code if done.failure else Exit.DONE) == code
    if code == Exit.FAILED:
        assert "fail-on: 1 earlier finding of the severity high was not examined this time" in done.faults
        assert "1 earlier finding was not examined" in done.summary.split("\n")[0]
        assert "✅" not in done.summary


def test_an_accepted_finding_that_nobody_looked_at_does_not_fail(tmp_path: Path, config: Path) -> None:
    fake = Fake([PUBLIC, VOLUME])
    fake.found = Examined((found("website", check=PUBLIC.name, severity="high"),), ran(PUBLIC.name, VOLUME.name))
    earlier = run(tmp_path, fake, report_file=str(tmp_path / "earlier.json")).outputs["report_file"]
    fake.found = Examined(ran=(Ran(PUBLIC.name, "skipped", "access denied"), *ran(VOLUME.name)))
    config.write_text("accepted: [{check: bucket-*, until: 2027-10-01, reason: it is the website}]\n")
    done = run(tmp_path, fake, since=earlier, fail_on="high")
    assert done.failure is None
    assert done.summary.startswith("### ✅ maintenance-report: nothing to decide")


def test_an_accepted_finding_does_not_fail(tmp_path: Path, config: Path) -> None:
    config.write_text("accepted: [{check: volume-*, until: 2027-10-01, reason: kept for an audit}]\n")
    fake = Fake()
    fake.found = Examined((found(severity="high"),), ran())
    done = run(tmp_path, fake, fail_on="low")
    assert (done.failure, done.outputs["findings"]) == (None, 0)
    assert "kept for an audit" in done.summary
    assert report_of(done)["findings"][0]["accepted"] == {"until": "2027-10-01", "reason": "kept for an audit"}


@pytest.mark.usefixtures("config")
def test_where_no_check_could_run_nothing_is_fine(tmp_path: Path) -> None:
    fake = Fake([VOLUME])
    fake.found = Examined(ran=(Ran("volume-unattached", "skipped", "access denied: DescribeVolumes"),))
    done = run(tmp_path, fake)
    assert done.failure
    assert done.failure.code == Exit.REMOTE
    assert "no check could run: access denied: DescribeVolumes" in done.faults


@pytest.mark.usefixtures("config")
def test_all_faults_of_the_inputs_come_at_once(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        Fake(),
        checks=("volume-unatached",),
        since="nowhere.json",
        html_file="no/where.html",
        sarif_file=str(tmp_path),
        report_file=str(tmp_path),
    )
    assert done.failure
    assert done.failure.code == Exit.BAD_INPUT
    assert [each.where for each in done.failure.faults] == ["checks", "since", "report-file", "html-file", "sarif-file", "sarif-file"]
    assert done.summary == ""


@pytest.mark.usefixtures("config")
def test_no_secret_and_no_command_gets_through(tmp_path: Path) -> None:
    hostile = f"::error::no <script>alert(1)</script> | `x` @everyone {SECRET} postgres://u:pa55word@db ghp_{'a1' * 18} \x1b[31m"
    fake = Fake()
    fake.found = Examined(
        (
            found(
                hostile,
                title=hostile,
                why=f"{hostile}\n::error::no\n-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----",
                fix=hostile,
                owner=hostile,
            ),
        ),
        (*ran("bucket-public", "document-broken"), Ran("volume-unattached", "ran", hostile, hostile, hostile)),
        (Chart(hostile, "USD", "bars", ((hostile, 1.0),)),),
        (("bucket-public", hostile),),
    )
    in_actions = {"GITHUB_ACTIONS": "true"}
    done = Run(tmp_path, {"fake": fake.group}, Inputs(config=str(tmp_path / "maintenance.yml")), in_actions, secrets=(SECRET,))
    told = Path(done.outputs["report_file"]).read_text()
    for text in (told, done.summary, done.stdout.getvalue().replace(f"::add-mask::{SECRET}", "")):
        for secret in (SECRET, "pa55word", "ghp_a1", "MIIEabc"):
            assert secret not in text
    assert not [line for line in done.stdout.getvalue().split("\n") if line.lstrip().startswith("::error")]
    assert "<script>" not in done.summary


@pytest.mark.usefixtures("config")
def test_findings_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    fake = Fake()
    fake.found = Examined(tuple(found(f"vol-{number:05}", why="x" * 900) for number in range(3000)), ran())
    done = run(tmp_path, fake)
    assert len(done.summary.encode()) < 1024 * 1024
    assert "more of this severity do not fit here" in done.summary
    assert done.summary.rstrip().endswith("document-broken.")


@pytest.mark.usefixtures("config")
def test_a_group_that_takes_too_long_is_left_behind(tmp_path: Path) -> None:
    hanging, quick = Fake([PUBLIC]), Fake([VOLUME])
    over = threading.Event()
    hanging.during = lambda _: over.wait(60)
    quick.found = Examined((found(),), ran("volume-unattached"))
    try:
        done = run(tmp_path, hanging, quick, wait_for_minutes=0.01)
    finally:
        over.set()
    states = {each["name"]: (each["state"], each["why"]) for each in report_of(done)["checks"]}
    assert states == {"bucket-public": ("failed", "did not end within 0.01 min"), "volume-unattached": ("ran", "")}
    assert done.outputs["findings"] == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.usefixtures("config")
def test_when_it_is_cancelled_what_is_known_is_written(tmp_path: Path, number: signal.Signals, code: int) -> None:
    slow, quick = Fake([PUBLIC]), Fake([VOLUME])
    quick.found = Examined((found(),), ran("volume-unattached"))
    ended = threading.Event()
    quick.during = lambda _: ended.set()

    def cancelled(given: Given) -> None:
        ended.wait(30)
        os.kill(os.getpid(), number)
        given.context.clock.sleep(60)

    slow.during = cancelled
    done = run(tmp_path, slow, quick, fail_on="low")
    assert done.failure
    assert done.failure.code == code
    told = report_of(done)
    assert told["complete"] is False
    assert {each["name"]: each["state"] for each in told["checks"]} == {"bucket-public": "failed", "volume-unattached": "ran"}
    assert [each["resource"] for each in told["findings"]] == ["vol-1"]
    assert "cancelled; 1 finding by then" in done.summary
