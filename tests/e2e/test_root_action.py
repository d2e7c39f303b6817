"""The root action: one line in a job puts the command on PATH."""

import subprocess
from pathlib import Path

import pytest

from credex_actions import __version__
from credex_actions.sandbox.github.act.gates import WORKFLOWS
from credex_actions.sandbox.github.act.mirrored import mirror
from credex_actions.sandbox.suite import NAME as SUITE
from credex_actions.sandbox.suite import copy_suite
from tests.e2e.act import Setting, WorkflowRun, finish, run

pytestmark = pytest.mark.slow

USE_IT = """\
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: Great-Sun-Group/credex-actions@v1
      - run: credex-actions --version
"""
RUN_ONE = """\
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: Great-Sun-Group/credex-actions@v1
        with:
          command: render-task-definition
          arguments: |
            --task-definition
            no such file; $(touch taken-in).json
"""


def pushed(folder: Path, workflow: str) -> WorkflowRun:
    repository = folder / "repository"
    (repository / ".github" / "workflows").mkdir(parents=True)
    (repository / ".github" / "workflows" / "workflow.yml").write_text(workflow)
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=repository, check=True)
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    author = ["-c", "user.name=A developer", "-c", "user.email=developer@example.com"]
    subprocess.run(["git", *author, "commit", "--quiet", "--message", "Use it"], cwd=repository, check=True)
    copy_suite(folder / "copy")
    mirror(folder / "copy", folder / "suite", {WORKFLOWS})
    return finish(run(repository, "push", "main", Setting({}, {}, {}, {f"{SUITE}@v1": folder / "suite"})))


def test_it_puts_the_command_on_the_path_of_later_steps(tmp_path: Path) -> None:
    result = pushed(tmp_path, USE_IT)
    assert result.exit_code == 0, result.log
    assert f"credex-actions {__version__}" in result.log


def test_a_command_s_arguments_are_taken_as_they_are(tmp_path: Path) -> None:
    result = pushed(tmp_path, RUN_ONE)
    assert result.exit_code == 1
    assert len(result.errors) == 1, result.log  # one argument, with its spaces: words of it would be faults of their own
    assert "the file does not exist" in result.errors[0]
    assert not [path for path in tmp_path.rglob("*") if "taken-in" in path.name]
