"""What act runs in place of a workflow whose jobs name environments."""

from pathlib import Path
from typing import Any

import yaml

from credex_actions.sandbox.github.act import gates as act_gates
from credex_actions.sandbox.github.git import store as git_store

WORKFLOW = """\
on: push
jobs:
  plain: {runs-on: x, steps: [{run: echo}]}
  asking:
    runs-on: x
    environment: {name: '${{ inputs.place }}', url: 'https://example.com', deployment: false}
    timeout-minutes: 5
    steps:
      - run: echo one
      - {if: "inputs.a != ''", run: echo two}
      - {if: '${{ always() && steps.x.outcome }}', uses: acme/tools/undo@v1}
      - {uses: acme/tools/do@v1}
"""


ACTION = "runs: {using: composite, steps: [{shell: bash, run: echo}, {shell: bash, run: echo}]}\n"


def prepared(folder: Path, text: str = WORKFLOW) -> tuple[dict[str, Any], dict[str, Path]]:
    """The document that act reads in a checkout that holds `text`, and where the actions lie then."""
    checkout, tools = folder / "checkout", folder / "tools"
    for place in (checkout, tools):
        (place / ".github" / "workflows").mkdir(parents=True)
        (place / ".github" / "workflows" / "deploy.yml").write_text(text)
    (tools / "undo").mkdir()
    (tools / "undo" / "action.yml").write_text(ACTION)
    git_store.git(checkout, "init", "--quiet")
    git_store.git(checkout, "add", "--all")
    scratch = folder / "scratch"
    scratch.mkdir()
    found = act_gates.prepare(checkout, {"acme/tools@v1": tools}, scratch, folder / "gates")
    return yaml.load((checkout / ".github" / "workflows" / "deploy.yml").read_text(), Loader=yaml.BaseLoader), found  # noqa: S506 - texts only


def test_a_job_that_names_an_environment_begins_with_a_gate(tmp_path: Path) -> None:
    document, _ = prepared(tmp_path)
    assert document["on"] == "push"
    assert document["jobs"]["plain"] == {"runs-on": "x", "steps": [{"run": "echo"}]}
    asking = document["jobs"]["asking"]
    assert "environment" not in asking
    gate = asking["steps"][0]
    assert gate["id"] == act_gates.STEP
    asked = {name: gate["env"][name] for name in ("ENVIRONMENT", "URL", "DEPLOYMENT")}
    assert asked == {"ENVIRONMENT": "${{ inputs.place }}", "URL": "https://example.com", "DEPLOYMENT": "false"}


def test_behind_a_gate_that_stays_shut_no_step_runs(tmp_path: Path) -> None:
    document, _ = prepared(tmp_path)
    conditions = [step.get("if") for step in document["jobs"]["asking"]["steps"][1:]]
    assert conditions == [
        None,
        "${{ (inputs.a != '') && steps.sandbox-gate.outcome == 'success' }}",
        "${{ (always() && steps.x.outcome) && steps.sandbox-gate.outcome == 'success' }}",
        None,
    ]


def test_the_first_step_of_a_composite_action_runs_though_the_run_is_cancelled(tmp_path: Path) -> None:
    _, found = prepared(tmp_path)
    steps = yaml.safe_load((found["acme/tools@v1"] / "undo" / "action.yml").read_text())["runs"]["steps"]
    assert [step.get("if") for step in steps] == ["always()", None]
    assert (tmp_path / "tools" / "undo" / "action.yml").read_text() == ACTION


def test_the_repository_and_what_is_reused_stay_as_they_are(tmp_path: Path) -> None:
    _, found = prepared(tmp_path)
    assert git_store.git(tmp_path / "checkout", "diff", "--name-only") == b""
    assert (tmp_path / "tools" / ".github" / "workflows" / "deploy.yml").read_text() == WORKFLOW
    copy = found["acme/tools@v1"]
    assert copy.parent == tmp_path / "scratch"
    assert act_gates.STEP in (copy / ".github" / "workflows" / "deploy.yml").read_text()


def test_a_file_without_environments_is_not_touched(tmp_path: Path) -> None:
    prepared(tmp_path, "# as it was\non: push\njobs: {a: {runs-on: x, steps: [{run: 'yes'}]}}\n")
    assert (tmp_path / "checkout" / ".github" / "workflows" / "deploy.yml").read_text().startswith("# as it was")


def test_act_alone_has_nobody_to_ask(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(WORKFLOW)
    act_gates.without_environments(tmp_path)
    text = (folder / "deploy.yml").read_text()
    assert "environment" not in text
    assert act_gates.STEP not in text


def test_what_a_gate_asks_is_answered_in_its_folder(tmp_path: Path) -> None:
    for name, text in (("environment", "production"), ("url", ""), ("deployment", "true")):
        (tmp_path / name).write_text(text)
    environment, url, deployment, answer = act_gates.asked(" ".join(f"{tmp_path}"))
    assert (environment, url, deployment) == ("production", "", True)
    answer(False)
    assert (tmp_path / "answer").read_text() != act_gates.APPROVED
    answer(True)
    assert (tmp_path / "answer").read_text() == act_gates.APPROVED
