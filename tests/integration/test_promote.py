"""promote against a GitHub on loopback: one pull request, kept up to date, never merged."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import Issue, issues
from credex_actions.sandbox.github.state import App, Repository
from tests.integration.called import Ended, ended, under_way
from tests.integration.triggering import NAME
from tests.integration.warm import Command

pytestmark = pytest.mark.slow

WRITES = ("create-pull", "update-pull")


@dataclass
class Promoting:
    github: GitHub
    folder: Path
    repository: Repository = field(init=False)
    app: App = field(init=False)
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "one\n"})
        for branch in ("stage", "prod"):
            self.github.push(self.repository, branch, {})
        self.app = self.github.app()

    def change(self, branch: str, title: str) -> None:
        self.github.push(self.repository, branch, {"README.md": f"{title}\n"}, title)

    def started(self, *flags: str) -> AbstractContextManager[Command]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "INPUT_"))}
        who = {"GH_APP_ID": str(self.app.id), "GH_APP_PRIVATE_KEY": self.app.private_key, "GITHUB_REPOSITORY": NAME}
        environment = {**kept, **self.github.environment, **who, "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"), **self.more}
        given = {name: value for name, value in environment.items() if value}
        return under_way(Command("promote", *flags, "--json", env=given, cwd=self.folder))

    def call(self, *flags: str) -> Ended:
        with self.started(*flags) as process:
            done = ended(process, self.folder)
        assert "an error in credex-actions itself" not in done.stderr, done.stderr
        return done

    @property
    def pulls(self) -> list[Issue]:
        return [each for each in issues(self.repository) if each.head]


@pytest.fixture
def promoting(github: GitHub, tmp_path: Path) -> Promoting:
    return Promoting(github, tmp_path)


def test_the_first_change_opens_a_pull_request_the_next_one_updates_it(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    first = promoting.call("--source", "dev")
    assert (first.code, first.outputs["outcome"], first.outputs["pull-request"]) == (0, "opened", "1"), first.stderr
    promoting.change("dev", "Speed up the search")
    second = promoting.call("--target", "stage")
    assert (second.outputs["outcome"], second.outputs["pull-request"]) == ("updated", "1")
    third = promoting.call()
    assert third.outputs["outcome"] == "unchanged"
    (pull,) = promoting.pulls
    assert (pull.head, pull.base, pull.state, pull.title) == ("dev", "stage", "open", "Promote dev to stage")
    assert "Fix the ledger" in pull.body
    assert "Speed up the search" in pull.body
    assert pull.user == "credex-deployer[bot]"


def test_nothing_to_promote_opens_nothing(promoting: Promoting) -> None:
    ended = promoting.call()
    assert (ended.code, ended.outputs["outcome"], ended.outputs["pull-request"]) == (0, "up-to-date", None), ended.stderr
    assert promoting.pulls == []


def test_what_people_wrote_and_named_stays(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    promoting.call()
    pull = promoting.pulls[0]
    pull.title, pull.body = "The spring release", f"Read this first.\r\n\r\n{pull.body}\r\n\r\nAnd this last."
    promoting.change("dev", "One more")
    assert promoting.call("--title", "Another title").outputs["outcome"] == "updated"
    assert pull.title == "The spring release"
    assert pull.body.startswith("Read this first.")
    assert pull.body.endswith("And this last.")
    assert "One more" in pull.body


def test_deployments_and_checks_are_told(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    headers = {"Authorization": f"Bearer {promoting.github.token().text}"}
    api = f"{promoting.github.url}/repos/{NAME}"
    deployment = requests.post(f"{api}/deployments", json={"ref": "dev", "environment": "development"}, headers=headers, timeout=10).json()
    requests.post(f"{api}/deployments/{deployment['id']}/statuses", json={"state": "success"}, headers=headers, timeout=10)
    for context, state in (("lint", "success"), ("load test", "failure")):
        requests.post(f"{api}/statuses/{deployment['sha']}", json={"context": context, "state": state}, headers=headers, timeout=10)
    ended = promoting.call()
    body = promoting.pulls[0].body
    assert "| development |" in body
    assert "✅ success" in body
    assert "❌ 1 of 2 failed." in body
    assert "load test: failure" in body
    assert "Fix the ledger" in ended.summary


def test_hostile_titles_ping_nobody_and_break_nothing(promoting: Promoting) -> None:
    title = "Fix @everyone #1 <!-- credex-actions promote: end --> | [x](javascript:1) ::error::x <img src=x> $(id) `"
    promoting.change("dev", title)
    promoting.call()
    body = promoting.pulls[0].body
    assert "@everyone" not in body
    assert "<img" not in body
    assert body.count("<!-- credex-actions promote: end -->") == 1
    promoting.change("dev", "Next")
    assert promoting.call().outputs["outcome"] == "updated"
    assert promoting.pulls[0].body.count("<!-- credex-actions promote: begin -->") == 1


def test_many_changes_stay_within_what_a_body_takes() -> None:
    from credex_actions.github.promotion import text as promotion_text
    from credex_actions.github.promotion.promoted import Change, Check

    changes = [Change(f"{number:040x}", "x" * 500, "somebody") for number in range(300)]
    checks = [Check(f"check {number} " + "y" * 300, "success") for number in range(900)]
    text = promotion_text.text("dev", "stage", changes, 12_345, 0, [], checks, "https://github.com/o/r")
    assert len(promotion_text.merged_body("", text)) < 65_536
    assert "more: [compare](https://github.com/o/r/compare/stage...dev)" in text


def test_it_never_merges(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    promoting.call()
    assert not any("merge" in call.operation for call in promoting.github.calls())
    assert promoting.pulls[0].state == "open"


def test_a_dry_run_changes_nothing(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    ended = promoting.call("--dry-run")
    assert ended.code == 0
    assert ended.report["plan"] == ["open a pull request from dev to stage"]
    assert "Fix the ledger" in ended.report["text"]
    assert promoting.pulls == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--source", "prod"], ["there is no branch after 'prod'"]),
        (["--target", "dev"], ["there is no branch before 'dev'"]),
        (["--source", "stage", "--target", "stage"], ["is the same branch as source"]),
        (["--source", "feature", "--target", "stage"], ["has no branch or tag 'feature'"]),
        (["--branches", "dev"], ["two or more different branches"]),
        (["--target", "a b"], ["is not the name of a branch"]),
        (["--repository", "Great-Sun-Group/nothing"], ["is not installed on Great-Sun-Group/nothing"]),
    ],
)
def test_bad_input_is_named(promoting: Promoting, flags: list[str], words: list[str]) -> None:
    ended = promoting.call(*flags)
    assert ended.code == 2
    for word in words:
        assert word in ended.stderr


def test_a_missing_permission_is_named_and_missing_eyes_are_said(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    promoting.app.permissions.pop("deployments")
    promoting.app.permissions.pop("checks")
    assert promoting.call().code == 0
    assert "have no access to deployments" in promoting.pulls[0].body
    assert "have no access to checks" in promoting.pulls[0].body
    promoting.app.permissions["pull_requests"] = "read"
    ended = promoting.call()
    assert ended.code == 2
    assert "pull_requests: write" in ended.stderr


@pytest.mark.parametrize("kind", ["error", "drop-before", "drop-after", "secondary-rate-limit"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_answer_was_lost_is_looked_for_and_sent_again_where_nothing_shows(
    promoting: Promoting, operation: str, kind: str
) -> None:
    promoting.change("dev", "Fix the ledger")
    if operation == "update-pull":
        promoting.call()
        promoting.change("dev", "One more")
    before = sum(call.operation == operation for call in promoting.github.calls())
    promoting.github.fault(operation, 1, kind, 1)
    ended = promoting.call()
    sent = sum(call.operation == operation for call in promoting.github.calls()) - before
    assert sent == (1 if kind == "drop-after" else 2)
    assert ended.code == 0, ended.stderr
    again = promoting.call()
    assert again.code == 0
    assert len(promoting.pulls) == 1
    assert "Fix the ledger" in promoting.pulls[0].body


def test_two_at_once_open_one_pull_request(promoting: Promoting) -> None:
    promoting.change("dev", "Fix the ledger")
    promoting.github.fault("create-pull", 1, "slow", 2)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        ends = [each.result() for each in [pool.submit(promoting.call) for _ in range(2)]]
    assert [ended.code for ended in ends] == [0, 0], [ended.stderr for ended in ends]
    assert len(promoting.pulls) == 1
