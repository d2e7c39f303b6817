"""comment-on-pull-request against a GitHub on loopback: one comment, whatever happens to it."""

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import credex_actions
from credex_actions.core.faults import Failure
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import Comment, Issue, issues
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow


@dataclass
class Commenting:
    github: GitHub
    record: Issue = field(init=False)
    permissions: dict[str, str] = field(default_factory=lambda: {"pull_requests": "write"})
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        repository = self.github.repository(NAME, {"README.md": "one\n"})
        self.record = Issue(self.github.hub.id(), 1, "A change", "", "alice", head="change", base="main")
        issues(repository).append(self.record)

    def call(self, body: str | None = "Verdict: safe", **inputs: Any) -> Any:
        environment = {**self.github.environment, "GITHUB_REPOSITORY": NAME, "GITHUB_REF": "refs/pull/1/merge"}
        token = self.github.token(self.permissions, actor="terraform").text
        inputs = {"key": "terraform production", "body": body, "token": token, "pull_request": 1, **inputs}
        return credex_actions.comment_on_pull_request(log=self.log, environment=environment, **inputs)

    @property
    def comments(self) -> list[tuple[str, str]]:
        return [(each.user, each.body) for each in self.record.comments]


@pytest.fixture
def commenting(github: GitHub) -> Commenting:
    return Commenting(github)


def test_a_second_run_updates_the_comment_of_the_first(commenting: Commenting) -> None:
    assert commenting.call(dry_run=True).outcome is None
    assert commenting.comments == []
    first = commenting.call()
    assert first.outcome == "created"
    assert commenting.call().outcome == "unchanged"
    second = commenting.call("Verdict: refused")
    assert (second.outcome, second.comment_url) == ("updated", first.comment_url)
    assert commenting.comments == [("terraform", "<!-- credex-actions: terraform production -->\nVerdict: refused")]
    assert commenting.call(key="terraform staging").outcome == "created"


def test_what_others_wrote_is_left_alone_and_duplicates_of_ours_go(commenting: Commenting) -> None:
    commenting.call()
    ours = commenting.record.comments[0]
    copied = Comment(ours.id - 1, "mallory", ours.body)
    commenting.record.comments = [copied, ours, Comment(ours.id + 100, ours.user, ours.body), Comment(ours.id + 200, ours.user, "words")]
    assert commenting.call("Verdict: refused").outcome == "updated"
    assert [(each.id, each.body.rpartition("\n")[2]) for each in commenting.record.comments] == [
        (ours.id - 1, "Verdict: safe"),
        (ours.id, "Verdict: refused"),
        (ours.id + 200, "words"),
    ]


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "bad-gateway"])
def test_a_lost_response_makes_no_second_comment(commenting: Commenting, kind: str) -> None:
    commenting.github.fault("create-comment", kind=kind)
    assert commenting.call().outcome == "created"
    assert len(commenting.comments) == 1


@pytest.mark.parametrize(
    ("operation", "comments", "words"), [("list-comments", 0, "nothing was changed"), ("create-comment", 1, "comment on pull request #1")]
)
def test_after_a_signal_nothing_is_written(commenting: Commenting, operation: str, comments: int, words: str) -> None:
    commenting.github.fault(operation, kind="slow-after", seconds=3)
    token = commenting.github.token(commenting.permissions, actor="terraform").text
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "INPUT_"))}
    about = {"GITHUB_REPOSITORY": NAME, "GITHUB_REF": "refs/pull/1/merge", "GITHUB_ACTIONS": "true", "GH_TOKEN": token}
    words_of_it = [
        sys.executable,
        "-m",
        "credex_actions",
        "comment-on-pull-request",
        "--key",
        "terraform production",
        "--body",
        "Verdict: safe",
    ]
    environment = {**own, **commenting.github.environment, **about}
    with subprocess.Popen(words_of_it, env=environment, stdout=subprocess.PIPE, text=True) as process:
        commenting.github.until(lambda: not commenting.github.faults_left, operation)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 143, told
    assert words in told.partition("State: ")[2]
    assert len(commenting.comments) == comments


def test_bad_input_is_told_at_once(commenting: Commenting, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        commenting.call(None, key="--> <b>", body_file=str(tmp_path / "missing.md"), pull_request=None, token="not a token")
    assert {each.where for each in failure.value.faults} >= {"key", "token"}
    with pytest.raises(Failure, match=r"body-file: cannot be read"):
        commenting.call(None, body_file=str(tmp_path / "missing.md"))
    with pytest.raises(Failure, match=r"has 70,000 characters, and a comment may have 65,490"):
        commenting.call("x" * 70_000)
    commenting.permissions = {"contents": "read"}
    with pytest.raises(Failure, match="pull_requests"):
        commenting.call()
    assert commenting.comments == []
