"""The sandbox's GitHub asks an environment's reviewers for every job that names it, and creates a deployment for each, as GitHub does."""

from typing import Any

import pytest
import requests

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Repository
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow

CALLED = """\
on: {workflow_call: {inputs: {environment: {type: string}}}}
jobs:
  first:
    runs-on: ubuntu-latest
    environment: {name: '${{ inputs.environment }}', url: 'https://example.com/${{ inputs.environment }}'}
    outputs: {said: '${{ steps.say.outputs.said }}'}
    steps:
      - uses: actions/checkout@v5
      - id: say
        run: |
          echo said=first >>"$GITHUB_OUTPUT"
          test -z "$(git status --porcelain)" && echo "clean at $(git rev-parse HEAD)"
  second:
    needs: first
    runs-on: ubuntu-latest
    environment: '${{ inputs.environment }}'
    steps:
      - run: echo "after ${{ needs.first.outputs.said }}"
      - {if: always(), run: echo always}
  quiet:
    needs: second
    if: ${{ !cancelled() }}
    runs-on: ubuntu-latest
    environment: {name: '${{ inputs.environment }}', deployment: false}
    steps: [{run: 'echo quiet'}]
"""
MATRIX = """\
on: workflow_dispatch
jobs:
  each:
    runs-on: ubuntu-latest
    strategy: {matrix: {shard: [1, 2, 3]}}
    environment: {name: production, deployment: false}
    steps: [{run: 'echo ${{ matrix.shard }}'}]
  free: {runs-on: ubuntu-latest, environment: '', steps: [{run: echo free}]}
"""
SECRETS = """\
on: {workflow_dispatch: {inputs: {place: {type: string}}}}
jobs:
  outside:
    runs-on: ubuntu-latest
    steps: [{env: {ALL: '${{ toJSON(secrets) }}', OWN: '${{ secrets.OWN }}', SHARED: '${{ secrets.SHARED }}'}, run: &look 'for name in ALL OWN SHARED; do rev <<<"$name ${!name}"; done'}]
  inside:
    needs: outside
    runs-on: ubuntu-latest
    environment: '${{ inputs.place }}'
    steps: [{env: {ALL: '${{ toJSON(secrets) }}', OWN: '${{ secrets.OWN }}', SHARED: '${{ secrets.SHARED }}'}, run: *look}]
"""
FILES = {
    "secrets": SECRETS,
    "called": CALLED,
    "matrix": MATRIX,
    "calls": "on: workflow_dispatch\njobs: {call: {uses: ./.github/workflows/called.yml, with: {environment: production}}}\n",
    "open": "on: workflow_dispatch\njobs: {call: {uses: ./.github/workflows/called.yml, with: {environment: development}}}\n",
}


class Reviewer:
    """Alice, in front of the run's page."""

    def __init__(self, github: GitHub, workflow: str, **inputs: str) -> None:
        self.github = github
        self.headers = {"Authorization": f"Bearer {github.token(actor='alice').text}"}
        body: Any = {"ref": "dev", "return_run_details": True, "inputs": inputs}
        path = f"{github.url}/repos/{NAME}/actions/workflows/{workflow}/dispatches"
        self.run = int(requests.post(path, json=body, headers=self.headers, timeout=10).json()["workflow_run_id"])

    def get(self, path: str) -> Any:
        return requests.get(f"{self.github.url}/repos/{NAME}{path}", headers=self.headers, timeout=10).json()

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        return {job["name"]: job for job in self.get(f"/actions/runs/{self.run}/jobs")["jobs"]}

    def until_asked(self) -> str:
        """The job that waits, once it does."""
        self.github.until(lambda: any(job["status"] == "waiting" for job in self.jobs.values()), "a job that waits", 60)
        return next(name for name, job in self.jobs.items() if job["status"] == "waiting")

    def say(self, state: str) -> None:
        pending = self.get(f"/actions/runs/{self.run}/pending_deployments")
        body = {"environment_ids": [each["environment"]["id"] for each in pending], "state": state, "comment": ""}
        path = f"{self.github.url}/repos/{NAME}/actions/runs/{self.run}/pending_deployments"
        assert requests.post(path, json=body, headers=self.headers, timeout=10).status_code == 200

    def conclusion(self) -> str:
        self.github.until(lambda: self.get(f"/actions/runs/{self.run}")["status"] == "completed", "the run's end", 60)
        return str(self.get(f"/actions/runs/{self.run}")["conclusion"])

    def deployments(self) -> list[list[str]]:
        """The states of each, the oldest deployment and the oldest state first."""
        found = [self.get(f"/deployments/{each['id']}/statuses") for each in self.get("/deployments")]
        return [[status["state"] for status in reversed(statuses)] for statuses in reversed(found)]


@pytest.fixture
def repository(github: GitHub) -> Repository:
    """One of whose secrets is a word that the sandbox uses."""
    made = github.repository(NAME, {f".github/workflows/{name}.yml": text for name, text in FILES.items()})
    github.protect(made, "production", ("alice",))
    made.vault.secrets["WORD"] = "sandbox"
    return made


@pytest.mark.usefixtures("repository")
def test_every_job_asks_when_its_turn_comes_and_leaves_a_deployment(github: GitHub) -> None:
    alice = Reviewer(github, "calls.yml")
    for job in ("call / first", "call / second", "call / quiet"):
        assert alice.until_asked() == job
        assert alice.get(f"/actions/runs/{alice.run}")["status"] == "waiting"
        alice.say("approved")
    assert alice.conclusion() == "success"
    assert [row["state"] for row in alice.get(f"/actions/runs/{alice.run}/approvals")] == ["approved"] * 3
    assert alice.deployments() == [["waiting", "queued", "in_progress", "success"]] * 2
    (newest, *_) = alice.get(f"/deployments/{alice.get('/deployments')[1]['id']}/statuses")
    assert newest["environment_url"] == "https://example.com/production"
    steps = [step["name"] for step in alice.jobs["call / second"]["steps"]]
    assert steps[0] == "Set up job"
    assert not any("gate" in step for step in steps)
    log = requests.get(f"{github.url}/_blobs/{NAME}/jobs/{alice.jobs['call / first']['id']}", timeout=10).text
    assert f"clean at {alice.get(f'/actions/runs/{alice.run}')['head_sha']}" in log


@pytest.mark.usefixtures("repository")
def test_a_job_that_is_turned_away_runs_none_of_its_steps_and_fails(github: GitHub) -> None:
    alice = Reviewer(github, "calls.yml")
    alice.until_asked()
    alice.say("approved")
    assert alice.until_asked() == "call / second"
    alice.say("rejected")
    assert alice.until_asked() == "call / quiet"
    alice.say("approved")
    assert alice.conclusion() == "failure"
    assert {name: job["conclusion"] for name, job in alice.jobs.items()} == {
        "call / first": "success",
        "call / second": "failure",
        "call / quiet": "success",
    }
    assert alice.jobs["call / second"]["steps"] == []
    assert alice.deployments() == [["waiting", "queued", "in_progress", "success"], ["waiting", "failure"]]


@pytest.mark.usefixtures("repository")
def test_one_review_lets_in_a_whole_matrix(github: GitHub) -> None:
    alice = Reviewer(github, "matrix.yml")
    alice.until_asked()
    alice.say("approved")
    assert alice.conclusion() == "success"
    assert len(alice.get(f"/actions/runs/{alice.run}/approvals")) == 1
    assert set(alice.jobs) == {"each (1)", "each (2)", "each (3)", "free"}
    assert alice.deployments() == []


def test_an_environment_that_nobody_made_is_made_and_asks_nobody(github: GitHub, repository: Repository) -> None:
    alice = Reviewer(github, "open.yml")
    assert alice.conclusion() == "success"
    assert alice.deployments() == [["queued", "in_progress", "success"]] * 2
    assert "development" in repository.environments


@pytest.mark.usefixtures("repository")
def test_a_run_that_is_cancelled_while_it_waits_has_a_failed_deployment(github: GitHub) -> None:
    alice = Reviewer(github, "calls.yml")
    alice.until_asked()
    path = f"{github.url}/repos/{NAME}/actions/runs/{alice.run}/cancel"
    assert requests.post(path, headers=alice.headers, timeout=10).status_code == 202
    assert alice.conclusion() == "cancelled"
    assert alice.deployments() == [["waiting", "failure"]]


def test_a_job_sees_the_secrets_of_its_own_environment_and_of_no_other(github: GitHub, repository: Repository) -> None:
    repository.vault.secrets |= {"SHARED": "everybody's", "OVER": "everybody's"}
    for name in ("development", "staging"):
        github.protect(repository, name).vault.secrets |= {"OWN": f"own-of-{name}", "SHARED": f"shared-of-{name}"}
    alice = Reviewer(github, "secrets.yml", place="staging")
    assert alice.conclusion() == "success"
    seen = {}
    for name, job in alice.jobs.items():
        log = requests.get(f"{github.url}/_blobs/{NAME}/jobs/{job['id']}", timeout=10).text
        backwards = [line.partition("Z ")[2][::-1].strip() for line in log.splitlines() if "##[" not in line]
        seen[name] = "\n".join(backwards)
    assert "OWN own" not in seen["outside"]
    assert "SHARED everybody's" in seen["outside"]
    assert "of-staging" not in seen["outside"]
    assert "OWN own-of-staging" in seen["inside"]
    assert "SHARED shared-of-staging" in seen["inside"]
    assert '"OWN": "own-of-staging"' in seen["inside"]
    assert '"OVER": "everybody\'s"' in seen["inside"]
    assert "development" not in seen["inside"]
