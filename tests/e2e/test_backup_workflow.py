"""The reusable workflow neo4j-backup.yml on the sandbox's GitHub: a drill of a real database by the action as users have it, and what it leaves if it fails."""

from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Run
from tests.e2e.test_approvals import Team
from tests.integration.backing_up import PASSWORD, BackingUp

pytestmark = pytest.mark.slow
CALLER = ".github/workflows/backups.yml"
WORKFLOW = """\
on:
  push:
    branches: [backups]
permissions: {}
jobs:
  production:
    name: Production
    permissions: {contents: read, id-token: write}
    uses: Great-Sun-Group/credex-actions/.github/workflows/neo4j-backup.yml@v1
    with:
      mode: %s
      environment: production
      aws-region: af-south-1
      require-drill-days: "7"
    secrets:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID || secrets.AWS_ACCESS_KEY }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub) -> Team:
    return Team(sandbox, github, example.make(sandbox, github)["production"])


def pushed(team: Team, mode: str, configuration: str) -> Run:
    files = {CALLER: WORKFLOW % mode, "neo4j.yml": configuration}
    (run,) = [each for each in team.github.push(team.repository, "backups", files) if each.workflow == CALLER]
    return run


def test_a_backup_is_refused_until_a_drill_has_proven_one(team: Team, tmp_path: Path) -> None:
    backing_up = BackingUp.provisioned(team.sandbox, tmp_path)
    backing_up.write(30)
    configuration = (tmp_path / "neo4j.yml").read_text()
    run = pushed(team, "backup", configuration)
    assert team.ended(run) == "failure", team.log(run)
    told = team.log(run)
    assert "no backup of ledger was ever restored on trial and proven" in told
    assert "swept: nothing was left" in told
    assert len(backing_up.snapshots()) == 1
    run = pushed(team, "drill", configuration)
    assert team.ended(run) == "success", team.log(run)
    told = team.log(run)
    assert "is proven: same database, unchanged; its store is consistent, 1 of 1 checks passed" in told
    assert "artifact drill-evidence-production: drill-evidence.html" in told
    assert PASSWORD not in told
    assert backing_up.scratch() == ["terminated"]
