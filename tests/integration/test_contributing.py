"""CONTRIBUTING.md, followed to the letter: its last walk makes a command out of two files, and every file that its walks name is there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def walk(number: int) -> str:
    return TEXT.split("\n### ")[number]


@pytest.mark.slow
def test_the_walk_to_a_new_command(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
    text = walk(6)
    for path, code in zip(
        re.findall(r"`(credex_actions/\S+greet\.py)`", text), re.findall(r"```python\n(.*?)```", text, re.DOTALL), strict=True
    ):
        (tree / path).write_text(code)
    assert "    script/generate\n" in text
    generated = subprocess.run([sys.executable, "script/generate"], cwd=tree, capture_output=True, text=True, check=True).stdout.split()
    assert {"actions/greet/action.yml", "actions/greet/README.md", "docs/schemas/greet.json"} <= set(generated)
    found = re.search(r"^    credex-actions (greet .*)$", text, re.MULTILINE)
    assert found
    command = [sys.executable, "-m", "credex_actions", *found[1].split(), "--json"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["greeting"] == "Hello, credex-core!"
    assert "Greeting credex-core." in done.stderr
    lacking = subprocess.run([*command[:4], "--json"], cwd=tree, capture_output=True, text=True, check=False)
    assert lacking.returncode == 2
    assert "name" in lacking.stderr
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--quiet", "credex_actions"], cwd=tree, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout


def test_what_the_walks_name_is_there() -> None:
    named = set(re.findall(r"`((?:credex_actions|tests|docs|script|\.github)/[\w./-]+)`", "".join(walk(number) for number in range(1, 6))))
    assert len(named) > 15
    missing = {each for each in named if not any(mark in each for mark in ("NAME", "YOURS", "greet")) and not (ROOT / each).exists()}
    assert not missing


def test_folders_and_modules_in_short_are_there_too() -> None:
    """`ecs/deployment/request.py` is below the package."""
    named = set(re.findall(r"`((?:core|ecs|github|rotation|sandbox)/[\w./]+\.py)`", TEXT))
    assert named
    assert not {each for each in named if not (ROOT / "credex_actions" / each).exists()}
