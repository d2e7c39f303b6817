"""What a reviewer of production goes through: the example on the sandbox's GitHub, whose environment asks before a job may enter."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from credex_actions.sandbox import Provisioned, Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.state import Repository, Run
from tests.e2e.chain import ROOT, environment_of
from tests.pages import Pages, on_loopback

pytestmark = pytest.mark.slow
DEPLOY = ".github/workflows/deploy.yml"
ROTATE = ".github/workflows/rotate-secrets.yml"


@dataclass
class Team:
    """The example, whose production Alice guards."""

    sandbox: Sandbox
    github: GitHub
    place: Provisioned

    @property
    def repository(self) -> Repository:
        return self.github.hub.repositories[example.REPOSITORY.lower()]

    @property
    def serving(self) -> str:
        found = self.sandbox.client("ecs").describe_services(cluster=self.place.cluster, services=[self.place.service])["services"][0]
        return str(found["taskDefinition"]).rpartition("/")[2]

    def pushed(self, **changed: str) -> Run:
        """The run that a push to prod fires; `changed`: words of its workflow."""
        text = (ROOT / "examples" / "credex-core" / DEPLOY).read_text()
        for former, now in changed.items():
            text = text.replace(former.replace("_", "-"), now)
        (run,) = [each for each in self.github.push(self.repository, "prod", {DEPLOY: text}) if each.workflow == DEPLOY]
        return run

    def until(self, run: Run, job: str, status: str) -> None:
        self.github.until(
            lambda: any(each.name == job and each.status == status for each in run.jobs) or run.conclusion is not None, job, 180
        )
        assert [each.status for each in run.jobs if each.name == job] == [status], self.log(run)

    def ended(self, run: Run) -> str:
        self.github.until(lambda: run.conclusion is not None, "the run's end", 400)
        return str(run.conclusion)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.github.token(actor='alice').text}"}
        url = f"{self.github.url}/repos/{example.REPOSITORY}{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=10).json()

    def approve(self, run: Run) -> None:
        pending = self.call("GET", f"/actions/runs/{run.id}/pending_deployments")
        body = {"environment_ids": [each["environment"]["id"] for each in pending], "state": "approved", "comment": "looks well"}
        self.call("POST", f"/actions/runs/{run.id}/pending_deployments", body)

    def approvals(self, run: Run) -> int:
        return len(self.call("GET", f"/actions/runs/{run.id}/approvals"))

    def deployments(self, run: Run) -> list[list[str]]:
        """The states of each that GitHub keeps of the run's commit, the oldest first."""
        found = self.call("GET", f"/deployments?sha={run.sha}")
        return [[each["state"] for each in reversed(self.call("GET", f"/deployments/{one['id']}/statuses"))] for one in found]

    @staticmethod
    def log(run: Run, job: str = "") -> str:
        return "\n".join(line for each in run.jobs if job in each.name for _, line in each.lines)


@pytest.fixture
def team(sandbox: Sandbox, github: GitHub) -> Team:
    places = example.make(sandbox, github)
    team = Team(sandbox, github, places["production"])
    team.repository.environments["production"].reviewers = ("alice",)
    return team


def test_a_deployment_to_production_asks_once_and_is_recorded_once(team: Team) -> None:
    """The secrets are the environment's alone, so that no job before the approval could have one."""
    everybody, guarded = team.repository.vault.secrets, team.repository.environments["production"].vault.secrets
    guarded |= {name: everybody.pop(name) for name in example.SECRETS}
    before = team.serving
    run = team.pushed()
    team.until(run, "Production / Deploy", "waiting")
    assert {job.name: job.conclusion for job in run.jobs} == {
        "Production / Build": "success",
        "Production / Plan": "success",
        "Production / Deploy": None,
    }
    assert team.deployments(run) == [["waiting"]]
    assert team.serving == before
    plan = team.log(run, "Plan")
    assert "JWT_SECRET" in plan
    assert not [value for value in guarded.values() if value in plan]
    team.approve(run)
    assert team.ended(run) == "success", team.log(run)
    assert team.approvals(run) == 1
    assert team.deployments(run) == [["waiting", "queued", "in_progress", "success"]]
    assert team.serving != before
    assert {name: value for name, value in environment_of(team.sandbox, team.place).items() if name in example.SECRETS} == {
        name: guarded[name] for name in example.SECRETS
    }
    assert [step.name for job in run.jobs if job.name.endswith("Deploy") for step in job.steps if step.name == "Verify"] == ["Verify"]


def test_what_fails_its_checks_is_put_back_without_a_second_question_and_recorded_as_failed(team: Team) -> None:
    before = team.serving
    with answering(500) as url:
        team.repository.vault.variables["PRODUCTION_URL"] = url
        run = team.pushed(**{"watch_minutes: ": 'verify-timeout-minutes: "0.1"\n      watch-minutes: '})
        team.until(run, "Production / Deploy", "waiting")
        team.approve(run)
        assert team.ended(run) == "failure", team.log(run)
    assert team.approvals(run) == 1
    assert team.deployments(run) == [["waiting", "queued", "in_progress", "failure"]]
    assert team.serving == before


@pytest.mark.parametrize(
    ("words", "pace"), [("watching it for", 0.1), ("tasks running", 2.0)], ids=["while it watches", "while it deploys"]
)
def test_a_run_that_is_cancelled_puts_the_former_revision_back_where_it_shall(team: Team, words: str, pace: float) -> None:
    before = team.serving
    team.repository.vault.variables["WATCH_MINUTES"] = "30"
    run = team.pushed(keep_revisions="on-cancel: rollback\n      keep-revisions")
    team.until(run, "Production / Deploy", "waiting")
    team.sandbox.pace = pace
    team.approve(run)
    team.github.until(lambda: any(words in line for job in run.jobs for _, line in job.lines), words, 180)
    assert team.serving != before
    team.sandbox.pace = 0.1
    team.call("POST", f"/actions/runs/{run.id}/cancel")
    assert team.ended(run) == "cancelled", team.log(run)
    assert team.serving == before, team.log(run)
    assert team.deployments(run) == [["waiting", "queued", "in_progress", "failure"]]
    assert team.approvals(run) == 1
    assert {step.name: step.conclusion for job in run.jobs for step in job.steps}["Roll back to the previous revision"] == "success", (
        team.log(run)
    )


def test_roles_that_trust_the_subjects_of_the_how_to_are_enough(team: Team) -> None:
    """No key anywhere; each job has the role that its subject opens, and no other."""
    branch, environment = (f"repo:{example.REPOSITORY}:{part}" for part in ("ref:refs/heads/prod", "environment:production"))
    subjects = {"PRODUCTION_DEPLOY_ROLE": environment, "PLAN_ROLE": branch, "BUILD_ROLE": branch}
    for vault in (team.repository.vault, team.repository.environments["production"].vault):
        for name in ("AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"):
            vault.secrets.pop(name, None)
    team.repository.vault.variables |= {name: team.sandbox.github_role(name, subject) for name, subject in subjects.items()}
    before = team.serving
    run = team.pushed()
    team.until(run, "Production / Deploy", "waiting")
    assert "containerDefinitions[credex-core].image: " in team.log(run, "Plan")
    team.approve(run)
    assert team.ended(run) == "success", team.log(run)
    assert team.serving != before


def test_a_rotation_on_three_machines_asks_once_and_deploys_nothing(team: Team) -> None:
    text = (ROOT / "examples" / "credex-core" / ROTATE).read_text()
    text = text.replace("      mode: ${{", "      environment: production\n      shards: 3\n      mode: ${{")
    sha = git_store.commit_files(team.repository.git, "dev", {ROTATE: text}, "On three machines")
    answer = team.call(
        "POST", "/actions/workflows/rotate-secrets.yml/dispatches", {"ref": "dev", "inputs": {"mode": "status"}, "return_run_details": True}
    )
    (run,) = [each for each in team.repository.runs if each.id == answer["workflow_run_id"]]
    assert run.sha == sha
    team.github.until(lambda: any(job.status == "waiting" for job in run.jobs), "a machine that waits", 120)
    team.approve(run)
    team.ended(run)
    assert sum("Rotate" in job.name for job in run.jobs) == 3
    assert team.approvals(run) == 1
    assert team.deployments(run) == []


@contextmanager
def answering(status: int) -> Iterator[str]:
    """An address that answers so, whatever it is asked."""

    class Down(Pages):
        def reply(self) -> None:
            self.answer(status, json.dumps({"status": "DOWN"}).encode())

    with on_loopback(Down) as url:
        yield url
