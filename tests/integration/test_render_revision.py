"""A revision that ECS holds is not a template: rendering it again fills what was named, and alters nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox

COMMAND = ["sh", "-c", "echo ${HOME} $${HOME} ${GREETING}"]
WEB: dict[str, Any] = {
    "name": "web",
    "image": "web:1",
    "memory": 64,
    "command": COMMAND,
    "environment": [{"name": "LOGIN", "value": "olivia.canary"}],
}


def render(sandbox: Sandbox, folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "credex_actions", "render-task-definition", "--output-file", "out.json", *arguments],
        env={**os.environ, **sandbox.environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    rendered: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return ran, rendered["containerDefinitions"][0]


@pytest.fixture
def revision(sandbox: Sandbox) -> str:
    answer = sandbox.client("ecs").register_task_definition(family="shop", containerDefinitions=[WEB])
    return str(answer["taskDefinition"]["taskDefinitionArn"])


@pytest.mark.parametrize("by", ["family", "arn"])
def test_what_a_revision_holds_stays(sandbox: Sandbox, tmp_path: Path, revision: str, by: str) -> None:
    source = ["--task-definition-family", "shop"] if by == "family" else ["--task-definition-arn", revision]
    _, container = render(sandbox, tmp_path, *source, "--image", "web:2")
    assert (container["command"], container["image"]) == (COMMAND, "web:2")


def test_what_is_named_is_filled(sandbox: Sandbox, tmp_path: Path, revision: str) -> None:
    assert revision
    ran, container = render(sandbox, tmp_path, "--task-definition-family", "shop", "--secret-values", "GREETING=canary-hello")
    assert container["command"][2] == "echo ${HOME} $${HOME} canary-hello"
    assert "echo ${HOME} $${HOME} (secret GREETING)" in ran.stdout
    assert "canary" not in ran.stdout + ran.stderr


def test_what_the_live_revision_holds_is_hidden_where_a_secret_goes(sandbox: Sandbox, tmp_path: Path, revision: str) -> None:
    template = {"family": "shop", "containerDefinitions": [{**WEB, "environment": [{"name": "LOGIN", "value": "${DB_USER}"}]}]}
    (tmp_path / "td.json").write_text(json.dumps(template).replace("${HOME}", "$${HOME}").replace("${GREETING}", "$${GREETING}"))
    for user in ("olivia.canary", "victor.canary"):
        ran, container = render(
            sandbox, tmp_path, "--task-definition", "td.json", "--secret-values", f"DB_USER={user}", "--compare-with", revision, "--json"
        )
        assert container["environment"] == [{"name": "LOGIN", "value": user}]
        assert ("*** -> (secret DB_USER)" in ran.stdout) == (user == "victor.canary")
        assert "canary" not in ran.stdout + ran.stderr
