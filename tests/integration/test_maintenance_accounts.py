"""Where the checks look in AWS: the job's own account, others by a role, each in its regions; and what is said of those that nobody can enter."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from credex_actions.declarations.maintenance_report import Inputs
from tests.unit.maintaining import PUBLIC, VOLUME, Fake, Run

if TYPE_CHECKING:
    from credex_actions.maintenance.groups import Given
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow

OTHER: Final = "210987654321"
CONFIG: Final = f"""\
accounts:
  - {{name: own, regions: [af-south-1, eu-west-1]}}
  - {{name: other, role: "arn:aws:iam::{OTHER}:role/maintenance", regions: [us-east-1]}}
"""


class Accounts:
    def __init__(self, sandbox: "Sandbox", folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.sandbox, self.folder, self.patch = sandbox, folder, patch
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        self.fake = Fake([VOLUME], aws=True, by_account=True)
        self.home = Fake([PUBLIC], aws=True)
        self.given: list[Given] = []
        self.fake.during = self.given.append

    def run_it(self, config: str = CONFIG, **inputs: Any) -> None:
        file = self.folder / "maintenance.yml"
        file.write_text(config)
        self.run = Run(self.folder, {"fake": self.fake.group, "home": self.home.group}, Inputs(config=str(file), **inputs), {})

    def call(self, config: str = CONFIG) -> Any:
        self.run_it(config)
        return json.loads(Path(self.run.outputs["report_file"]).read_text())

    def looked(self) -> set[tuple[str, str, str]]:
        """(account, region, who the clients are)."""
        found = set()
        for given in self.given:
            for scope in given.scopes:
                caller = scope.clients.read("sts").get_caller_identity()
                assert scope.clients.region == scope.region
                found.add((scope.account, scope.region, caller["Account"]))
        return found


@pytest.fixture
def accounts(sandbox: "Sandbox", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    return Accounts(sandbox, tmp_path, monkeypatch)


def test_each_account_is_examined_in_its_regions(accounts: Accounts) -> None:
    report = accounts.call()
    own = accounts.sandbox.account
    assert accounts.looked() == {(own, "af-south-1", own), (own, "eu-west-1", own), (OTHER, "us-east-1", OTHER)}
    assert report["scope"] == [
        {"account": own, "region": "af-south-1", "name": "own"},
        {"account": own, "region": "eu-west-1", "name": "own"},
        {"account": OTHER, "region": "us-east-1", "name": "other"},
    ]
    assert accounts.home.given
    assert accounts.home.given.home
    assert (accounts.home.given.home.account, accounts.home.given.home.region) == (own, accounts.sandbox.region)


def test_without_a_configuration_it_is_the_job_s_own(accounts: Accounts) -> None:
    accounts.call("{}")
    own = accounts.sandbox.account
    assert accounts.looked() == {(own, accounts.sandbox.region, own)}


def test_a_shard_enters_its_own_accounts_only_and_all_together_make_one_report(accounts: Accounts) -> None:
    alone = accounts.call()
    parts = []
    for shard, entered in (("1/2", {accounts.sandbox.account}), ("2/2", {OTHER})):
        accounts.given.clear()
        accounts.sandbox.reset_calls()
        parts.append(str(accounts.folder / f"part-{shard[0]}.json"))
        accounts.run_it(shard=shard, part_file=parts[-1])
        assert {account for account, _, _ in accounts.looked()} == entered
        assert [call.operation for call in accounts.sandbox.calls()].count("AssumeRole") == (OTHER in entered)
    accounts.sandbox.reset_calls()
    accounts.run_it(parts=tuple(parts))
    together = json.loads(Path(accounts.run.outputs["report_file"]).read_text())
    assert accounts.sandbox.calls() == []
    assert together["scope"] == alone["scope"]
    assert together["checks"] == alone["checks"]


def test_an_account_that_a_shard_may_not_enter_is_told_as_without_shards(accounts: Accounts) -> None:
    accounts.sandbox.fault("AssumeRole", 1, "access-denied")
    parts = tuple(str(accounts.folder / f"part-{number}.json") for number in (1, 2))
    for number, part in enumerate(parts, 1):
        accounts.run_it(shard=f"{number}/2", part_file=part)
        assert accounts.run.failure is None
    accounts.run_it(parts=parts)
    (check,) = (
        each for each in json.loads(Path(accounts.run.outputs["report_file"]).read_text())["checks"] if each["name"] == "volume-unattached"
    )
    assert (check["state"], check["why"][-8:]) == ("skipped", " (other)")


def test_an_account_that_nobody_may_enter_stops_no_other(accounts: Accounts) -> None:
    accounts.sandbox.fault("AssumeRole", 1, "access-denied")
    report = accounts.call()
    (check,) = (each for each in report["checks"] if each["name"] == "volume-unattached")
    assert check["state"] == "skipped"
    assert check["why"].startswith("AWS does not allow AssumeRole: ")
    assert check["why"].endswith("(other)")
    assert {each["state"] for each in check["where"]} == {"ran", "skipped"}
    assert {account for account, _, _ in accounts.looked()} == {accounts.sandbox.account}
    assert accounts.run.failure is None


def test_without_credentials_all_of_aws_is_skipped_and_said(accounts: Accounts) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        accounts.patch.delenv(name, raising=False)
    accounts.patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    accounts.patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(accounts.folder / "none"))
    report = accounts.call()
    assert {each["why"] for each in report["checks"]} == {"there are no AWS credentials"}
    assert "no check could run: there are no AWS credentials" in accounts.run.faults
