"""The sandbox's GitHub runs workflows for real: act executes what git has, and the API tells it as GitHub does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Repository
from tests.integration.processes import asleep, own_seconds
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow

CALLED = """\
name: Called
on: {workflow_call: {inputs: {who: {type: string}}}}
jobs:
  greet: {runs-on: ubuntu-latest, steps: [{name: Say who, run: 'echo "hello ${{ inputs.who }}"'}]}
"""
MAIN = """\
name: Deploy
on: {workflow_dispatch: {inputs: {fail: {type: boolean}, size: {type: string, default: small}}}}
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: {v: '${{ steps.a.outputs.v }}'}
    steps:
      - {id: a, run: 'echo v=42 >> "$GITHUB_OUTPUT"; echo "the secret is $S"; echo "::add-mask::hush"; echo hush; echo "::warning::careful"', env: {S: '${{ secrets.S }}'}}
  test:
    needs: build
    strategy: {matrix: {py: ['3.11', '3.12']}}
    runs-on: ubuntu-latest
    steps:
      - {name: Check, run: 'echo "${{ matrix.py }} ${{ inputs.size }} ${{ needs.build.outputs.v }} ${{ github.repository }}"; exit ${{ inputs.fail && 3 || 0 }}'}
  call: {needs: build, uses: ./.github/workflows/called.yml, with: {who: world}}
"""
SPEAKS = """\
on: workflow_dispatch
permissions: {contents: read}
jobs:
  may:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
    env:
      OWN: kept
    steps:
      - name: Ask
        run: |
          token=$(curl -s -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com")
          python3 -c 'import base64, json, sys; part = json.loads(sys.argv[1])["value"].split(".")[1]; print("subject", json.loads(base64.urlsafe_b64decode(part + "=="))["sub"])' "$token"
          echo "own $OWN"
  may-not:
    runs-on: ubuntu-latest
    steps: [{name: Ask, run: 'echo "address [$ACTIONS_ID_TOKEN_REQUEST_URL]"'}]
"""
BROKEN = "on: workflow_dispatch\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: echo, uses: both}]}}\n"


class Caller:
    """A plain client, as an App's token sees the server."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.headers = {"Authorization": f"Bearer {github.token().text}"}

    def get(self, path: str) -> Any:
        return requests.get(f"{self.github.url}/repos/{NAME}{path}", headers=self.headers, timeout=10).json()

    def dispatch(self, workflow: str, **inputs: str) -> int:
        body: Any = {"ref": "dev", "inputs": inputs, "return_run_details": True}
        answer = requests.post(
            f"{self.github.url}/repos/{NAME}/actions/workflows/{workflow}/dispatches", json=body, headers=self.headers, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return int(answer.json()["workflow_run_id"])

    def until(self, run: int, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        self.github.until(lambda: holds(self.get(f"/actions/runs/{run}")), "the run's state", 60)
        return dict(self.get(f"/actions/runs/{run}"))

    def log(self, job: int) -> str:
        return requests.get(f"{self.github.url}/_blobs/{NAME}/jobs/{job}", timeout=10).text


@pytest.fixture
def repository(github: GitHub) -> Repository:
    files = {"deploy": MAIN, "called": CALLED, "speaks": SPEAKS, "broken": BROKEN}
    found = github.repository(NAME, {f".github/workflows/{name}.yml": text for name, text in files.items()})
    found.vault.secrets["S"] = "canary-in-a-log"
    return found


@pytest.mark.usefixtures("repository")
def test_jobs_matrices_reused_workflows_and_their_logs(github: GitHub) -> None:
    caller = Caller(github)
    run = caller.until(caller.dispatch("deploy.yml", size="large"), lambda run: run["status"] == "completed")
    jobs = {job["name"]: job for job in caller.get(f"/actions/runs/{run['id']}/jobs")["jobs"]}
    assert run["conclusion"] == "success"
    assert set(jobs) == {"build", "test (3.11)", "test (3.12)", "call / greet"}
    assert "3.12 large 42 Great-Sun-Group/credex-core" in caller.log(jobs["test (3.12)"]["id"])
    assert "hello world" in caller.log(jobs["call / greet"]["id"])
    log = caller.log(jobs["build"]["id"])
    assert "the secret is ***" in log
    assert "Z hush" not in log
    assert "##[warning]careful" in log
    assert "canary" not in log
    assert [step["name"] for step in jobs["test (3.11)"]["steps"]] == ["Set up job", "Check", "Complete job"]


@pytest.mark.usefixtures("repository")
def test_a_failing_step_says_its_exit_code(github: GitHub) -> None:
    caller = Caller(github)
    run = caller.until(caller.dispatch("deploy.yml", fail="true"), lambda run: run["status"] == "completed")
    jobs = {job["name"]: job for job in caller.get(f"/actions/runs/{run['id']}/jobs")["jobs"]}
    assert run["conclusion"] == "failure"
    assert jobs["test (3.11)"]["conclusion"] == "failure"
    assert "##[error]Process completed with exit code 3." in caller.log(jobs["test (3.11)"]["id"])


def sleeping(seconds: str) -> dict[str, str | None]:
    text = f"on: workflow_dispatch\njobs: {{build: {{runs-on: ubuntu-latest, steps: [{{run: 'echo asleep; sleep {seconds}'}}]}}}}\n"
    return {".github/workflows/sleeps.yml": text}


def test_cancelling_ends_the_steps_processes(github: GitHub, repository: Repository) -> None:
    seconds = own_seconds()
    github.push(repository, "dev", sleeping(seconds))
    caller = Caller(github)
    run = caller.dispatch("sleeps.yml")
    github.until(lambda: asleep(seconds), "the step's process", 30)
    assert requests.post(f"{github.url}/repos/{NAME}/actions/runs/{run}/cancel", headers=caller.headers, timeout=10).status_code == 202
    assert caller.until(run, lambda run: run["status"] == "completed")["conclusion"] == "cancelled"
    github.until(lambda: not asleep(seconds), "the end of the step's process", 30)


@pytest.mark.usefixtures("repository")
def test_a_cancelled_step_hears_of_it_and_those_that_run_always_go_on(github: GitHub, repository: Repository) -> None:
    file = """\
on: workflow_dispatch
jobs:
  only:
    runs-on: ubuntu-latest
    steps:
      - run: |
          trap 'echo heard; exit 130' INT
          echo asleep; for i in $(seq 300); do sleep 0.1; done
      - run: echo never
      - {if: cancelled(), name: Undo, run: 'echo undoing; sleep 1; echo undone'}
"""
    github.push(repository, "dev", {".github/workflows/undoes.yml": file})
    caller = Caller(github)
    # act notices the end of the step and the cancellation at the same moment, once in a while in that order: then it is a failure for it.
    for _ in range(3):
        run = caller.dispatch("undoes.yml")
        github.until(lambda: any("asleep" in line for job in repository.runs[-1].jobs for _, line in job.lines), "the step", 30)
        assert requests.post(f"{github.url}/repos/{NAME}/actions/runs/{run}/cancel", headers=caller.headers, timeout=10).status_code == 202
        assert caller.until(run, lambda run: run["status"] == "completed")["conclusion"] == "cancelled"
        (job,) = caller.get(f"/actions/runs/{run}/jobs")["jobs"]
        log = caller.log(job["id"])
        assert "heard" in log
        assert "never" not in log
        if "undone" in log:
            break
    assert "undone" in log
    assert {step["name"]: step["conclusion"] for step in job["steps"]}["Undo"] == "success"


@pytest.mark.usefixtures("repository")
def test_a_workflow_that_cannot_be_run_fails_and_says_why(github: GitHub) -> None:
    caller = Caller(github)
    run = caller.until(caller.dispatch("broken.yml"), lambda run: run["status"] == "completed")
    (job,) = caller.get(f"/actions/runs/{run['id']}/jobs")["jobs"]
    assert run["conclusion"] == "failure"
    assert "##[error]" in caller.log(job["id"])


def test_what_github_says_where_act_is_silent_or_says_otherwise(github: GitHub, repository: Repository) -> None:
    files = {
        "skipped": "on: workflow_dispatch\njobs: {never: {if: false, runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n",
        "unnamed": "on: workflow_dispatch\njobs: {only: {runs-on: ubuntu-24.04, steps: [{run: 'exit 4', continue-on-error: true}, {run: echo on}]}}\n",
        "nowhere": "on: workflow_dispatch\njobs: {only: {runs-on: windows-latest, steps: [{run: echo}]}}\n",
    }
    github.push(repository, "dev", {f".github/workflows/{name}.yml": text for name, text in files.items()})
    caller = Caller(github)
    ends = {name: caller.until(caller.dispatch(f"{name}.yml"), lambda run: run["status"] == "completed") for name in files}
    assert {name: run["conclusion"] for name, run in ends.items()} == {"skipped": "skipped", "unnamed": "success", "nowhere": "failure"}
    jobs = {name: caller.get(f"/actions/runs/{run['id']}/jobs")["jobs"] for name, run in ends.items()}
    assert {name: [job["name"] for job in found] for name, found in jobs.items()} == {
        "skipped": ["never"],
        "unnamed": ["only"],
        "nowhere": ["only"],
    }
    assert "##[error]" in caller.log(jobs["nowhere"][0]["id"])
    assert [step["conclusion"] for step in jobs["unnamed"][0]["steps"]] == ["success"] * 4


def test_a_push_with_a_broken_workflow_file_fires_the_others(github: GitHub, repository: Repository) -> None:
    files = {"bad": "a: [", "list": "- 1", "good": "on: push\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n"}
    runs = github.push(repository, "dev", {f".github/workflows/{name}.yml": text for name, text in files.items()})
    assert [run.workflow.rpartition("/")[2] for run in runs] == ["good.yml"]
    github.until(lambda: runs[0].conclusion == "success", "the run's end")


def test_the_server_leaves_nothing_behind(tmp_path: Path) -> None:
    seconds = own_seconds()
    with GitHub() as github:
        github.repository(NAME, sleeping(seconds))
        Caller(github).dispatch("sleeps.yml")
        github.until(lambda: asleep(seconds), "the step's process", 30)
        folder = github.hub.folder
    github.until(lambda: not asleep(seconds), "the end of the step's process", 30)
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("repository")
def test_a_job_that_may_gets_an_identity_token_of_its_environment(github: GitHub) -> None:
    caller = Caller(github)
    run = caller.dispatch("speaks.yml")
    assert caller.until(run, lambda run: run["status"] == "completed")["conclusion"] == "success"
    logs = {job["name"]: caller.log(job["id"]) for job in caller.get(f"/actions/runs/{run}/jobs")["jobs"]}
    assert f"subject repo:{NAME}:environment:production" in logs["may"]
    assert "own kept" in logs["may"]
    assert "address []" in logs["may-not"]


def test_what_a_step_left_in_the_background_ends_with_its_run(github: GitHub, repository: Repository) -> None:
    seconds = own_seconds()
    step = f"nohup setsid sleep {seconds} >/dev/null 2>&1 & sleep 1; echo left $!"
    text = f"on: workflow_dispatch\njobs: {{build: {{runs-on: ubuntu-latest, steps: [{{run: '{step}'}}]}}}}\n"
    github.push(repository, "dev", {".github/workflows/strays.yml": text})
    caller = Caller(github)
    run = caller.dispatch("strays.yml")
    assert caller.until(run, lambda run: run["status"] == "completed")["conclusion"] == "success"
    assert "left " in caller.log(caller.get(f"/actions/runs/{run}/jobs")["jobs"][0]["id"])
    github.until(lambda: not asleep(seconds), "the end of the process that was left", 30)
