"""The example at the top of each action's README is a whole workflow that GitHub takes: whoever copies it has nothing to add but names."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from credex_actions._commands import COMMANDS
from credex_actions.generation.iam.policies import JOBS

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = "Great-Sun-Group/credex-actions/actions/"


def example(command: str) -> str:
    text = (ROOT / "actions" / command / "README.md").read_text()
    found = re.search(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def parsed(command: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(example(command), Loader=yaml.BaseLoader)  # noqa: S506 - strings only, and `on` stays `on`
    return document


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_a_whole_workflow(command: str, tmp_path: Path) -> None:
    file = tmp_path / "workflow.yml"
    file.write_text(example(command))
    linted = subprocess.run([Path(sys.executable).with_name("actionlint"), "-no-color", file], capture_output=True, text=True, check=False)
    assert linted.stdout == ""
    document = parsed(command)
    assert document["permissions"] == {}
    assert {"name", "on", "jobs"} <= document.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_its_steps_set_inputs_that_exist_and_all_that_are_required(command: str) -> None:
    (job,) = parsed(command)["jobs"].values()
    ours = [step for step in job["steps"] if step.get("uses", "").startswith(OURS)]
    assert f"{OURS}{command}@v1" in [step["uses"] for step in ours]
    for step in ours:
        name = step["uses"].removeprefix(OURS).partition("@")[0]
        taken = yaml.safe_load((ROOT / "actions" / name / "action.yml").read_text())["inputs"]
        given = step.get("with", {})
        assert set(given) <= set(taken)
        assert {each for each, entry in taken.items() if entry.get("required")} <= set(given)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_job_has_the_permissions_that_what_it_sets_needs_and_each_has_a_reason(command: str) -> None:
    (job,) = parsed(command)["jobs"].values()
    given = {f"{scope}: {level}" for scope, level in job["permissions"].items()}
    signs_in = any("role-to-assume" in step.get("with", {}) for step in job["steps"])
    checks_out = any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"])
    assert ("id-token: write" in given) == signs_in
    assert "contents: read" in given or not checks_out
    known = {*JOBS[command].permissions, "contents: read", "id-token: write"}
    assert given <= known
    for line in re.findall(r"^ +[a-z-]+: (?:read|write)\b.*$", example(command), re.MULTILINE):
        assert " # " in line
