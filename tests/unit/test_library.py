"""The suite as a Python library: commands are functions of their inputs."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import credex_actions
from credex_actions._commands import COMMANDS
from credex_actions.core.faults import Exit, Failure

DEFINITION = {"family": "web", "containerDefinitions": [{"name": "web", "image": "repo:1", "memory": 256, "essential": True}]}


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / "td.json"
    file.write_text(json.dumps(DEFINITION))
    return file


def test_a_command_is_a_function_of_its_inputs(definition: Path) -> None:
    target = definition.with_name("out.json")
    outputs = credex_actions.render_task_definition(
        task_definition=str(definition), image="repo:2", output_file=str(target), log=io.StringIO()
    )
    assert outputs.task_definition == str(target)
    assert json.loads(target.read_text())["containerDefinitions"][0]["image"] == "repo:2"


def test_it_writes_nothing_for_a_runner(definition: Path, tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environment = files | {"GITHUB_ACTIONS": "true"}
    credex_actions.render_task_definition(
        task_definition=str(definition), output_file=str(tmp_path / "o"), environment=environment, log=io.StringIO()
    )
    assert sorted(each.name for each in tmp_path.iterdir()) == ["o", "td.json"]


def test_all_faults_of_a_call_come_at_once(definition: Path) -> None:
    with pytest.raises(Failure) as caught:
        credex_actions.render_task_definition(task_defintion=str(definition), exclusive="ture", log=io.StringIO())  # type: ignore[call-arg] # the error itself
    assert caught.value.code == Exit.BAD_INPUT
    told = str(caught.value)
    assert "Did you mean task_definition?" in told
    assert "'ture' is not a boolean" in told


def test_a_name_that_is_no_command_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="deploy_everything"):
        _ = credex_actions.deploy_everything  # type: ignore[attr-defined] # the error itself


def test_the_package_lists_its_commands() -> None:
    commands = {name.replace("-", "_") for name in COMMANDS}
    assert commands < set(dir(credex_actions))
    assert all(callable(getattr(credex_actions, name)) for name in commands)


def test_importing_the_package_loads_nothing_of_third_parties() -> None:
    loaded = (
        "import sys, credex_actions; print([m for m in ('boto3', 'yaml', 'rich', 'typing', 'credex_actions.library') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {loaded}"], check=True, capture_output=True, text=True).stdout == "[]\n"  # fmt: skip


def test_a_text_for_environment_is_the_input_of_that_name() -> None:
    with pytest.raises(Failure) as caught:
        credex_actions.neo4j_backup(environment="nowhere", config="missing.yml", log=io.StringIO())
    assert [fault.file for fault in caught.value.faults] == ["missing.yml"]
    with pytest.raises(Failure, match="there is no such input"):
        credex_actions.guard_terraform_plan(plan="plan.json", environment="nowhere", log=io.StringIO())  # type: ignore[arg-type] # the error itself
