"""maintenance-report on several machines: their parts make the report that one machine would have made, and what no part has counts as not examined."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit
from credex_actions.core.shard import Shard
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.configuration.model import Account, Configuration
from credex_actions.maintenance.examining.planning import plan
from credex_actions.maintenance.finding import Chart, Examined, Ran
from credex_actions.maintenance.groups import Given
from credex_actions.maintenance.parts.part import part_of
from tests.unit.maintaining import BROKEN, PUBLIC, VOLUME, Fake, Run, found, ran

CONFIG: Final = 'accounts: [{name: one}, {name: two, role: "arn:aws:iam::210987654321:role/maintenance"}]\n'
SECRET: Final = "kEeP-mE-hidden-0123456789"
OF_TIME: Final = ("made", "seconds", "first_seen", "last_seen", "history", "charts", "since")


class Team:
    """Three groups of checks, of which one is run by account: four pieces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.volumes, self.buckets, self.documents = Fake([VOLUME], by_account=True), Fake([PUBLIC]), Fake([BROKEN])
        self.volumes.found = Examined((found(key="of the id"),), ran(VOLUME.name), calls=3, kept={"volumes": ("a",)})
        self.buckets.found = Examined(
            (found("credex-website", check=PUBLIC.name, severity="high"),),
            ran(PUBLIC.name),
            (Chart("Buckets", "", "bars", (("public", 1.0), ("lost", float("nan")))),),
            ((PUBLIC.name, "2 buckets"),),
        )
        self.environment: dict[str, str] = {}
        self.secrets: tuple[str, ...] = ()
        (folder / "maintenance.yml").write_text(CONFIG)

    def run(self, **inputs: Any) -> Run:
        groups = {"volumes": self.volumes.group, "buckets": self.buckets.group, "documents": self.documents.group}
        given_ones = Inputs(**({"config": str(self.folder / "maintenance.yml")} | inputs))
        return Run(self.folder, groups, given_ones, self.environment, self.secrets)

    def shard(self, shard: str, **inputs: Any) -> Path:
        path = self.folder / f"part-{shard.replace('/', '-')}.json"
        done = self.run(shard=shard, part_file=str(path), **inputs)
        assert done.failure is None, done.faults
        assert done.outputs == {"part_file": str(path)}
        return path

    def joined(self, **inputs: Any) -> Run:
        return self.run(parts=(str(self.folder / "part-*.json"),), **inputs)

    def changed(self, path: Path, **members: Any) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | members))


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def report_of(done: Run) -> Any:
    return json.loads(Path(done.outputs["report_file"]).read_text())


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_times(each) for name, each in value.items() if name not in OF_TIME}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def states(done: Run) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["state"], each["why"]) for each in report_of(done)["checks"]}


@given(st.integers(1, 30), st.integers(0, 30), st.lists(st.booleans(), min_size=1, max_size=3))
def test_each_piece_is_in_one_share_and_its_owner_is_known(shards: int, accounts: int, by_account: list[bool]) -> None:
    groups = {
        f"group-{number}": Fake([check], by_account=each).group
        for number, (check, each) in enumerate(zip((VOLUME, PUBLIC, BROKEN), by_account, strict=False))
    }
    configuration = Configuration(accounts=[Account(name=f"account-{number}") for number in range(accounts)])
    planned = plan(groups, (VOLUME.name, PUBLIC.name, BROKEN.name), configuration)
    shares = [planned.share(Shard(number + 1, shards)) for number in range(shards)]
    assert sorted(piece.key for share in shares for piece in share) == sorted(piece.key for piece in planned.pieces)
    assert all(piece in shares[planned.owner(index, shards).number - 1] for index, piece in enumerate(planned.pieces))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_make_the_report_that_one_machine_makes(team: Team, count: int) -> None:
    earlier = team.run(report_file=str(team.folder / "earlier.json")).outputs["report_file"]
    team.volumes.found = Examined((found("vol-2"),), (Ran(VOLUME.name, "ran", account="1", region="r"),), calls=3, kept={"volumes": ("b",)})
    alone = team.run(since=earlier)
    for number in range(count):
        team.shard(f"{number + 1}/{count}", since=earlier)
    together = team.joined(since=earlier)
    assert together.failure is None
    assert without_times(report_of(together)) == without_times(report_of(alone))
    assert together.outputs["solved"] == 1
    assert [each["title"] for each in report_of(together)["charts"]] == ["Buckets", "Findings to decide on"]
    assert report_of(together)["kept"] == {"volumes": ["b"]}
    assert "✅ maintenance-report: shard" not in together.summary
    assert together.stderr.getvalue().count("warning") == 0


def test_what_is_found_in_two_parts_is_one_finding(team: Team) -> None:
    for shard in ("1/2", "2/2"):
        identity, finding = part_of(team.shard(shard).read_text()).outcomes[0].findings[0]
        assert (
            identity == finding.id == found(key="of the id").id
        )  # both accounts have the same global resource; pull requests go by the id
    assert [each["resource"] for each in report_of(team.joined())["findings"]] == ["credex-website", "vol-1"]


def test_a_shard_says_what_it_has_examined(team: Team) -> None:
    done = team.run(shard="1/2")
    assert "### ✅ maintenance-report: shard 1/2 has examined 2 groups of checks: 2 findings" in done.summary
    assert "volumes of one" in done.summary
    assert f"Part: {done.outputs['part_file']}" in done.stdout.getvalue()
    assert done.runner.report == {"shard": "1/2", "examined": [{"group": "volumes", "account": "one"}, {"group": "buckets", "account": ""}]}
    assert os.stat(done.outputs["part_file"]).st_mode & 0o077 == 0


def test_a_shard_that_has_nothing_to_examine_says_so(team: Team) -> None:
    done = team.run(shard="5/5")
    assert done.failure is None
    assert "shard 5/5 has nothing to examine" in done.summary


def test_a_part_that_is_missing_is_neither_fine_nor_solved(team: Team) -> None:
    earlier = team.run(report_file=str(team.folder / "earlier.json")).outputs["report_file"]
    team.buckets.found = Examined(ran=ran(PUBLIC.name))
    for shard in ("1/3", "3/3"):
        team.shard(shard, since=earlier)
    done = team.joined(since=earlier)
    lacks = "shard 2/3 left no part: its job failed, or was cancelled"
    assert states(done) == {VOLUME.name: ("failed", f"{lacks} (two)"), PUBLIC.name: ("ran", ""), BROKEN.name: ("ran", "")}
    assert f"Note: {lacks}." in done.stdout.getvalue()
    assert f"warning: parts: {lacks}" in done.stderr.getvalue()
    report = report_of(done)
    assert ([each["resource"] for each in report["solved"]], report["complete"]) == (["credex-website"], True)
    team.volumes.found = Examined(ran=ran(VOLUME.name))
    team.shard("1/3", since=earlier)
    assert [each["resource"] for each in report_of(team.joined(since=earlier))["unchecked"]] == ["vol-1"]


def test_a_gate_does_not_pass_what_a_missing_shard_should_have_examined(team: Team) -> None:
    team.volumes.found, team.buckets.found = Examined(ran=ran(VOLUME.name)), Examined(ran=ran(PUBLIC.name))
    team.documents.found = Examined((found("README.md", check=BROKEN.name, severity="high"),), ran(BROKEN.name))
    earlier = team.run(report_file=str(team.folder / "earlier.json")).outputs["report_file"]
    team.shard("1/2", since=earlier)
    done = team.joined(since=earlier, fail_on="high")
    assert done.failure
    assert done.failure.code == Exit.FAILED
    assert "1 earlier finding of the severity high was not examined this time" in done.faults
    verdict = "nothing found where checks ran; 2 checks failed: volume-unattached, document-broken; 1 earlier finding was not examined"
    assert done.summary.startswith(f"### ⚠️ maintenance-report: {verdict}")
    assert team.joined(fail_on="high").failure.code == Exit.REMOTE  # type: ignore[union-attr]


OTHERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "version": ({"suite": "0.0.1", "outcomes": "of another form"}, "is of credex-actions 0.0.1, and this is 0.1.0"),
    "configuration": ({"digest": "0" * 64}, "examined another configuration, or other checks"),
    "run": ({"run": "17"}, "is of another workflow run"),
    "time": ({"made": "2026-01-02T03:04:05Z"}, "began at 2026-01-02 03:04 UTC, more than a day before shard 1/2"),
    "silence": ({"outcomes": []}, "says nothing of it in its part"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_part_that_is_not_of_this_report_does_not_count(team: Team, other: str) -> None:
    team.environment = {"GITHUB_RUN_ID": "18"}
    members, why = OTHERS[other]
    team.shard("1/2")
    team.changed(team.shard("2/2"), **members)
    done = team.joined()
    assert done.failure is None
    assert states(done)[BROKEN.name] == ("failed", f"shard 2/2 {why}")
    assert states(done)[VOLUME.name] == ("failed", f"shard 2/2 {why} (two)")
    assert states(done)[PUBLIC.name] == ("ran", "")


def test_a_newer_part_of_another_report_makes_no_other_one_too_old(team: Team) -> None:
    team.shard("1/2")
    team.changed(team.shard("2/2"), digest="0" * 64, made=(datetime.now(UTC) + timedelta(days=9)).isoformat())
    assert states(team.joined())[PUBLIC.name] == ("ran", "")


def test_outside_actions_parts_of_one_run_make_a_report_and_those_of_two_do_not(team: Team) -> None:
    for shard, hours in (("1/2", 2), ("2/2", 1)):
        team.changed(team.shard(shard), run="17", made=(datetime.now(UTC) - timedelta(hours=hours)).isoformat())
    assert {state for state, _ in states(team.joined()).values()} == {"ran"}
    team.changed(team.folder / "part-1-2.json", run="16")
    assert states(team.joined())[PUBLIC.name] == ("failed", "shard 1/2 is of another workflow run")


def test_checks_that_were_not_chosen_alike_do_not_count(team: Team) -> None:
    team.shard("1/2")
    team.shard("2/2", skip=(BROKEN.name,))
    assert states(team.joined())[BROKEN.name] == ("failed", "shard 2/2 examined another configuration, or other checks")


def test_where_not_one_part_counts_nothing_is_reported(team: Team) -> None:
    for shard in ("1/2", "2/2"):
        team.changed(team.shard(shard), digest="")
    done = team.joined()
    assert done.failure
    assert (done.failure.code, len(done.failure.faults), done.outputs) == (Exit.BAD_INPUT, 2, {})
    assert "part-1-2.json: parts: examined another configuration, or other checks" in done.faults


def test_all_faults_of_the_parts_come_at_once(team: Team) -> None:
    part = team.shard("1/2")
    for name, content in {
        "part-a": "{}",
        "part-b": "<html>",
        "part-c": part.read_text(),
        "part-e": '{"version": 1, "findings": []}',
    }.items():
        (team.folder / f"{name}.json").write_text(content)
    team.shard("2/3")
    team.changed(team.shard("3/3"), outcomes=[{"group": 1}])
    done = team.joined(checks=("volume-unatached",))
    assert done.failure
    assert done.failure.code == Exit.BAD_INPUT
    assert [(os.path.basename(each.file), each.what.partition(str(team.folder))[0]) for each in done.failure.faults] == [
        ("", "'volume-unatached' is not a check"),
        ("part-c.json", "is shard 1/2, but so is "),
        ("part-2-3.json", "is shard 2/3, but "),
        ("part-3-3.json", "is shard 3/3, but "),
        ("part-a.json", "is not a part of a maintenance report"),
        ("part-b.json", "is not a part of a maintenance report"),
        ("part-e.json", "is not a part of a maintenance report"),
    ]


def test_a_part_that_was_cut_off_takes_no_other_with_it(team: Team) -> None:
    team.shard("1/2")
    cut = team.shard("2/2")
    cut.write_text(cut.read_text()[:-40])
    done = team.joined()
    assert done.failure is None
    assert states(done)[PUBLIC.name] == ("ran", "")
    assert states(done)[BROKEN.name] == ("failed", "shard 2/2 left no part: its job failed, or was cancelled")
    (remark,) = [each for each in report_of(done)["remarks"] if "does not count" in each]
    assert remark == f"a file does not count as a part: {cut} is not a part of a maintenance report"
    assert remark in done.stderr.getvalue()
    (team.folder / "part-1-2.json").unlink()
    alone = team.joined()
    assert alone.failure
    assert (alone.failure.code, alone.failure.faults[0].file) == (Exit.BAD_INPUT, str(cut))


def test_a_damaged_part_takes_no_other_with_it(team: Team) -> None:
    team.shard("1/2")
    team.changed(team.shard("2/2"), outcomes=[{"group": 1}])
    damage = "shard 2/2 left a damaged part: Expected `str`, got `int` - at `$.outcomes[0].group`"
    assert states(team.joined())[BROKEN.name] == ("failed", damage)


def test_brackets_in_a_path_are_no_glob(team: Team) -> None:
    folder = team.folder / "run [1]"
    folder.mkdir()
    for shard in ("1/2", "2/2"):
        part = team.shard(shard)
        part.rename(folder / part.name)
    for parts in ((f"{folder}/*.json",), (f"{folder}/part-1-2.json", f"{folder}/part-[2]-2.json"), (f"{team.folder}/run*/*.json",)):
        assert {state for state, _ in states(team.run(parts=parts)).values()} == {"ran"}


def test_a_part_answers_only_for_the_share_of_its_shard(team: Team) -> None:
    first = json.loads(team.shard("1/2").read_text())
    second = json.loads(team.shard("2/2").read_text())
    (team.folder / "part-1-2.json").unlink()
    team.changed(team.folder / "part-2-2.json", outcomes=first["outcomes"] + second["outcomes"])
    done = team.joined()
    assert states(done)[PUBLIC.name] == ("failed", "shard 1/2 left no part: its job failed, or was cancelled")
    assert not [each for each in report_of(done)["findings"] if each["check"] == PUBLIC.name]


ATTEMPTS: Final = {
    "the part of yesterday, though all jobs were run again": (23, True, "failed", "left no part in attempt 2 of this run; that of attempt 1 began 23 h 5 min before this report"),
    "only the failed jobs were run again": (2, True, "ran", "began 2 h 5 min before this report, in attempt 1 of this run"),
    "it may have died early": (0, False, "failed", "left no part in attempt 2 of this run; that of attempt 1 does not count, since not all shards are known to have succeeded"),
}  # fmt: skip


@pytest.mark.parametrize("case", ATTEMPTS)
def test_a_part_of_an_earlier_attempt_counts_while_it_is_fresh_and_nobody_failed(team: Team, case: str) -> None:
    hours, succeeded, state, said = ATTEMPTS[case]
    team.environment = {"GITHUB_RUN_ID": "18", "GITHUB_RUN_ATTEMPT": "1"}
    team.changed(team.shard("1/2"), made=(datetime.now(UTC) - timedelta(hours=hours, minutes=5, seconds=1)).isoformat())
    team.environment["GITHUB_RUN_ATTEMPT"] = "2"
    team.shard("2/2")
    done = team.joined(earlier_attempts=succeeded)
    assert (states(done)[PUBLIC.name][0], states(done)[BROKEN.name]) == (state, ("ran", ""))
    (remark,) = report_of(done)["remarks"]
    assert remark == f"shard 1/2 {said}"


def test_a_shard_that_died_when_it_was_run_again_was_not_examined(team: Team) -> None:
    """However well it did in the attempt before, an hour ago: nothing is fine, and the gate stays shut."""
    team.volumes.found, team.buckets.found, team.documents.found = (Examined(ran=ran(each.name)) for each in (VOLUME, PUBLIC, BROKEN))
    team.environment = {"GITHUB_RUN_ID": "18", "GITHUB_RUN_ATTEMPT": "1"}
    for shard in ("1/2", "2/2"):
        team.shard(shard)
    assert team.joined().summary.startswith("### ✅")
    team.environment["GITHUB_RUN_ATTEMPT"] = "2"
    team.shard("1/2")
    done = team.joined(fail_on="low")
    assert done.summary.startswith(
        "### ⚠️ maintenance-report: nothing found where checks ran; 2 checks failed: volume-unattached, document-broken"
    )
    assert states(done)[VOLUME.name][1].startswith("shard 2/2 left no part in attempt 2 of this run")
    assert states(done)[VOLUME.name][1].endswith("(two)"), "the account that nobody looked at"
    assert done.failure
    assert done.failure.code == Exit.REMOTE


def test_parts_that_are_old_say_so(team: Team) -> None:
    for shard in ("1/2", "2/2"):
        team.changed(team.shard(shard), made=(datetime.now(UTC) - timedelta(hours=5, minutes=5, seconds=1)).isoformat())
    assert report_of(team.joined())["remarks"] == [f"shard {each}/2 began 5 h 5 min before this report" for each in (1, 2)]


def test_no_part_at_all_is_an_error(team: Team) -> None:
    done = team.joined()
    assert done.failure
    assert done.failure.code == Exit.BAD_INPUT
    assert "parts: no file matches: no shard has left a part, or they are elsewhere" in done.faults


def test_a_shard_makes_no_report(team: Team) -> None:
    folder = str(team.folder)
    done = team.run(
        shard="3/2",
        parts=("nowhere",),
        mode="propose",
        fail_on="high",
        issue=True,
        report_file=f"{folder}/r",
        html_file=f"{folder}/h",
        sarif_file=f"{folder}/s",
        part_file=f"{folder}/s",
    )
    assert done.failure
    places = ["shard", "parts", "mode", "fail-on", "issue", "report-file", "html-file", "sarif-file", "parts", "part-file"]
    assert [each.where for each in done.failure.faults][: len(places)] == places
    assert "part-file: is what a shard leaves, and no shard is set" in team.run(part_file=f"{folder}/s").faults
    assert not list(team.folder.glob("*.json"))


def test_no_secret_is_in_a_part(team: Team) -> None:
    hostile = f"{SECRET} postgres://u:pa55word@db ghp_{'a1' * 18}"
    team.secrets = (SECRET,)
    team.volumes.found = Examined(
        (found(hostile, title=hostile, why=hostile, fix=hostile, owner=hostile, key=hostile),),
        (Ran(VOLUME.name, "skipped", hostile, hostile, hostile, absent=(hostile,)),),
        (Chart(hostile, "USD", "bars", ((hostile, 1.0),)),),
        ((VOLUME.name, hostile),),
        kept={"log-patterns": (f"error {hostile}\x1b[31m",)},
    )
    text = team.shard("1/2").read_text()
    for secret in (SECRET, "pa55word", "ghp_a1"):
        assert secret not in text
    team.secrets = ()
    (part,) = team.folder.glob("part-*.json")
    planted = json.loads(text.replace("credex-website", f"ghp_{'b2' * 18}"))  # who writes a part is not trusted to have cleaned it
    planted["outcomes"][0]["kept"] = {f"name ghp_{'c3' * 18}": [f"line ghp_{'d4' * 18} \x1b[31m"]}
    part.write_text(json.dumps(planted))
    report = Path(team.joined().outputs["report_file"]).read_text()
    assert not [secret for secret in ("ghp_b2", "ghp_c3", "ghp_d4", "u001b", "\x1b") if secret in report]
    assert json.loads(report)["kept"]["name ***"] == ["line *** "]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_shard_leaves_what_it_knew(team: Team, number: signal.Signals, code: int) -> None:
    team.shard("2/2")

    def cancelled(here: Given) -> None:
        os.kill(os.getpid(), number)
        here.context.clock.sleep(60)

    team.buckets.during = cancelled
    path = team.folder / "part-1-2.json"
    done = team.run(shard="1/2", part_file=str(path))
    assert done.failure
    assert (done.failure.code, done.outputs) == (code, {"part_file": str(path)})
    assert "cancelled: the part has what was known by then" in done.faults
    together = team.joined()
    assert together.failure is None
    assert states(together)[PUBLIC.name] == ("failed", "cancelled before it ended")
    assert states(together)[BROKEN.name] == ("ran", "")
    assert "shard 1/2 was cancelled: of its checks this is what was known by then" in together.stdout.getvalue()


def test_an_earlier_report_that_not_all_have_is_told(team: Team) -> None:
    earlier = team.run(report_file=str(team.folder / "earlier.json")).outputs["report_file"]
    team.shard("1/2", since=earlier)
    team.shard("2/2")
    assert team.buckets.given
    assert team.buckets.given.kept == {"volumes": ("a",)}
    (remark,) = report_of(team.joined(since=earlier))["remarks"]
    assert remark.startswith("shard 2/2 compared with no earlier report, and this report with the report of ")


def test_shards_of_different_accounts_are_not_mixed(team: Team) -> None:
    for shard, account in (("1/2", "123456789012"), ("2/2", "210987654321")):
        team.changed(team.shard(shard), home=[account, "af-south-1"])
    done = team.joined()
    assert done.failure
    assert "was signed in to 210987654321 in af-south-1, but " in done.faults


def test_the_report_is_as_old_as_its_join(team: Team) -> None:
    for shard, hours in (("1/2", 3), ("2/2", 1)):
        team.changed(team.shard(shard), made=(datetime.now(UTC) - timedelta(hours=hours)).isoformat(), seconds=10.0 * hours)
    report = report_of(team.joined())
    assert datetime.now(UTC) - datetime.fromisoformat(report["made"]) < timedelta(hours=1)
    assert (report["seconds"], report["calls"]) == (30.0, 6)


def test_fail_on_judges_all_parts(team: Team) -> None:
    for shard in ("1/2", "2/2"):
        team.shard(shard)
    done = team.joined(fail_on="high", sarif_file=str(team.folder / "found.sarif"), html_file=str(team.folder / "page.html"))
    assert done.failure
    assert (done.failure.code, done.outputs["findings"]) == (Exit.FAILED, 2)
    assert "credex-website" in (team.folder / "page.html").read_text()


def test_checks_with_a_place_that_another_part_has_have_run(team: Team) -> None:
    """A log group that the configuration names has to be in one account of all."""
    team.volumes.found = Examined(ran=(Ran(VOLUME.name, "skipped", "no group", absent=("/a",)),))
    first = team.shard("1/2")
    team.volumes.found = Examined(ran=(Ran(VOLUME.name, "ran"),))
    team.shard("2/2")
    assert states(team.joined())[VOLUME.name] == ("ran", "")
    assert first.exists()
