"""The reusable workflow maintenance.yml on the sandbox's GitHub: a report of an account that was neglected, by the action as users have it."""

import json

import pytest

from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import artifacts, issues
from tests.e2e.test_approvals import Team

pytestmark = pytest.mark.slow
CALLER = ".github/workflows/review.yml"
WORKFLOW = """\
on:
  push:
    branches: [review]
permissions: {}
jobs:
  maintenance:
    permissions: {actions: read, contents: read, deployments: read, id-token: write, issues: write, pull-requests: read, security-events: write}
    uses: Great-Sun-Group/credex-actions/.github/workflows/maintenance.yml@v1
    with:
      aws-region: af-south-1
      code-scanning: true
      fail-on: high
      shards: 1
    secrets:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID || secrets.AWS_ACCESS_KEY }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""


def test_a_report_reaches_everybody(sandbox: Sandbox, github: GitHub) -> None:
    team = Team(sandbox, github, example.make(sandbox, github)["production"])
    address = sandbox.client("ec2").allocate_address()["PublicIp"]
    (run,) = [
        each for each in github.push(team.repository, "review", {CALLER: WORKFLOW, "maintenance.yml": "{}\n"}) if each.workflow == CALLER
    ]
    assert team.ended(run) == "success", team.log(run)
    told = team.log(run)
    assert "1 finding to decide on" in told
    assert "Note: the last run cannot be read" in told  # the workflow is on no default branch
    assert "artifact maintenance-report-maintenance: maintenance-report.json" in told
    assert "artifact maintenance-report-maintenance: maintenance-report.html" in told
    assert "code scanning maintenance-report-maintenance: maintenance-report.sarif" in told
    (issue,) = issues(team.repository)
    assert (issue.user, issue.state) == ("github-actions[bot]", "open")
    assert address in issue.body


def test_two_machines_make_one_report(sandbox: Sandbox, github: GitHub) -> None:
    team = Team(sandbox, github, example.make(sandbox, github)["production"])
    address = sandbox.client("ec2").allocate_address()["PublicIp"]
    sandbox.client("logs").create_log_group(logGroupName="/ecs/core")
    config = "logs: [{group: /ecs/*}]\n"
    files = {CALLER: WORKFLOW.replace("shards: 1", "shards: 2"), "maintenance.yml": config}
    (run,) = [each for each in github.push(team.repository, "review", files) if each.workflow == CALLER]
    assert team.ended(run) == "success", team.log(run)
    told = team.log(run)
    assert "shard 1/2 has examined 1 group of checks" in told
    assert "shard 2/2 has examined 1 group of checks" in told
    parts = {each.name[-2:]: [*each.files] for each in artifacts(team.repository) if each.name.startswith("maintenance-part-")}
    assert parts == {"-1": ["maintenance-part-1.json"], "-2": ["maintenance-part-2.json"]}
    (kept,) = [each for each in artifacts(team.repository) if each.name == "maintenance-report-maintenance"]
    report = json.loads(kept.files["maintenance-report.json"])
    states = {each["name"]: (each["state"], each["why"]) for each in report["checks"]}
    assert states["address-unattached"] == states["log-pattern-new"] == ("ran", "")
    assert f"address {address} is associated with nothing" in {each["title"] for each in report["findings"]}
    (issue,) = issues(team.repository)
    assert address in issue.body


def test_a_second_call_with_the_same_configuration_replaces_no_report(sandbox: Sandbox, github: GitHub) -> None:
    team = Team(sandbox, github, example.make(sandbox, github)["production"])
    head, call = WORKFLOW.split("  maintenance:\n")
    both = f"{head}  maintenance:\n{call}  again:\n    needs: maintenance\n{call}"
    (run,) = [each for each in github.push(team.repository, "review", {CALLER: both, "maintenance.yml": "{}\n"}) if each.workflow == CALLER]
    assert team.ended(run) == "failure", team.log(run)
    assert "an artifact with this name already exists on the workflow run" in team.log(run)
    assert [each.name for each in artifacts(team.repository)].count("maintenance-report-maintenance") == 1
