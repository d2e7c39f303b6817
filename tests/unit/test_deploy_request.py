"""What deploy reads is judged as render judges it."""

import json
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.deployment.request import Request, read

WEB: dict[str, Any] = {"name": "web", "image": "web:1", "memory": 256}
ONE: dict[str, Any] = {"family": "shop", "containerDefinitions": [WEB]}


def request(folder: Path, definition: dict[str, Any], **inputs: Any) -> Request:
    path = folder / "td.json"
    path.write_text(json.dumps(definition, indent=1))
    return read(Inputs(task_definition=str(path), **inputs))


def test_what_is_null_or_empty_is_not_registered(tmp_path: Path) -> None:
    definition = {
        **ONE,
        "ipcMode": "",
        "volumes": None,
        "tags": [None],
        "containerDefinitions": [None, {**WEB, "links": [""], "command": ["a", "", None]}],
    }
    assert request(tmp_path, definition).parameters == {"family": "shop", "containerDefinitions": [{**WEB, "command": ["a", ""]}]}


def test_keys_that_are_named_stay_though_they_are_empty(tmp_path: Path) -> None:
    definition = {**ONE, "volumes": [], "tags": None}
    kept = request(tmp_path, definition, keep_null_value_keys=("volumes", "tags")).parameters
    assert kept == {**ONE, "volumes": []}


def test_what_ecs_takes_though_its_guide_does_not_is_a_warning(tmp_path: Path) -> None:
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    container = {**WEB, "image": "Web Server", "environment": twice, "healthCheck": {"command": ["curl", "localhost"]}}
    asked = request(tmp_path, {**ONE, "taskRoleArn": "arn:aws:iam::ACCOUNT:role/x", "containerDefinitions": [container]})
    assert {warning.where for warning in asked.warnings} == {
        "$.taskRoleArn",
        "$.containerDefinitions[0].image",
        "$.containerDefinitions[0].environment[1].name",
        "$.containerDefinitions[0].healthCheck.command",
    }
    assert asked.parameters
    assert asked.parameters["containerDefinitions"][0]["environment"] == twice[1:]


def test_the_place_of_a_fault_counts_what_is_null(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        request(tmp_path, {**ONE, "containerDefinitions": [None, {**WEB, "cpu": "1"}]})
    assert [(fault.where, fault.line) for fault in caught.value.faults] == [("$.containerDefinitions[1].cpu", 9)]
