"""The reusable workflow neo4j-ami-rollout.yml on the sandbox's GitHub: a plan that a person reviews, and a roll-out of exactly that, with a client that writes meanwhile."""

from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import issues
from credex_actions.sandbox.github.state import Run
from tests.e2e.test_approvals import Team
from tests.integration.rolling import PASSWORD, Rolling
from tests.integration.writing_client import writing
from tests.version_sources import serving

pytestmark = pytest.mark.slow
CALLER = ".github/workflows/neo4j.yml"
WORKFLOW = """\
on:
  push:
    branches: [neo4j]
permissions: {}
jobs:
  production:
    name: Production
    permissions: {contents: read, id-token: write, issues: write}
    uses: Great-Sun-Group/credex-actions/.github/workflows/neo4j-ami-rollout.yml@v1
    with:
      environment: production
      github-environment: production
      aws-region: af-south-1
      %s
    secrets:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID || secrets.AWS_ACCESS_KEY }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub) -> Team:
    made = Team(sandbox, github, example.make(sandbox, github)["production"])
    made.repository.environments["production"].reviewers = ("alice",)
    return made


def pushed(team: Team, configuration: str, *inputs: str) -> Run:
    files = {CALLER: WORKFLOW % "\n      ".join(inputs), "neo4j.yml": configuration}
    (run,) = [each for each in team.github.push(team.repository, "neo4j", files) if each.workflow == CALLER]
    return run


def test_what_a_person_has_reviewed_is_rolled_out_and_an_issue_has_said_why(team: Team, tmp_path: Path) -> None:
    rolling = Rolling(team.sandbox, tmp_path)
    rolling.launch("5.26.0", "ledger")
    rolling.write("ledger", 30)
    rolling.back_up()
    image = rolling.image("5.26.16")
    configuration = (tmp_path / "neo4j.yml").read_text()
    with serving() as sources:
        asking = f"{configuration}image: {{sources: {sources.yaml('maven', 'yum')}}}\n"
        run = pushed(team, asking, "mode: check", "issue: true")
        assert team.ended(run) == "success", team.log(run)
    (issue,) = issues(team.repository)
    assert issue.title == "Neo4j: an update is available in production"
    assert "it runs 5.26.0; 5.26.16 can replace it" in issue.body

    with writing(f"bolt://{rolling.places['ledger'].address}:7687", PASSWORD, tmp_path) as client:
        run = pushed(team, configuration, "mode: apply", f"image: {image}", "skip-rehearsal: the test is about the workflow")
        team.until(run, "Production / apply", "waiting")
        plan = team.log(run, "Plan")
        assert "1. ledger" in plan
        assert "Neo4j 5.26.0 → 5.26.16" in plan
        assert rolling.version("ledger") == "5.26.0"
        team.approve(run)
        assert team.ended(run) == "success", team.log(run)
        client.until_acknowledged()
        journal = client.stop()
    assert rolling.version("ledger") == "5.26.16"
    with rolling.database("ledger") as driver:
        assert journal.lost(driver) == []
    assert PASSWORD not in team.log(run)
    assert team.approvals(run) == 1
