"""The line that a run for a fork is told to add: it skips forks, and nothing else."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from credex_actions.core.forked import CONDITION
from tests.e2e import act
from tests.e2e.chain import AUTHOR, ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "fix-a-run-that-does-not-start.md"
NOTHING = act.Setting(secrets={}, variables={}, environment={}, local_actions={})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    job = {"if": CONDITION, "runs-on": "ubuntu-latest", "steps": [{"run": "true"}]}
    events = ["push", "schedule", "workflow_dispatch", "pull_request"]
    (workflows / "deploy.yml").write_text(yaml.safe_dump({"on": events, "jobs": {"deploy": job}}))
    for command in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["remote", "add", "origin", "https://github.com/acme/web"],
        ["add", "."],
        ["commit", "--quiet", "--message", "As it is"],
    ):
        subprocess.run(["git", *command], cwd=folder, env=AUTHOR, check=True)
    return folder


def pull_request(head: str | None) -> dict[str, Any]:
    """`head`: the repository that it comes from; None if that was deleted."""
    return {"pull_request": {"head": {"repo": {"full_name": head} if head else None}, "base": {"repo": {"full_name": "acme/web"}}}}


@pytest.mark.parametrize(
    ("event", "payload", "runs"),
    [
        ("push", {}, True),
        ("schedule", {}, True),
        ("workflow_dispatch", {}, True),
        ("pull_request", pull_request("acme/web"), True),
        ("pull_request", pull_request("mallory/web"), False),
        ("pull_request", pull_request(None), False),
    ],
    ids=["push", "schedule", "dispatch", "own", "fork", "deleted-fork"],
)
def test_only_a_pull_request_from_a_fork_is_skipped(repository: Path, event: str, payload: dict[str, Any], runs: bool) -> None:
    seen = act.finish(act.run(repository, event, "main", NOTHING, **payload))
    assert seen.exit_code == 0, seen.log
    assert bool(seen.jobs) is runs


def test_the_page_has_the_same_line() -> None:
    assert f"`if: {CONDITION}`" in PAGE.read_text().replace("\\|", "|")
