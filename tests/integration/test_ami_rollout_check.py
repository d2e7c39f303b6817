"""neo4j-ami-rollout --mode check against a real database on an instance of the sandbox, and sources of versions on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.backing_up import PASSWORD, BackingUp
from tests.integration.called import Ended, ended, told
from tests.integration.warm import Command
from tests.version_sources import VERSIONS, Sources, serving

pytestmark = pytest.mark.slow


@dataclass
class Checking:
    database: BackingUp
    sources: Sources

    def run(self, *words: str, kinds: tuple[str, ...] = ("maven", "yum"), series: str = "5.26", user_data: str = "") -> Ended:
        self.database.configure()
        file = self.database.folder / "neo4j.yml"
        if user_data:
            file.write_text(file.read_text().replace("    checks:", f"    user-data: {{file: {user_data}}}\n    checks:"))
        file.write_text(f'{file.read_text()}image: {{series: "{series}", sources: {self.sources.yaml(*kinds)}}}\n')
        command = ("neo4j-ami-rollout", "--mode", "check", "--environment", "production", "--json", *words)
        summary = self.database.folder / "summary.md"
        summary.unlink(missing_ok=True)
        own = {"HOME": str(self.database.folder), "GITHUB_STEP_SUMMARY": str(summary)}
        got = ended(Command(*command, env=own | self.database.sandbox.environment, cwd=self.database.folder), self.database.folder)
        assert PASSWORD not in got.stdout + got.stderr + got.summary
        return got


@pytest.fixture(scope="module")
def one_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checking]:
    with Sandbox(pace=0.05) as sandbox, serving() as sources:
        made = BackingUp.provisioned(sandbox, tmp_path_factory.mktemp("check"))
        with made.database():
            pass
        yield Checking(made, sources)
        assert sandbox.misfits == []


@pytest.fixture
def checking(one_database: Checking) -> Checking:
    one_database.sources.versions.clear()
    return one_database


def test_a_database_that_runs_the_newest_version_is_current(checking: Checking) -> None:
    got = checking.run()
    told(got, 0, "ledger: current: it runs 5.26.16, the newest of 5.26", "2025.10.1 is the newest of 2025.10", "supported until June 2028")
    assert (got.outputs["outcome"], got.outputs["version"]) == ("current", "5.26.16")
    (database,) = got.report["databases"]
    assert (database["version"], database["edition"]) == ("5.26.16", "community")
    assert "current" in got.summary


def test_a_newer_version_is_found_and_one_that_only_one_source_names_is_not(checking: Checking) -> None:
    checking.sources.versions = dict.fromkeys(("maven", "yum"), (*VERSIONS, "5.26.17"))
    got = checking.run()
    told(got, 0, "ledger: newer-version: it runs 5.26.16; 5.26.17 can replace it")
    assert (got.outputs["outcome"], got.outputs["version"]) == ("newer-version", "5.26.17")
    checking.sources.versions["maven"] = (*VERSIONS, "5.26.17", "5.26.18")
    got = checking.run()
    told(got, 0, "mismatch: the sources disagree on the newest version of 5.26: maven says 5.26.18; yum says 5.26.17")
    assert got.outputs["version"] == "5.26.17"


def test_one_source_alone_is_not_enough(checking: Checking) -> None:
    got = checking.run(kinds=("maven",))
    told(got, 4, "only maven names versions of 5.26: two kinds of sources have to agree")
    assert got.outputs["version"] is None
    assert got.report["databases"][0]["version"] == "5.26.16"


def test_the_path_into_the_next_series_is_told(checking: Checking) -> None:
    got = checking.run(series="2025.10")
    told(got, 0, "2025.10.1 can replace it", "Java 21", "refused by 5.26.16")


def test_bad_input_is_told_at_once(checking: Checking) -> None:
    told(checking.run("--version", "5.26"), 2, "is not a version of Neo4j", "such as 5.26.16")
    told(checking.run("--version", "2025.10.1", "--databases", "legder"), 2, "does not belong to the series 5.26", "Did you mean ledger?")
    told(checking.run("--version", "5.26.99"), 4, "no source names 5.26.99")


def test_user_data_that_were_merged_and_not_rolled_out_are_told(checking: Checking) -> None:
    (checking.database.folder / "ledger.sh").write_text("#!/bin/sh\nNEO4J_db_transaction_timeout=61s\n")
    got = checking.run(user_data="ledger.sh")
    told(got, 0, "ledger: current", "its user data are not those of neo4j.yml", "--mode plan shows the difference")
    assert got.report["databases"][0]["user_data"] == "differs"
    told(checking.run(user_data="gone.sh"), 2, "gone.sh", "does not exist")


def test_an_instance_that_does_not_run_is_known_by_its_ami(checking: Checking) -> None:
    ec2: Any = checking.database.sandbox.client("ec2")
    ec2.stop_instances(InstanceIds=[checking.database.instance])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[checking.database.instance], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    got = checking.run()
    told(got, 0, "ledger: current: it runs 5.26.16", "is tagged: instance", "is stopped")
