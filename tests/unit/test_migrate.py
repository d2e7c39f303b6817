"""migrate: what becomes of a workflow that uses the AWS actions, and that nothing else of it changes."""

import json
import os
import re
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import credex_actions
from credex_actions.core.command.declaration import inputs_of, outputs_of
from credex_actions.core.faults import Exit, Failure
from credex_actions.generation.drawing import module
from credex_actions.github.migration.counterparts import COUNTERPARTS, OURS
from credex_actions.github.migration.rewriting import rewritten

RENDER, DEPLOY = "aws-actions/amazon-ecs-render-task-definition", "aws-actions/amazon-ecs-deploy-task-definition"
WORKFLOW: Final = f"""\

# Deploys the API 🚀 to ECS.
name: "Deploy — production"
on:
  push: {{branches: [main]}}   # every merge
env:
  ECS_SERVICE:   api   # odd spaces
defaults: &shell
  run: {{shell: bash}}

jobs:
  deploy:
    runs-on: ubuntu-latest
    defaults: *shell
    steps:
    - uses: actions/checkout@v4   # trailing blanks follow  \n    - uses: aws-actions/configure-aws-credentials@v4
      with:
        aws-region: eu-west-1
    - name: Fill in 🚢 the image
      id: task-def
      uses: {RENDER}@v1 # renders
      with:
        task-definition: task-definition.json
        # the container
        container-name: "api"
        image: ${{{{ steps.build.outputs.image }}}}

    - name: Deploy
      uses: {DEPLOY}@df9643053eda01f169e64a0e60233aacca83799a # v1.4.11
      with:
        task-definition: ${{{{ steps.task-def.outputs.task-definition }}}}
        service: ${{{{ env.ECS_SERVICE }}}}
        cluster: main
        wait-for-service-stability: true
    - run: |
        echo done
"""


def step(uses: str, *inputs: str) -> str:
    return "\n".join(
        ["jobs:", "  d:", "    steps:", f"      - uses: {uses}", "        with:", *(f"          {each}" for each in inputs), ""]
    )


def test_only_the_actions_change() -> None:
    after = rewritten(WORKFLOW, "v1")
    changed = [(old, new) for old, new in zip(WORKFLOW.split("\n"), after.text.split("\n"), strict=True) if old != new]
    assert changed == [
        (f"      uses: {RENDER}@v1 # renders", f"      uses: {OURS}/render-task-definition@v1 # renders"),
        (f"      uses: {DEPLOY}@df9643053eda01f169e64a0e60233aacca83799a # v1.4.11", f"      uses: {OURS}/deploy-task-definition@v1"),
    ]
    assert (after.steps, after.remarks) == (2, ())


def test_a_second_time_changes_nothing() -> None:
    once = rewritten(WORKFLOW, "v1")
    assert rewritten(once.text, "v2") == once._replace(steps=0)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("name", [RENDER, RENDER.upper()])
def test_line_ends_quotes_and_cases_stay(newline: str, quote: str, name: str) -> None:
    before = step(f"{quote}{name}@v1{quote}", "image: x").replace("\n", newline)
    expected = step(f"{quote}{OURS}/render-task-definition@main{quote}", "image: x").replace("\n", newline)
    assert rewritten(before, "main").text == expected


def test_a_flow_mapping_a_composite_action_and_an_alias() -> None:
    flow = f"runs:\n  steps: [{{uses: {RENDER}@v1, with: {{image: x}}}}]\n"
    assert rewritten(flow, "v1").text == flow.replace(RENDER, f"{OURS}/render-task-definition")
    alias = f"jobs:\n  a:\n    steps:\n      - &it\n        uses: {RENDER}@v1\n  b:\n    steps: [*it]\n"
    after = rewritten(alias, "v1")
    assert after.text == alias.replace(RENDER, f"{OURS}/render-task-definition")
    assert after.steps == 1


LITERALS: Final = {
    "yes is false for the AWS action": (DEPLOY, "force-new-deployment: yes", "force-new-deployment: false", False),
    "a boolean in quotes": (DEPLOY, "run-task: 'tRuE'", "run-task: 'true'", False),
    "too many minutes": (DEPLOY, "wait-for-minutes: 1000", "wait-for-minutes: 360", False),
    "digits and more": (DEPLOY, "desired-count: 2abc", "desired-count: 2", False),
    "no digits": (DEPLOY, "desired-count: two", "desired-count: two", True),
    "an ARN": (DEPLOY, "task-definition: arn:aws:ecs:x", "task-definition-arn: arn:aws:ecs:x", False),
    "a revision": (DEPLOY, 'Task-Definition: "core:7"', 'task-definition-arn: "core:7"', False),
    "a family": (DEPLOY, "task-definition: core", "task-definition: core", True),
    "no source of tags": (DEPLOY, "propagate-tags: none", "propagate-tags: none", True),
    "a command with quotes": (RENDER, "command: sh -c 'a b'", "command: sh -c 'a b'", True),
    "an unknown input": (RENDER, "git-sha: ${{ github.sha }}", "git-sha: ${{ github.sha }}", True),
}
SILENT: Final = {
    "an expression": (DEPLOY, "force-new-deployment: ${{ inputs.force }}"),
    "a file": (DEPLOY, "task-definition: deploy/task-definition.json"),
    "true": (DEPLOY, "wait-for-task-stopped: True"),
    "a plain command": (RENDER, "command: npm start"),
}


@pytest.mark.parametrize(("action", "before", "after", "open_"), LITERALS.values(), ids=LITERALS)
def test_what_the_aws_action_reads_differently(action: str, before: str, after: str, open_: bool) -> None:
    result = rewritten(step(f"{action}@v2", before), "v1")
    assert result.text == step(f"{OURS}/{COUNTERPARTS[action].name}@v1", after)
    assert [(each.line, each.column, each.open) for each in result.remarks] == [(6, 11, open_)]


@pytest.mark.parametrize(("action", "given_"), SILENT.values(), ids=SILENT)
def test_what_both_read_alike_is_not_remarked(action: str, given_: str) -> None:
    result = rewritten(step(f"{action}@v2", given_), "v1")
    assert result.text == step(f"{OURS}/{COUNTERPARTS[action].name}@v1", given_)
    assert result.remarks == ()


@pytest.mark.parametrize("line", [(), ("wait-for-service-stability: false",), ("wait-for-service-stability: 'no'",)])
def test_who_did_not_wait_is_told(line: tuple[str, ...]) -> None:
    result = rewritten(step(f"{DEPLOY}@v2", "service: api", *line), "v1")
    assert len(result.remarks) == 1
    assert "followed" in f"{result.remarks[0].what} {result.remarks[0].hint}"


SCRIPTS: Final = {
    "aws ecs describe-task-definition --task-definition x > td.json": "task-definition-family",
    "aws ecs update-service --cluster c": "deploy-task-definition",
    "aws  ecs wait services-stable": "stable after a rollback",
    "sed -i 's/IMG/x/' task-definition.json": "values",
    "jq '.containerDefinitions[0].image = $i' td.json": "patch",
    "envsubst < taskdef.json": "secret-values",
    "ecspresso deploy --config e.yml": "migrate-from-aws-actions",
    "npx ts-node scripts/trigger-deploy.ts": "trigger-dev-deploy",
}


@pytest.mark.parametrize(("script", "hint"), SCRIPTS.items())
def test_scripts_are_told_and_stay(script: str, hint: str) -> None:
    text = f"jobs:\n  d:\n    steps:\n      - run: |\n          # {script}\n          set -e\n          {script}\n"
    result = rewritten(text, "v1")
    assert result.text == text
    assert [(each.line, each.open) for each in result.remarks] == [(7, True)]
    assert hint in result.remarks[0].hint


def test_what_has_no_steps_is_no_workflow() -> None:
    assert not rewritten("services: {a: {image: b}}", "v1").readable
    assert not rewritten("# nothing\n", "v1").readable
    assert not rewritten("[1, 2]", "v1").readable


PLAIN: Final = st.from_regex(r"[a-z][a-z0-9 _./-]{0,20}[a-z0-9]", fullmatch=True)
USES: Final = st.sampled_from([f"{RENDER}@v1", f"{DEPLOY}@v2", "actions/checkout@v4", "./local"])
A_STEP: Final = st.fixed_dictionaries(
    {"name": PLAIN | st.just("é 🚀: #"), "uses": USES}, optional={"with": st.dictionaries(st.just("image"), PLAIN)}
)


@given(st.lists(A_STEP, min_size=1, max_size=5), st.booleans(), st.sampled_from([2, 4, 8]))
def test_the_rest_means_the_same(steps: list[dict[str, Any]], flow: bool, indent: int) -> None:
    text = yaml.safe_dump({"on": "push", "jobs": {"a": {"steps": steps}}}, default_flow_style=flow, allow_unicode=True, indent=indent)
    expected = yaml.safe_load(text)
    for each in expected["jobs"]["a"]["steps"]:
        each["uses"] = re.sub(r"aws-actions/amazon-ecs-(\S+)@\S+", rf"{OURS}/\1@v1", each["uses"])
    assert yaml.safe_load(rewritten(text, "v1").text) == expected


def test_every_input_and_output_of_theirs_is_one_of_ours() -> None:
    for counterpart in COUNTERPARTS.values():
        command = module(counterpart.name)
        assert {*counterpart.inputs} <= {field.name for field in inputs_of(command.Inputs)}
        assert {*counterpart.outputs} <= {name for _, name, _ in outputs_of(command.Outputs)}


def migrated(**inputs: Any) -> tuple[Any, str]:
    log = StringIO()
    return credex_actions.migrate(log=log, environment={}, **inputs), log.getvalue()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(WORKFLOW)
    (folder / "test.yaml").write_text("jobs: {test: {steps: [{run: make}]}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_workflows_are_shown_and_nothing_is_written(checkout: Path) -> None:
    outputs, log = migrated()
    assert outputs.changed == [".github/workflows/deploy.yml"]
    assert outputs.steps == 2
    assert outputs.diff.startswith("--- a/.github/workflows/deploy.yml\n+++ b/.github/workflows/deploy.yml\n@@")
    assert f"+      uses: {OURS}/deploy-task-definition@v1\n" in outputs.diff
    assert "2 steps in 1 file would be rewritten" in log
    assert (checkout / ".github" / "workflows" / "deploy.yml").read_text() == WORKFLOW


def test_writing_keeps_mode_links_and_the_byte_order_mark(checkout: Path) -> None:
    real = checkout / "real.yml"
    real.write_bytes(b"\xef\xbb\xbf" + WORKFLOW.encode())
    real.chmod(0o640)
    link = checkout / ".github" / "workflows" / "deploy.yml"
    link.unlink()
    link.symlink_to(real)
    outputs, log = migrated(files=(".github/**/*.yml",), write=True, ref="0" * 40)
    assert outputs.changed == [".github/workflows/deploy.yml"]
    assert "2 steps in 1 file rewritten" in log
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes() == b"\xef\xbb\xbf" + rewritten(WORKFLOW, "0" * 40).text.encode()
    assert migrated(files=("real.yml",), write=True)[0].changed == []
    assert sorted(os.listdir(checkout)) == [".github", "real.yml"]


def test_faults_of_all_files_come_at_once_and_nothing_is_written(checkout: Path) -> None:
    (checkout / "broken.yml").write_text("jobs:\n  a: [\n")
    (checkout / "compose.yml").write_text("services: {}\n")
    with pytest.raises(Failure) as raised:
        migrated(files=("broken.yml", "compose.yml", "missing.yml", ".github/workflows/deploy.yml"), write=True, ref="a b")
    assert raised.value.code == Exit.BAD_INPUT
    assert [(fault.where or fault.file, fault.what) for fault in raised.value.faults] == [
        ("ref", "is not the name of a tag, a branch or a commit"),
        ("broken.yml", raised.value.faults[1].what),
        ("files", "is neither a workflow (it has no jobs) nor an action (it has no runs)"),
        ("files", "the file does not exist"),
    ]
    assert "is not valid YAML" in raised.value.faults[1].what
    assert (checkout / ".github" / "workflows" / "deploy.yml").read_text() == WORKFLOW


@pytest.mark.parametrize("inputs", [{}, {"files": ("*.yml",)}])
def test_nothing_found_is_an_error(inputs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure) as raised:
        migrated(**inputs)
    assert raised.value.code == Exit.BAD_INPUT


def test_remarks_are_annotations_at_their_lines(checkout: Path) -> None:
    (checkout / ".github" / "workflows" / "deploy.yml").write_text(step(f"{DEPLOY}@v2", "desired-count: two"))
    outputs, log = migrated()
    assert ".github/workflows/deploy.yml:6:11: 'two' is not a whole number" in log
    assert json.loads(json.dumps(outputs.remarks))[0]["open"] is True
