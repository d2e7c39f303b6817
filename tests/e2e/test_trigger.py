"""trigger-dev-deploy as its users have it: in a checkout of the example without a flag, and as an action in another repository's workflow."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from credex_actions.sandbox import Provisioned, Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git.store import AUTHOR
from credex_actions.sandbox.github.state import App, Repository
from tests.e2e import act

pytestmark = pytest.mark.slow

CALLER = """\
on: workflow_dispatch
jobs:
  trigger:
    runs-on: ubuntu-latest
    outputs:
      conclusion: ${{ steps.trigger.outputs.conclusion }}
    steps:
      - id: trigger
        uses: Great-Sun-Group/credex-actions/actions/trigger-dev-deploy@v1
        with:
          repository: Great-Sun-Group/credex-core
          app-id: ${{ secrets.GH_APP_ID }}
          app-private-key: ${{ secrets.GH_APP_PRIVATE_KEY }}
          poll-seconds: 1
      - run: echo "it ended with ${{ steps.trigger.outputs.conclusion }}, run ${{ steps.trigger.outputs.run-id }}"
"""


@dataclass
class Team:
    """The example application, and a developer's checkout of it."""

    sandbox: Sandbox
    github: GitHub
    app: App
    places: dict[str, Provisioned]
    checkout: Path

    @property
    def repository(self) -> Repository:
        return self.github.hub.repositories[example.REPOSITORY.lower()]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "INPUT_", "AWS_"))}
        return {**kept, **self.github.environment, **self.github.app_environment(self.app)}

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "credex_actions", *words],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def revision(self, environment: str) -> str:
        place = self.places[environment]
        service = self.sandbox.client("ecs").describe_services(cluster=place.cluster, services=[place.service])["services"][0]
        return str(service["taskDefinition"]).rpartition("/")[2]


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Team:
    places = example.make(sandbox, github)
    example.clone(github.url, tmp_path / "credex-core")
    return Team(sandbox, github, github.app(), places, tmp_path / "credex-core")


def test_no_flag_is_needed_in_a_checkout(team: Team) -> None:
    before = team.revision("development")
    ended = team.command("trigger-dev-deploy")
    assert ended.returncode == 0, ended.stderr
    assert team.revision("development") != before
    assert "✓ Development / Deploy: Deploy" in ended.stderr
    assert "serves in credex-core-service-development" in ended.stderr
    assert "success after" in ended.stdout
    secrets = team.repository.vault.secrets
    assert not [name for name, value in secrets.items() if name != "AWS_SECRET_ACCESS_KEY" and value in ended.stderr + ended.stdout]
    (run,) = team.repository.runs
    assert run.actor == "credex-deployer[bot]"


def test_a_push_from_the_checkout_fires_the_workflows_and_promotion_is_proposed(team: Team) -> None:
    (team.checkout / "README.md").write_text("A change\n")
    for words in (["add", "--all"], ["commit", "--quiet", "--message", "Change the words"], ["push", "--quiet", "origin", "dev"]):
        subprocess.run(["git", *words], cwd=team.checkout, check=True, env=os.environ | AUTHOR, capture_output=True)
    team.github.until(lambda: len(team.repository.runs) == 2, "the runs of the push")
    assert {run.workflow.rpartition("/")[2] for run in team.repository.runs} == {"deploy.yml", "promote.yml"}
    team.github.until(lambda: all(run.status == "completed" for run in team.repository.runs), "their ends", 120)
    logs = "\n".join(f"{job.name}: {line}" for run in team.repository.runs for job in run.jobs for _, line in job.lines)
    assert [run.conclusion for run in team.repository.runs] == ["success", "success"], logs
    from credex_actions.sandbox.github.records import issues

    (pull,) = issues(team.repository)
    assert (pull.head, pull.base, pull.state) == ("dev", "stage", "open")
    assert "Change the words" in pull.body


def test_as_an_action_in_another_repository(team: Team, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".github" / "workflows").mkdir(parents=True)
    (other / ".github" / "workflows" / "trigger.yml").write_text(CALLER)
    for words in (["init", "--quiet", "--initial-branch", "main"], ["add", "--all"], ["commit", "--quiet", "--message", "Trigger"]):
        subprocess.run(["git", *words], cwd=other, check=True, env=os.environ | AUTHOR)
    setting = act.Setting(team.github.app_environment(team.app), {}, team.github.environment, team.github.local_actions)
    result = act.finish(act.run(other, "workflow_dispatch", "main", setting))
    assert result.exit_code == 0, result.log
    (run,) = team.repository.runs
    assert f"it ended with success, run {run.id}" in result.log
    assert "success after" in result.summary
    assert "PRIVATE KEY" not in result.log.replace("app-private-key", "")
    assert not [line for line in team.app.private_key.splitlines()[1:-1] if line in result.log]
