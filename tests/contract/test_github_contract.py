"""The sandbox's GitHub against GitHub's published description: every operation is called through prism, which refuses whatever departs from it."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from nacl.public import PublicKey, SealedBox

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.routing import ROUTES
from credex_actions.sandbox.github.runs.happenings import Approval, Happening, JobEnded, JobStarted, Line, Pause, StepEnded, StepStarted
from tests.contract import prism
from tests.integration.triggering import MARKED, NAME

pytestmark = [pytest.mark.slow]

REPO = f"/repos/{NAME}"
ORG = "/orgs/Great-Sun-Group"


@dataclass
class Client:
    """`violations`: what prism refused, with the request that met it."""

    url: str
    token: str
    violations: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: Any = None, expect: int = 200, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}", "Accept": "application/json"}
        answer = requests.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=30, allow_redirects=False)
        if answer.status_code != expect:
            self.violations.append(f"{method} {path}: {answer.status_code} instead of {expect}: {answer.text[:1500]}")
        try:
            return answer.json()
        except ValueError:
            return answer.text

    def around_prism(self, server: str, path: str) -> None:
        """A redirect to a log, which prism would follow itself, with the token: not what clients do."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(f"{server}{path}", headers=headers, timeout=30, allow_redirects=False)
        if answer.status_code != HTTPStatus.FOUND or requests.get(answer.headers["Location"], timeout=30).status_code != HTTPStatus.OK:
            self.violations.append(f"GET {path}: {answer.status_code} instead of a redirect to the log")


def sealed(key: dict[str, str], value: str) -> dict[str, str]:
    box = SealedBox(PublicKey(base64.b64decode(key["key"])))
    return {"key_id": key["key_id"], "encrypted_value": base64.b64encode(box.encrypt(value.encode())).decode()}


def script(_: object) -> Iterator[Happening]:
    yield JobStarted("build")
    yield StepStarted("build", "compile")
    yield Line("build", "compiled")
    yield StepEnded("build", "compile", "success")
    yield JobEnded("build", "success")
    yield Approval("deploy", "production")
    yield JobStarted("deploy")
    yield Pause(0.5)
    yield JobEnded("deploy", "success")


@pytest.fixture
def client(github: GitHub, tmp_path: Path) -> Iterator[Client]:
    repository = github.repository(NAME, {".github/workflows/deploy.yml": MARKED, "README.md": "one\n"})
    github.protect(repository, "production", ("alice",))
    github.push(repository, "stage", {})
    github.push(repository, "dev", {"README.md": "two\n"}, "A change")
    github.script("deploy.yml", script)
    with prism.proxy(github.url, tmp_path) as url:
        yield Client(url, github.token(actor="alice").text)


def test_every_operation_is_as_github_describes_it(client: Client, github: GitHub) -> None:
    for topic in (apps, code, runs, secrets, variables_and_environments, issues_and_pulls, around_commits):
        topic(client, github)
    assert client.violations == []
    called = {call.operation for call in github.calls()}
    assert {route.operation for route in ROUTES if prism.described(route)} - called == set(), "operations that nobody checked"


def apps(call: Client, github: GitHub) -> None:
    app = github.app()
    now = int(time.time())
    signed = jwt.encode({"iat": now - 30, "exp": now + 300, "iss": str(app.id)}, app.private_key, "RS256")
    call("GET", "/app", token=signed)
    call("GET", f"{REPO}/installation", token=signed)
    wanted = {"repositories": ["credex-core"], "permissions": {"actions": "write"}}
    token = call("POST", f"/app/installations/{app.installation_id}/access_tokens", wanted, 201, signed)["token"]
    call("GET", "/installation/repositories", token=token)
    call("GET", "/user")
    call("GET", "/rate_limit")
    call("GET", "/meta")


def code(call: Client, github: GitHub) -> None:
    del github
    call("GET", REPO)
    for path in ("branches", "branches/dev", "git/ref/heads%2Fdev", "git/matching-refs/heads%2Fd", "commits/dev"):
        call("GET", f"{REPO}/{path}")
    for path in ("contents/README.md?ref=dev", "contents/.github%2Fworkflows", "compare/stage...dev"):
        call("GET", f"{REPO}/{path}")
    call("GET", f"{REPO}/contents/nothing", expect=404)
    head = call("GET", f"{REPO}/git/ref/heads%2Fdev")["object"]["sha"]
    base = call("GET", f"{REPO}/git/commits/{head}")["tree"]["sha"]
    file = {"path": "NEW.md", "mode": "100644", "type": "blob", "content": "new\n"}
    tree = call("POST", f"{REPO}/git/trees", {"base_tree": base, "tree": [file]}, 201)["sha"]
    made = call("POST", f"{REPO}/git/commits", {"message": "New", "tree": tree, "parents": [head]}, 201)["sha"]
    call("POST", f"{REPO}/git/refs", {"ref": "refs/heads/new", "sha": made}, 201)
    call("POST", f"{REPO}/git/refs", {"ref": "refs/heads/new", "sha": made}, 422)
    call("PATCH", f"{REPO}/git/refs/heads%2Fnew", {"sha": head, "force": True})


def until(call: Client, run: int, holds: Callable[[dict[str, Any]], bool]) -> None:
    end = time.monotonic() + 30
    while not holds(call("GET", f"{REPO}/actions/runs/{run}")):
        assert time.monotonic() < end, "the run does not get on"
        time.sleep(0.1)


def runs(call: Client, github: GitHub) -> None:
    call("GET", f"{REPO}/actions/workflows")
    call("GET", f"{REPO}/actions/workflows/deploy.yml")
    dispatches = f"{REPO}/actions/workflows/deploy.yml/dispatches"
    run = call("POST", dispatches, {"ref": "dev", "return_run_details": True})["workflow_run_id"]
    call("POST", dispatches, {"ref": "nowhere"}, 422)
    until(call, run, lambda seen: seen["status"] == "waiting")
    for path in (
        "actions/runs",
        "actions/runs?status=waiting&branch=dev",
        "actions/workflows/deploy.yml/runs",
        f"actions/runs/{run}/attempts/1",
    ):
        call("GET", f"{REPO}/{path}")
    gates = call("GET", f"{REPO}/actions/runs/{run}/pending_deployments")
    review = {"environment_ids": [gates[0]["environment"]["id"]], "state": "approved", "comment": "go"}
    call("POST", f"{REPO}/actions/runs/{run}/pending_deployments", review)
    call("GET", f"{REPO}/actions/runs/{run}/approvals")
    until(call, run, lambda seen: seen["status"] == "completed")
    jobs = call("GET", f"{REPO}/actions/runs/{run}/jobs")["jobs"]
    call("GET", f"{REPO}/actions/runs/{run}/attempts/1/jobs")
    call("GET", f"{REPO}/actions/jobs/{jobs[0]['id']}")
    for path in (f"actions/jobs/{jobs[0]['id']}/logs", f"actions/runs/{run}/logs"):
        call.around_prism(github.url, f"{REPO}/{path}")
    github.keep_artifact(run, "report", {"report.json": b"{}"})
    kept = call("GET", f"{REPO}/actions/runs/{run}/artifacts?name=report")["artifacts"][0]
    call.around_prism(github.url, f"{REPO}/actions/artifacts/{kept['id']}/zip")
    call("POST", f"{REPO}/actions/runs/{run}/cancel", expect=409)
    call("POST", f"{REPO}/actions/runs/{run}/rerun", expect=201)
    call("POST", f"{REPO}/actions/runs/{run}/cancel", expect=202)
    until(call, run, lambda seen: seen["status"] == "completed")
    call("POST", f"{REPO}/actions/runs/{run}/rerun-failed-jobs", expect=201)
    call("POST", f"{REPO}/actions/runs/{run}/force-cancel", expect=202)
    until(call, run, lambda seen: seen["status"] == "completed")
    call("GET", f"{REPO}/commits/dev/check-runs")


def secrets(call: Client, github: GitHub) -> None:
    del github
    places = {
        f"{REPO}/actions/secrets": {},
        f"{REPO}/environments/production/secrets": {},
        f"{REPO}/dependabot/secrets": {},
        f"{ORG}/actions/secrets": {"visibility": "selected", "selected_repository_ids": [1]},
    }
    for place, more in places.items():
        key = call("GET", f"{place}/public-key")
        call("PUT", f"{place}/KEY", {**sealed(key, "one"), **more}, 201)
        call("PUT", f"{place}/KEY", {**sealed(key, "two"), **more}, 204)
        call("GET", place)
        call("GET", f"{place}/KEY")
    call("GET", f"{ORG}/actions/secrets/KEY/repositories")
    for place in places:
        call("DELETE", f"{place}/KEY", expect=204)


def variables_and_environments(call: Client, github: GitHub) -> None:
    del github
    for place in (f"{REPO}/actions/variables", f"{REPO}/environments/production/variables"):
        call("POST", place, {"name": "COLOUR", "value": "red"}, 201)
        call("GET", place)
        call("GET", f"{place}/COLOUR")
        call("PATCH", f"{place}/COLOUR", {"value": "blue"}, 204)
        call("DELETE", f"{place}/COLOUR", expect=204)
    call("GET", f"{REPO}/environments")
    call("PUT", f"{REPO}/environments/spare", {"wait_timer": 0})
    call("GET", f"{REPO}/environments/production")
    call("DELETE", f"{REPO}/environments/spare", expect=204)


def issues_and_pulls(call: Client, github: GitHub) -> None:
    del github
    number = call("POST", f"{REPO}/issues", {"title": "It is slow", "labels": ["maintenance"]}, 201)["number"]
    comment = call("POST", f"{REPO}/issues/{number}/comments", {"body": "Seen"}, 201)["id"]
    call("PATCH", f"{REPO}/issues/comments/{comment}", {"body": "Looked at"})
    call("POST", f"{REPO}/issues/{number}/labels", {"labels": ["slow"]})
    for path in (f"issues/{number}", f"issues/{number}/comments", "issues"):
        call("GET", f"{REPO}/{path}")
    call("DELETE", f"{REPO}/issues/comments/{comment}", expect=204)
    call("PATCH", f"{REPO}/issues/{number}", {"state": "closed"})
    pull = call("POST", f"{REPO}/pulls", {"title": "Promote", "head": "dev", "base": "stage"}, 201)["number"]
    call("POST", f"{REPO}/pulls/{pull}/requested_reviewers", {"reviewers": ["alice"]}, 201)
    for path in (f"pulls/{pull}", f"pulls/{pull}/commits", f"pulls/{pull}/files", "pulls?state=all"):
        call("GET", f"{REPO}/{path}")
    call("PATCH", f"{REPO}/pulls/{pull}", {"body": "More"})
    call("PUT", f"{REPO}/pulls/{pull}/merge", {})


def around_commits(call: Client, github: GitHub) -> None:
    del github
    sha = call("GET", f"{REPO}/commits/dev")["sha"]
    call("POST", f"{REPO}/statuses/{sha}", {"state": "success", "context": "lint"}, 201)
    call("GET", f"{REPO}/commits/dev/status")
    deployment = call("POST", f"{REPO}/deployments", {"ref": "dev", "environment": "development", "required_contexts": []}, 201)["id"]
    call("POST", f"{REPO}/deployments/{deployment}/statuses", {"state": "success"}, 201)
    for path in (f"deployments/{deployment}", f"deployments/{deployment}/statuses", "deployments"):
        call("GET", f"{REPO}/{path}")
    packed = base64.b64encode(gzip.compress(json.dumps({"version": "2.1.0", "runs": []}).encode())).decode()
    upload = call("POST", f"{REPO}/code-scanning/sarifs", {"commit_sha": sha, "ref": "refs/heads/dev", "sarif": packed}, 202)["id"]
    call("GET", f"{REPO}/code-scanning/sarifs/{upload}")
