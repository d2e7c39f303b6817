"""maintenance-report --mode propose against a GitHub on loopback: one pull request of a kind, and none for what was refused."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from credex_actions.core.faults import Exit
from credex_actions.core.secret import Secret
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.groups import GROUPS
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.records import Issue, issues
from credex_actions.sandbox.github.state import now
from tests.integration.triggering import NAME
from tests.unit.maintaining import Run

pytestmark = pytest.mark.slow

BOT: Final = "maintenance[bot]"
BRANCH: Final = "maintenance/dependabot"
FILE: Final = ".github/dependabot.yml"


@dataclass
class Proposing:
    github: GitHub
    folder: Path
    permissions: dict[str, str]

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "one\n"})
        self.checkout = self.folder / "checkout"
        self.checkout.mkdir()
        (self.checkout / "maintenance.yml").write_text("repository: .\n")
        self.write("requirements.txt", "boto3==1\n")

    def write(self, name: str, text: str) -> None:
        (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (self.checkout / name).write_text(text)
        for command in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *command], cwd=self.checkout, check=True)

    def call(self, **inputs: Any) -> Run:
        environment = {**self.github.environment, "GITHUB_REPOSITORY": NAME}
        token = Secret(self.github.token(self.permissions, actor=BOT).text)
        given: dict[str, Any] = {"config": str(self.checkout / "maintenance.yml"), "mode": "propose", "checks": ("dependabot-uncovered",)}
        return Run(self.folder, {"repository": GROUPS["repository"]}, Inputs(**given | {"token": token} | inputs), environment)

    @property
    def pulls(self) -> list[Issue]:
        return [each for each in issues(self.repository) if each.head]

    def proposed(self) -> list[str]:
        """The ecosystems of the file on the branch."""
        sha = git_store.branches(self.repository.git)[BRANCH]
        return [each["package-ecosystem"] for each in yaml.safe_load(git_store.read(self.repository.git, sha, FILE) or b"")["updates"]]


@pytest.fixture
def proposing(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proposing:
    made = Proposing(github, tmp_path, {"contents": "write", "pull_requests": "write"})
    monkeypatch.chdir(made.checkout)
    return made


def test_one_pull_request_follows_what_is_found(proposing: Proposing) -> None:
    planned = proposing.call(dry_run=True)
    assert planned.failure is None
    assert f"commit {FILE} to the branch {BRANCH}; open a pull request from {BRANCH}" in planned.stdout.getvalue()
    assert proposing.pulls == []

    first = proposing.call()
    assert first.failure is None
    (pull,) = proposing.pulls
    assert (pull.user, pull.head, pull.base, pull.state) == (BOT, BRANCH, proposing.repository.default_branch, "open")
    assert f"/pull/{pull.number}" in first.outputs["proposals"]
    assert proposing.proposed() == ["pip"]

    proposing.call()
    proposing.write("web/package.json", '{"dependencies": {"left-pad": "1"}}\n')
    proposing.call()
    assert proposing.proposed() == ["npm", "pip"]
    assert (len(proposing.pulls), "web" in pull.body) == (1, True)

    pull.state, pull.closed = "closed", now()
    assert proposing.call().outputs["proposals"] == "{}"
    assert len(proposing.pulls) == 1

    proposing.write("Dockerfile", "FROM alpine:3.22\n")
    proposing.call()
    assert proposing.proposed() == ["docker"]
    assert [each.state for each in proposing.pulls] == ["closed", "open"]


def test_what_a_person_committed_to_the_branch_stays(proposing: Proposing) -> None:
    proposing.call()
    proposing.github.push(proposing.repository, BRANCH, {FILE: "version: 2\nupdates: []\n"}, "By hand")
    done = proposing.call()
    assert done.failure is None
    assert f"somebody else has committed to the branch {BRANCH}" in done.stdout.getvalue()
    assert proposing.proposed() == []


def test_what_a_person_amended_stays_and_is_not_closed(proposing: Proposing, tmp_path: Path) -> None:
    """`git commit --amend` keeps the message that we gave the commit."""
    proposing.call()
    before = git_store.branches(proposing.repository.git)[BRANCH]
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--branch", BRANCH, str(proposing.repository.git), clone], check=True)
    (clone / "by-hand").write_text("one\n")
    who = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    for command in (
        ["add", "by-hand"],
        [*who, "commit", "--quiet", "--amend", "--no-edit"],
        ["push", "--quiet", "--force", "origin", BRANCH],
    ):
        subprocess.run(["git", *command], cwd=clone, check=True)
    amended = git_store.branches(proposing.repository.git)[BRANCH]
    assert amended != before
    proposing.write("web/package.json", '{"dependencies": {"left-pad": "1"}}\n')
    assert f"somebody else has committed to the branch {BRANCH}" in proposing.call().stdout.getvalue()
    for name in ("requirements.txt", "web/package.json"):
        (proposing.checkout / name).unlink()
    proposing.write("README.md", "one\n")
    assert proposing.call().failure is None
    assert git_store.branches(proposing.repository.git)[BRANCH] == amended
    assert [each.state for each in proposing.pulls] == ["open"]


def test_two_configurations_have_a_pull_request_each(proposing: Proposing) -> None:
    proposing.call()
    before = git_store.branches(proposing.repository.git)[BRANCH]
    proposing.write("other.yml", "repository: .\n")
    proposing.write("web/package.json", '{"dependencies": {"left-pad": "1"}}\n')
    assert proposing.call(config="other.yml").failure is None
    assert git_store.branches(proposing.repository.git)[BRANCH] == before
    first, second = (each.head for each in proposing.pulls)
    assert first == BRANCH
    assert str(second).startswith(f"{BRANCH}-")


def test_what_is_solved_is_closed_and_may_be_proposed_again(proposing: Proposing) -> None:
    proposing.call()
    (proposing.checkout / "requirements.txt").unlink()
    proposing.write("README.md", "one\n")
    assert proposing.call().failure is None
    assert [each.state for each in proposing.pulls] == ["closed"]
    proposing.write("requirements.txt", "boto3==1\n")
    proposing.call()
    assert [each.state for each in proposing.pulls] == ["closed", "open"]


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
@pytest.mark.parametrize("operation", ["create-ref", "create-pull"])
def test_a_lost_response_does_nothing_twice(proposing: Proposing, operation: str, kind: str) -> None:
    proposing.github.fault(operation, kind=kind)
    assert proposing.call().failure is None
    assert len(proposing.pulls) == 1
    assert proposing.proposed() == ["pip"]


def test_a_token_that_may_not_write_leaves_the_report(proposing: Proposing) -> None:
    proposing.permissions = {"contents": "read", "pull_requests": "read"}
    done = proposing.call()
    assert done.failure
    assert done.failure.code == Exit.BAD_INPUT
    assert "dependabot: the token lacks the permission contents: write" in done.faults
    assert Path(done.outputs["report_file"]).exists()
