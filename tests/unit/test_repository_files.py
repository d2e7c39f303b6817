"""Files that only GitHub and pre-commit read, each in a form that it takes; a wrong one is ignored without a word."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from credex_actions._commands import COMMANDS
from credex_actions.maintenance.repository import dependabot
from credex_actions.maintenance.repository.ecosystems import ecosystems
from credex_actions.maintenance.repository.tree import read_tree

ROOT: Final = Path(__file__).resolve().parents[2]
FORMS: Final = sorted(file.name for file in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
BY_SCHEMA: Final = {
    ".github/dependabot.yml": "vendor.dependabot",
    "examples/credex-core/.github/dependabot.yml": "vendor.dependabot",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    **{f".github/ISSUE_TEMPLATE/{form}": "vendor.github-issue-forms" for form in FORMS},
    "action.yml": "vendor.github-actions",
    **{f"actions/{command}/action.yml": "vendor.github-actions" for command in COMMANDS},
}


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("schema", sorted(set(BY_SCHEMA.values())))
def test_files_have_the_form_that_github_publishes(schema: str) -> None:
    files = [path for path, name in BY_SCHEMA.items() if name == schema]
    checked = tool("check-jsonschema", "--builtin-schema", schema, *files)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_forms_keep_the_rules_that_no_schema_has() -> None:
    """Source: GitHub docs, "Common validation errors when creating issue forms"."""
    assert FORMS
    for form in (load(f".github/ISSUE_TEMPLATE/{name}") for name in FORMS):
        asked = [element for element in form["body"] if element["type"] != "markdown"]
        labels = [element["attributes"]["label"] for element in asked]
        assert len(set(labels)) == len(labels)
        assert len({element["id"] for element in asked}) == len(asked)
        assert all(re.fullmatch(r"[\w-]+", element["id"]) for element in asked)
        for element in asked:
            options = element["attributes"].get("options", [])
            assert len(set(options)) == len(options)
            assert "none" not in [str(option).lower() for option in options]


def test_the_form_for_what_is_wrong_names_every_command() -> None:
    (options,) = (
        element["attributes"]["options"] for element in load(".github/ISSUE_TEMPLATE/1-bug.yml")["body"] if element.get("id") == "command"
    )
    assert set(COMMANDS) <= set(options)


def test_dependabot_looks_at_everything_that_has_dependencies() -> None:
    """By the check that the suite offers to others."""
    tree = read_tree(str(ROOT))
    assert [(finding.title, finding.fix) for finding in dependabot.uncovered(tree, ecosystems(tree))] == []


def test_hooks_are_parts_of_the_lint_and_fetch_nothing() -> None:
    assert (checked := tool("pre-commit", "validate-config")).returncode == 0, checked.stdout + checked.stderr
    parts = re.findall(r"^check (\S+) ", (ROOT / "script" / "lint").read_text(), re.MULTILINE)
    (repository,) = load(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert {hook["entry"] for hook in repository["hooks"]} <= {f"script/lint {part}" for part in parts}


def test_ci_runs_the_two_scripts_that_a_developer_runs() -> None:
    jobs = load(".github/workflows/ci.yml")["jobs"]
    commands = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert commands.pop("windows")[1:]  # has neither bash 4 nor the timers that the tests ask for
    assert commands == {"lint": ["script/lint"], "test": ["script/test"], "elsewhere": ["script/test --fast", "credex-actions --version"]}


def test_what_ci_runs_on_windows_works(tmp_path: Path) -> None:
    """With the command on PATH, as the step with the root action leaves it."""
    subprocess.run([ROOT / "actions" / "install.sh", "command", tmp_path / "bin"], check=True)
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    commands = [step["run"] for step in load(".github/workflows/ci.yml")["jobs"]["windows"]["steps"] if "run" in step][1:]
    for command in commands:
        ran = subprocess.run(
            ["bash", "-c", command.replace("python", sys.executable, 1)],
            cwd=ROOT,
            env={"TMPDIR": str(tmp_path), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


def test_whoever_owns_the_code_is_told_to_be_there() -> None:
    owners = re.findall(r"@Great-Sun-Group/([\w-]+)", (ROOT / ".github" / "CODEOWNERS").read_text())
    assert set(owners) == {"credex-actions-maintainers"}
    assert "credex-actions-maintainers" in (ROOT / "docs" / "how-to" / "release.md").read_text()
