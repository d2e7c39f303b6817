"""What the sandbox's GitHub keeps beside code and runs, through PyGithub as its users speak to it."""

import base64
import gzip
import json
from collections.abc import Iterator

import pytest
import requests
from github import Auth, Github, GithubException
from github.Repository import Repository as Remote
from nacl.public import PublicKey, SealedBox

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Repository, Vault
from tests.integration.triggering import NAME


@pytest.fixture
def repository(github: GitHub) -> Repository:
    return github.repository(NAME, {"README.md": "one\n"})


@pytest.fixture
def remote(github: GitHub, repository: Repository) -> Iterator[Remote]:
    with Github(
        auth=Auth.Token(github.token().text), base_url=github.url, seconds_between_writes=None, seconds_between_requests=None
    ) as client:
        yield client.get_repo(repository.full_name)


def test_a_sealed_secret_is_opened_and_never_given_back(github: GitHub, repository: Repository, remote: Remote) -> None:
    remote.create_secret("token", "first\nline")
    remote.create_secret("TOKEN", "second")
    assert github.secret(repository, "token") == "second"
    assert [each.name for each in remote.get_secrets()] == ["TOKEN"]
    answer = requests.get(f"{github.url}/repos/{NAME}/actions/secrets/TOKEN", headers=bearer(github), timeout=10).json()
    assert set(answer) == {"name", "created_at", "updated_at"}


def test_environment_names_with_slashes_have_secrets_of_their_own(github: GitHub, repository: Repository, remote: Remote) -> None:
    github.protect(repository, "prod/eu west")
    environment = remote.get_environment("prod/eu west")
    environment.create_secret("key", "in the environment")
    assert github.secret(repository, "KEY", "prod/eu west") == "in the environment"
    assert github.secret(repository, "KEY") is None


def test_an_organisation_s_secret_needs_its_visibility(github: GitHub, repository: Repository) -> None:
    del repository
    with Github(auth=Auth.Token(github.token().text), base_url=github.url) as client:
        key = client.requester.requestJsonAndCheck("GET", "/orgs/Great-Sun-Group/actions/secrets/public-key")[1]
    answer = requests.put(
        f"{github.url}/orgs/Great-Sun-Group/actions/secrets/KEY",
        json={"key_id": key["key_id"], "encrypted_value": "AAAA"},
        headers=bearer(github),
        timeout=10,
    )
    assert (answer.status_code, "visibility" in answer.text) == (422, True)


@pytest.mark.parametrize("body", [{"key_id": "1", "encrypted_value": "AAAA"}, {"encrypted_value": "AAAA"}, {}])
def test_a_box_that_cannot_be_opened_is_refused(github: GitHub, repository: Repository, body: dict[str, str]) -> None:
    answer = requests.put(f"{github.url}/repos/{NAME}/actions/secrets/KEY", json=body, headers=bearer(github), timeout=10)
    assert answer.status_code == 422
    assert repository.vault.secrets == {}


def test_a_job_s_own_token_writes_no_secret(github: GitHub, repository: Repository) -> None:
    with Github(auth=Auth.Token(github.token(kind="actions").text), base_url=github.url) as client:
        with pytest.raises(GithubException) as refused:
            client.get_repo(repository.full_name).create_secret("KEY", "value")
        assert refused.value.status == 403


def test_a_refused_box_changes_nothing_of_an_organisation_s_secret(github: GitHub, repository: Repository) -> None:
    del repository
    url = f"{github.url}/orgs/Great-Sun-Group/actions/secrets"
    key = requests.get(f"{url}/public-key", headers=bearer(github), timeout=10).json()
    box = SealedBox(PublicKey(base64.b64decode(key["key"]))).encrypt(b"value")
    sent = {
        "key_id": key["key_id"],
        "encrypted_value": base64.b64encode(box).decode(),
        "visibility": "selected",
        "selected_repository_ids": [],
    }
    assert requests.put(f"{url}/KEY", json=sent, headers=bearer(github), timeout=10).status_code == 201
    refused = requests.put(f"{url}/KEY", json={**sent, "visibility": "all", "key_id": "stale"}, headers=bearer(github), timeout=10)
    assert refused.status_code == 422
    assert requests.get(f"{url}/KEY", headers=bearer(github), timeout=10).json()["visibility"] == "selected"


def test_a_run_gets_what_its_environment_and_its_organisation_give_it_and_no_more(github: GitHub, repository: Repository) -> None:
    step = "for each in $A $B $C; do printf '%s.' $(printf $each | rev); done"
    env = {name: f"${{{{ secrets.{name} }}}}" for name in "ABC"}
    job = {"environment": "development", "runs-on": "ubuntu-latest", "env": env, "steps": [{"run": step}]}
    github.push(repository, "dev", {".github/workflows/show.yml": json.dumps({"on": "push", "jobs": {"only": job}})})
    github.until(lambda: repository.runs[0].status == "completed", "the first run's end")
    for environment in ("development", "production"):
        github.protect(repository, environment).vault.secrets["A"] = f"{environment}-a"
    github.hub.organisations["Great-Sun-Group"] = Vault(
        secrets={"B": "everybody-b", "C": "others-c"}, visibility={"B": "all", "C": "selected"}, selected={"C": [1]}
    )
    (run,) = github.push(repository, "dev", {})
    github.until(lambda: run.status == "completed", "the run's end")
    log = "\n".join(line for job in run.jobs for _, line in job.lines)
    assert "a-tnempoleved.b-ydobyreve." in log, log
    assert "c-srehto" not in log


def test_a_merge_fires_what_a_push_does(github: GitHub, repository: Repository, remote: Remote) -> None:
    github.push(
        repository,
        "dev",
        {".github/workflows/x.yml": "on: {push: {branches: [stage]}}\njobs: {only: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n"},
    )
    github.push(repository, "stage", {})
    github.push(repository, "dev", {"README.md": "two\n"})
    before = len(repository.runs)
    remote.create_pull(base="stage", head="dev", title="Promote", body="").merge()
    assert [run.branch for run in repository.runs[before:]] == ["stage"]
    github.until(lambda: all(run.status == "completed" for run in repository.runs), "the ends of the runs")


def test_a_job_s_own_token_sees_and_deletes_no_secret_either(github: GitHub, repository: Repository) -> None:
    repository.vault.secrets["KEY"] = "value"
    headers = {"Authorization": f"Bearer {github.token(kind='actions').text}"}
    url = f"{github.url}/repos/{NAME}/actions/secrets"
    answers = [requests.get(url, headers=headers, timeout=10), requests.delete(f"{url}/KEY", headers=headers, timeout=10)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert repository.vault.secrets == {"KEY": "value"}


def test_variables_are_made_changed_and_removed(repository: Repository, remote: Remote) -> None:
    remote.create_variable("colour", "red")
    remote.get_variable("COLOUR").edit("blue")
    assert repository.vault.variables == {"COLOUR": "blue"}
    remote.delete_variable("colour")
    assert repository.vault.variables == {}


def test_issues_and_pull_requests_share_their_numbers(github: GitHub, repository: Repository, remote: Remote) -> None:
    github.push(repository, "feature", {"README.md": "two\n"})
    issue = remote.create_issue("It is slow", body="Very", labels=["maintenance"])
    pull = remote.create_pull(base="dev", head="feature", title="Make it fast", body="Done")
    issue.create_comment("Seen")
    issue.edit(state="closed")
    assert (issue.number, pull.number) == (1, 2)
    assert [each.body for each in issue.get_comments()] == ["Seen"]
    assert [each.number for each in remote.get_issues(state="open")] == [2]
    assert [each.number for each in remote.get_issues(state="all", labels=["maintenance"])] == [1]


def test_a_merge_is_a_commit(github: GitHub, repository: Repository, remote: Remote) -> None:
    github.push(repository, "feature", {"README.md": "two\n"})
    merged = remote.create_pull(base="dev", head="feature", title="Make it fast", body="").merge()
    assert merged.merged
    assert remote.get_branch("dev").commit.sha == merged.sha
    assert len(remote.get_commit(merged.sha).parents) == 2


def test_a_sarif_upload_is_unpacked(github: GitHub, repository: Repository, remote: Remote) -> None:
    sha = remote.get_branch("dev").commit.sha
    document = {"version": "2.1.0", "runs": [{"results": [{"ruleId": "x"}]}]}
    packed = base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()
    url = f"{github.url}/repos/{NAME}/code-scanning/sarifs"
    sent = {"commit_sha": sha, "ref": "refs/heads/dev", "sarif": packed}
    answer = requests.post(url, json=sent, headers=bearer(github), timeout=10)
    assert answer.status_code == 202
    assert requests.get(answer.json()["url"], headers=bearer(github), timeout=10).json()["processing_status"] == "complete"
    assert repository.records["uploads"][0]["results"] == [{"ruleId": "x"}]
    assert requests.post(url, json={**sent, "sarif": "AAAA"}, headers=bearer(github), timeout=10).status_code == 400


def bearer(github: GitHub) -> dict[str, str]:
    return {"Authorization": f"Bearer {github.token().text}"}
