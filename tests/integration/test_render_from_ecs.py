"""Rendering from, and comparing with, what ECS has."""

import json
from pathlib import Path
from typing import Any

import pytest

import credex_actions
from credex_actions.core.faults import Exit, Failure
from credex_actions.sandbox import Sandbox

ONE: dict[str, Any] = {"family": "shop", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 256}]}


@pytest.fixture
def folder(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "td.json").write_text(json.dumps(ONE))
    return tmp_path


def render(folder: Path, **inputs: Any) -> Any:
    return credex_actions.render_task_definition(output_file=str(folder / "out.json"), **inputs)


def test_a_family_that_does_not_exist_yet_compares_with_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = render(folder, task_definition=str(folder / "td.json"), compare_with="shop")
    assert outputs.changed
    assert "+ containerDefinitions[web].image = 'web:1'" in outputs.diff
    assert "compare-with: ECS has no task definition shop yet: all of this one counts as new" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["shop:7", "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:7"])
def test_a_revision_that_does_not_exist_is_a_fault(folder: Path, name: str) -> None:
    with pytest.raises(Failure) as caught:
        render(folder, task_definition=str(folder / "td.json"), compare_with=name)
    assert caught.value.code == Exit.BAD_INPUT
    assert [(fault.where, fault.what) for fault in caught.value.faults] == [("compare-with", f"ECS has no task definition {name}")]
    with pytest.raises(Failure, match="task-definition-arn: ECS has no task definition"):
        render(folder, task_definition_arn=name)


def test_the_newest_revision_of_a_family_is_rendered_and_a_named_one(folder: Path, sandbox: Sandbox) -> None:
    ecs = sandbox.client("ecs")
    for memory in (256, 512):
        container = {"name": "web", "image": "web:1", "memory": memory}
        ecs.register_task_definition(family="shop", containerDefinitions=[container], tags=[{"key": "team", "value": "a"}])
    render(folder, task_definition_family="shop", image="web:2")
    newest = json.loads((folder / "out.json").read_text())
    assert (newest["containerDefinitions"][0]["memory"], newest["containerDefinitions"][0]["image"]) == (512, "web:2")
    assert newest["tags"] == [{"key": "team", "value": "a"}]
    render(folder, task_definition_family="shop", task_definition_revision="1", image="web:2")
    assert json.loads((folder / "out.json").read_text())["containerDefinitions"][0]["memory"] == 256
