"""The public parts of the library, and that docs/reference/library.md names all of them."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from credex_actions import ecs, github, neo4j, rotation, terraform
from credex_actions.core.faults import Exit, Failure
from tests.unit.test_guard_cases import MADE

ROOT: Final = Path(__file__).resolve().parents[2]
PARTS: Final = ("ecs", "github", "neo4j", "terraform", "rotation")
EXAMPLE: Final = ROOT / "examples" / "credex-core"
WEB: Final = {"name": "web", "image": "repo:1", "memory": 256}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_public_is_there_and_described(part: str) -> None:
    module = import_module(f"credex_actions.{part}")
    page = (ROOT / "docs" / "reference" / "library.md").read_text()
    for name in module.__all__:
        found = getattr(module, name)
        assert found.__doc__, name
        if name[0].islower():
            assert f"credex_actions.{part}.{name}(" in page
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing


def test_importing_a_part_loads_nothing_else() -> None:
    code = f"import sys; from credex_actions import {', '.join(PARTS)}; print([m for m in ('boto3', 'yaml', 'neo4j', 'typing') if m in sys.modules])"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


def test_a_task_definition_is_checked_as_a_file_and_as_a_mapping(tmp_path: Path) -> None:
    wrong = {"family": "web", "containerDefinitions": [WEB], "cpuu": "256"}
    (tmp_path / "td.json").write_text(json.dumps(wrong, indent=2))
    (of_mapping,) = ecs.check_task_definition(wrong).errors
    (of_file,) = ecs.check_task_definition(str(tmp_path / "td.json")).errors
    assert (of_mapping.where, of_mapping.hint, of_mapping.line) == ("$.cpuu", "Did you mean cpu?", 0)
    assert of_file == of_mapping._replace(file=str(tmp_path / "td.json"), line=of_file.line, column=of_file.column)
    assert of_file.line == 10
    assert ecs.check_task_definition({"family": "web", "containerDefinitions": [WEB]}).errors == []


def test_differences_mask_secrets() -> None:
    before = {"family": "web", "containerDefinitions": [{**WEB, "environment": [{"name": "DB_PASSWORD", "value": "hunter-22"}]}]}
    after = {"taskDefinition": {"family": "web", "revision": 7, "containerDefinitions": [{**WEB, "image": "repo:2"}]}}
    lines = ecs.compare_task_definitions(before, after)
    assert any("repo:2" in line for line in lines)
    assert "hunter-22" not in "".join(lines)
    assert ecs.compare_task_definitions(before, before) == []


def test_why_a_task_stopped() -> None:
    task = {
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "x",
        "containers": [{"name": "a", "exitCode": 137, "reason": "OutOfMemoryError: killed"}],
    }
    assert ecs.why_stopped(task).what == "out of memory: it was killed"


def test_a_workflow_is_migrated_or_refused() -> None:
    text = "jobs: {d: {steps: [{uses: aws-actions/amazon-ecs-render-task-definition@v1}]}}\n"
    assert github.migrate_workflow(text, "v2").text == text.replace(
        "aws-actions/amazon-ecs-", "Great-Sun-Group/credex-actions/actions/"
    ).replace("@v1", "@v2")
    with pytest.raises(Failure) as raised:
        github.migrate_workflow("a: [")
    assert raised.value.code == Exit.BAD_INPUT


def test_a_plan_is_judged_without_an_exception() -> None:
    name = next(iter(sorted(path.name for path in MADE.glob("instance-replaced-by-ami*.json"))))
    verdict = terraform.judge_plan(str(MADE / name))
    assert not verdict.safe
    assert verdict.findings[0].refuses


def test_files_of_the_example_are_read() -> None:
    assert "development-deployment" in rotation.read_manifest(str(EXAMPLE / "rotation.yml")).credentials
    assert neo4j.read_configuration(str(EXAMPLE / "neo4j.yml"), "production").databases
    with pytest.raises(Failure):
        neo4j.read_configuration("missing.yml")
