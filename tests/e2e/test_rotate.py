"""What the example's manifest promises: every credential gets a new value while the databases are used and a deployment runs, and neither sees a failure."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.databases import Databases
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import App, Repository
from tests.integration.logins import Logins

pytestmark = pytest.mark.slow
ISSUED = "issued-by-a-third-party-0001"


@dataclass
class Team:
    """The example, its databases, and a developer's checkout."""

    sandbox: Sandbox
    github: GitHub
    databases: Databases
    app: App
    checkout: Path

    @property
    def repository(self) -> Repository:
        return self.github.hub.repositories[example.REPOSITORY.lower()]

    def started(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "INPUT_", "AWS_"))}
        environment = {**kept, **self.sandbox.environment, **self.github.environment, **self.github.app_environment(self.app), **more}
        return subprocess.Popen(
            [sys.executable, "-m", "credex_actions", *words],
            cwd=self.checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def parameter(self, name: str) -> str:
        found = self.sandbox.client("ssm").get_parameter(Name=f"/credex/development/{name}", WithDecryption=True)
        return str(found["Parameter"]["Value"])

    def keys(self, environment: str) -> list[str]:
        listed = self.sandbox.client("iam").list_access_keys(UserName=f"credex-core-{environment}-deployment")["AccessKeyMetadata"]
        return [key["AccessKeyId"] for key in listed]


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Iterator[Team]:
    with Databases() as databases:
        sandbox.pace = 0.2
        example.make(sandbox, github, databases)
        example.clone(github.url, tmp_path / "credex-core")
        yield Team(sandbox, github, databases, github.app(), tmp_path / "credex-core")


def test_everything_is_rotated_while_it_is_used(team: Team) -> None:
    before = {environment: team.keys(environment) for environment in example.BRANCHES.values()}
    former_token = team.parameter("jwt_secret")
    server = team.databases.servers["ledger_space"]
    deployment = team.started("trigger-dev-deploy", "--poll-seconds", "0.5")
    team.github.until(lambda: any(run.status == "in_progress" for run in team.repository.runs), "a deployment in progress")
    with Logins(team.sandbox, server.bolt_url, "credex/development/ledger_space").going_on() as logins:
        rotation = team.started("rotate-secrets", "--mode", "apply", "--wait-minutes", "3", "--json", OPEN_EXCHANGE_RATES_API=ISSUED)
        printed, said = rotation.communicate(timeout=300)
    deployed, deploying = deployment.communicate(timeout=300)
    assert rotation.returncode == 0, said
    assert deployment.returncode == 0, deployed + deploying
    assert logins.failures == []
    assert logins.count > 20
    assert set(logins.users) == {"neo4j", "credex_b"}
    told = {each["name"]: each["outcome"] for each in json.loads(printed)["report"]["credentials"]}
    assert set(told.values()) == {"rotated"}, told
    for environment, keys in before.items():
        (key,) = team.keys(environment)
        assert key not in keys
        assert team.github.secret(team.repository, "AWS_ACCESS_KEY", environment) == key
        assert team.repository.environments[environment].vault.variables["AWS_KEY"] == key
    token = team.parameter("jwt_secret")
    assert token != former_token
    assert team.github.secret(team.repository, "JWT_SECRET", "development") == token
    organisation = team.github.hub.organisations["Great-Sun-Group"]
    assert organisation.secrets["OPEN_EXCHANGE_RATES_API"] == ISSUED
    assert organisation.visibility["OPEN_EXCHANGE_RATES_API"] == "selected"
    assert organisation.selected["OPEN_EXCHANGE_RATES_API"] == [team.repository.id]
    assert team.github.secret(team.repository, "OPEN_EXCHANGE_RATES_API", dependabot=True) == ISSUED
    assert team.parameter("open_exchange_rates_api") == ISSUED
    for value in (token, former_token, ISSUED, team.parameter("neo_4j_ledger_space_pass")):
        assert value not in printed + said
    by_schedule(team)


def by_schedule(team: Team) -> None:
    """The same by the example's own workflow: nothing is due, so it says so."""
    team.repository.vault.secrets["OPEN_EXCHANGE_RATES_API"] = ISSUED
    run = team.started("trigger-dev-deploy", "--workflow", "rotate-secrets.yml", "--inputs", "mode=apply", "--poll-seconds", "0.5")
    printed, said = run.communicate(timeout=300)
    assert run.returncode == 0, printed + said
    assert "7 fresh" in printed + said
    assert ISSUED not in printed + said
