"""The reusable workflow terraform.yml on the sandbox's GitHub: planned without the environment, applied after one approval, or refused."""

import time

import pytest

from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Run
from tests.e2e.test_approvals import Team

pytestmark = pytest.mark.slow
CALLER = ".github/workflows/infrastructure.yml"
WORKFLOW = """\
on:
  push:
    branches: [infrastructure]
permissions: {}
jobs:
  production:
    name: Production
    permissions: {contents: read, id-token: write, pull-requests: write}
    uses: Great-Sun-Group/credex-actions/.github/workflows/terraform.yml@v1
    with:
      environment: production
      directory: infrastructure
      aws-region: af-south-1
      terraform-version: ""
      apply: true
    secrets:
      secret-vars: password=${{ secrets.JWT_SECRET }}
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID || secrets.AWS_ACCESS_KEY }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""
CONFIGURATION = """\
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "one" {
  input = { password = var.password, %s }
}
output "password" {
  value     = var.password
  sensitive = true
}
"""


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub) -> Team:
    places = example.make(sandbox, github)
    team = Team(sandbox, github, places["production"])
    team.repository.environments["production"].reviewers = ("alice",)
    return team


def pushed(team: Team, attribute: str) -> Run:
    files = {CALLER: WORKFLOW, "infrastructure/main.tf": CONFIGURATION % attribute}
    (run,) = [each for each in team.github.push(team.repository, "infrastructure", files) if each.workflow == CALLER]
    return run


def test_what_was_planned_is_applied_after_one_approval(team: Team) -> None:
    secret = "a-secret-of-the-repository"
    team.repository.vault.secrets["JWT_SECRET"] = secret
    run = pushed(team, "size = 1")
    team.until(run, "Production / Apply", "waiting")
    assert {job.name: job.conclusion for job in run.jobs} == {"Production / Plan": "success", "Production / Apply": None}
    assert "terraform_data.one: create" in team.log(run, "Plan")
    team.approve(run)
    assert team.ended(run) == "success", team.log(run)
    assert "Applied: 1 action on resources." in team.log(run, "Apply")
    assert secret not in team.log(run)
    assert team.approvals(run) == 1
    assert team.deployments(run) == []


def test_a_plan_that_is_another_one_each_time_is_refused(team: Team) -> None:
    run = pushed(team, "time = plantimestamp()")
    team.until(run, "Production / Apply", "waiting")
    time.sleep(1.1)  # plantimestamp() counts seconds: a plan that is made in the same one is the same plan
    team.approve(run)
    assert team.ended(run) == "failure", team.log(run)
    assert "the plan changes something else than the reviewed one" in team.log(run, "Apply")
    assert "creating" not in team.log(run, "Apply")
