"""A pull request from a fork has no credentials, and is told why; nobody else is told that."""

import json
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.faults import NO_AWS_CREDENTIALS, Exit, Failure, Fault
from credex_actions.core.forked import EXPLANATION, from_fork, with_cause

MISSING = Fault("this job is not allowed to request an OIDC token from GitHub", "Add …", "role-to-assume")


def run_for(tmp_path: Path, head: object, event: str = "pull_request") -> dict[str, str]:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"pull_request": {"head": {"repo": head}, "base": {"repo": {"full_name": "acme/web"}}}}))
    return {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(file)}


@pytest.mark.parametrize(
    ("head", "event", "expected"),
    [
        ({"full_name": "mallory/web"}, "pull_request", True),
        (None, "pull_request", True),
        ({"full_name": "acme/web"}, "pull_request", False),
        ({"full_name": "mallory/web"}, "pull_request_target", False),
        ({"full_name": "mallory/web"}, "push", False),
    ],
)
def test_which_runs_are_a_fork_s(tmp_path: Path, head: object, event: str, expected: bool) -> None:
    assert from_fork(run_for(tmp_path, head, event)) is expected


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pull_request": 3}', '{"pull_request": {"head": {"repo": 1}, "base": {}}}'])
def test_an_event_that_cannot_be_read_is_no_fork_s(tmp_path: Path, text: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    assert not from_fork({"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(file)})
    assert not from_fork({"GITHUB_EVENT_NAME": "pull_request"})


@pytest.mark.parametrize(
    ("fault", "head", "told"),
    [
        (MISSING, "mallory/web", True),
        (Fault(NO_AWS_CREDENTIALS), "mallory/web", True),
        (Fault("the token lacks the permission pull_requests: write", "", "token"), "mallory/web", True),
        (Fault("is out of bounds", "", "$.cpu"), "mallory/web", False),
        (MISSING, "acme/web", False),
    ],
)
def test_the_cause_is_told_with_what_it_caused(tmp_path: Path, fault: Fault, head: str, told: bool) -> None:
    failure = with_cause(Failure(Exit.BAD_INPUT, fault), run_for(tmp_path, {"full_name": head}))
    assert failure.faults == ((fault, EXPLANATION) if told else (fault,))


def test_what_was_changed_already_is_told_as_it_was(tmp_path: Path) -> None:
    failure = Failure(Exit.REMOTE, MISSING, left="core:2 is registered")
    assert with_cause(failure, run_for(tmp_path, {"full_name": "mallory/web"})) is failure


def test_it_is_told_by_a_command_in_such_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from credex_actions.cli import main

    environment: dict[str, Any] = {
        **run_for(tmp_path, {"full_name": "mallory/web"}),
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/web",
        "INPUT_TARGET": "stage",
    }
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_APP_ID", "GH_APP_PRIVATE_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["promote"]) == 2
    assert "::error::this run is for a pull request from a fork" in capsys.readouterr().out
