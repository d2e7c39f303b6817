"""The reusable workflows and the actions belong together: what an action takes can be reached, and what a workflow declares is used."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from credex_actions.generation import workflow_options
from credex_actions.generation.workflow_options import DECIDED

ROOT: Final = Path(__file__).resolve().parents[2]
WORKFLOWS: Final = {
    file.name: yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    if "workflow_call:" in file.read_text()
}
ACTION: Final = re.compile(r"\$/(?P<path>actions/[a-z0-9-]+)")


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


def handed(workflow: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Action -> what any of its steps is given, but the one that undoes, the one that moves rules and schedules afterwards, and the one that sweeps."""
    found: dict[str, dict[str, str]] = {}
    for step in steps_of(workflow):
        if (match := ACTION.match(step.get("uses", ""))) and step.get("id") not in {"names", "undo", "scheduled", "sweep"}:
            found.setdefault(match["path"], {}).update(step.get("with", {}))
    return found


def inputs_of(path: str) -> dict[str, Any]:
    document = yaml.safe_load((ROOT / path / "action.yml").read_text())
    return dict(document.get("inputs") or {})


PAIRS: Final = [(name, path) for name, workflow in WORKFLOWS.items() for path in handed(workflow)]


@pytest.mark.parametrize(("name", "path"), PAIRS)
def test_every_input_of_an_action_can_be_reached(name: str, path: str) -> None:
    given = handed(WORKFLOWS[name])[path]
    decided = DECIDED.get(path.rpartition("/")[2], {})
    assert sorted(set(inputs_of(path)) - set(given) - set(decided)) == [], "nobody can set them through the workflow"
    assert sorted(set(decided) & set(given)) == [], "they are reached after all"
    assert sorted(set(decided) - set(inputs_of(path))) == [], "the action has no such inputs"
    assert sorted(set(given) - set(inputs_of(path))) == [], "the action takes no such inputs"


@pytest.mark.parametrize(("name", "path"), PAIRS)
def test_what_an_action_is_given_comes_from_somewhere(name: str, path: str) -> None:
    for key, value in handed(WORKFLOWS[name])[path].items():
        assert re.search(r"\b(inputs|secrets|steps|needs|matrix|github|runner)\.", value), f"{key} is always {value}"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_everything_that_a_workflow_declares_is_used(name: str) -> None:
    workflow = WORKFLOWS[name]
    call = workflow["on"]["workflow_call"]
    used = yaml.safe_dump({key: value for key, value in workflow.items() if key != "on"}, width=10_000)
    used += yaml.safe_dump(call.get("outputs", {}), width=10_000)
    for kind in ("inputs", "secrets"):
        unused = [each for each in call.get(kind, {}) if not re.search(rf"\b{kind}\.{re.escape(each)}(?![\w-])", used)]
        assert unused == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_one_job_asks_the_reviewers_and_no_other_waits_for_it(name: str) -> None:
    """GitHub asks for each job again: one that does must not follow another that did."""
    jobs = WORKFLOWS[name]["jobs"]
    asking = {key for key, job in jobs.items() if "environment" in job and "build-environment" not in str(job["environment"])}
    assert len(asking) <= 1
    recorded = [
        key for key in asking if not isinstance(jobs[key]["environment"], dict) or jobs[key]["environment"].get("deployment") != "false"
    ]
    assert recorded == (["deploy"] if name == "deploy.yml" else [])


def test_the_plan_sees_no_secret_but_keys_that_read() -> None:
    plan = yaml.safe_dump(WORKFLOWS["deploy.yml"]["jobs"]["plan"], width=10_000)
    assert "environment" not in WORKFLOWS["deploy.yml"]["jobs"]["plan"]
    assert "toJSON(secrets)" not in plan
    assert set(re.findall(r"secrets\.(\w+)", plan)) == {"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "values"}
    assert re.findall(r"secrets\.values.{10}", plan) == ["secrets.values != '' && "]


def test_the_options_reach_the_inputs_of_their_names() -> None:
    for step in steps_of(WORKFLOWS["deploy.yml"]):
        for options in ("render-options", "deploy-options"):
            named = {key: value for key, value in step.get("with", {}).items() if f"fromJSON(inputs.{options} " in value}
            assert {key: value for key, value in named.items() if not value.endswith(f" || '{{}}').{key} }}}}")} == {}


def test_a_new_input_of_an_action_is_handed_on_and_a_former_one_is_not() -> None:
    text = """\
      - uses: $/actions/deploy-task-definition
        with:
          cluster: ${{ inputs.cluster }}
          # script/generate writes the lines that read deploy-options, for deploy-task-definition
          former: ${{ fromJSON(inputs.deploy-options || '{}').former }}
      - run: echo
"""
    drawn = workflow_options.filled(text, {"deploy-task-definition": ["cluster", "new-one", "dry-run"]})
    assert drawn == text.replace("former", "new-one")


def test_rules_and_schedules_are_moved_after_every_check_and_never_before() -> None:
    steps = WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"]
    order = [step["id"] for step in steps if step.get("id") in {"names", "deploy", "verify", "test", "undo", "scheduled"}]
    assert order == ["names", "deploy", "verify", "test", "undo", "scheduled"]
    assert steps[-1]["if"] == "inputs.scheduled-tasks != ''"  # without a word on the outcome: only if all before succeeded
    assert steps[-1]["with"]["scheduled-tasks"] == "${{ inputs.scheduled-tasks }}"
    named = {step.get("id"): step["with"] for step in steps if "scheduled-tasks" in step.get("with", {})}
    assert set(named) == {"names", "scheduled"}
    assert named["names"]["dry-run"] == "true"
    assert "dry-run" not in named["scheduled"]


def test_a_run_that_only_plans_or_looks_replaces_none_that_waits_to_write() -> None:
    """GitHub keeps one waiting run a concurrency group, the newest."""
    group = WORKFLOWS["deploy.yml"]["concurrency"]["group"]
    assert group.startswith("${{ inputs.deploy && 'deploy' || format('plan-{0}', github.run_id) }}-")
    group = WORKFLOWS["rotate-secrets.yml"]["concurrency"]["group"]
    assert "${{ inputs.mode }}" in group
    assert group.endswith("${{ inputs.mode != 'apply' && inputs.mode != 'finish' && github.run_id || '' }}")
    example = yaml.safe_load((ROOT / "examples" / "credex-core" / ".github" / "workflows" / "deploy.yml").read_text())
    assert example["concurrency"]["group"].endswith("-${{ github.event_name }}")


def test_what_codedeploy_deployed_is_put_back_by_codedeploy() -> None:
    steps = {step["id"]: step for step in WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"] if "id" in step}
    assert "steps.deploy.outputs.codedeploy-deployment-id == ''" in steps["verify"]["with"]["rollback-to"]
    assert "steps.verify.outputs.outcome == 'unhealthy'" in steps["undo"]["if"]
    assert "steps.deploy.outputs.codedeploy-deployment-id == ''" in steps["verify"]["with"]["rollback-service-update"]
    taken = {name for name in inputs_of("actions/deploy-task-definition") if name.startswith("codedeploy-")}
    assert taken
    assert {name: steps["undo"]["with"].get(name) for name in taken} == {name: steps["deploy"]["with"][name] for name in taken}


def test_the_tests_of_the_caller_cannot_write_the_environment_of_the_step_that_undoes() -> None:
    (test,) = [step for step in WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"] if step.get("id") == "test"]
    for name in (
        "GITHUB_ENV",
        "GITHUB_PATH",
        "GITHUB_OUTPUT",
        "GITHUB_STATE",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
    ):
        assert f" -u {name} " in test["run"]


def test_where_an_image_is_built_no_other_one_is_deployed() -> None:
    text = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()
    assert "needs.build.outputs.image || inputs.image" not in text
    assert text.count("needs.build.outputs.image") == text.count("inputs.ecr-repository == '' && inputs.image || needs.build.outputs.image")


def test_lines_that_read_options_outside_the_drawn_ones_stay() -> None:
    text = """\
          # script/generate writes the lines that read deploy-options, for deploy-task-definition
          tags: ${{ fromJSON(inputs.deploy-options || '{}').tags }}
      - id: undo
        with:
          max-retries: ${{ fromJSON(inputs.deploy-options || '{}').max-retries }}
"""
    assert workflow_options.filled(text, {"deploy-task-definition": ["tags"]}) == text


def test_settings_go_back_with_the_revision_and_also_alone() -> None:
    steps = {step["id"]: step for step in WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"] if "id" in step}
    changed = "(steps.deploy.outputs.former-task-definition-arn != steps.deploy.outputs.task-definition-arn || steps.deploy.outputs.former-service-update != '')"
    assert changed in steps["verify"]["with"]["rollback-to"]
    assert changed in steps["undo"]["if"]
    assert steps["undo"]["with"]["former-service-update"] == "${{ steps.deploy.outputs.former-service-update }}"
    assert "steps.deploy.outputs.former-service-update || ''" in steps["verify"]["with"]["rollback-service-update"]


def test_a_shard_of_maintenance_examines_as_a_run_without_shards_does() -> None:
    jobs = WORKFLOWS["maintenance.yml"]["jobs"]
    before, after = ({step.get("name", step.get("uses")): step for step in jobs[job]["steps"]} for job in ("examine", "report"))
    examine, report = before["Examine"], after["Report"]
    assert examine["env"] == report["env"]
    both = examine["with"].keys() & report["with"].keys()
    assert examine["with"].keys() - both == {"shard", "part-file"}
    assert report["with"].keys() - both == {
        *("mode", "parts", "earlier-attempts", "fail-on", "issue", "report-file", "html-file", "sarif-file", "dry-run")
    }
    assert "needs.examine.result == 'success'" in report["with"]["earlier-attempts"], "else an old part may be of a shard that died"
    assert {name: examine["with"][name] for name in both} == {name: report["with"][name] for name in both}
    for name in ("Install Terraform", "Sign in to AWS for Terraform"):
        assert after[name] == {**before[name], "if": f"inputs.shards == 1 && {before[name]['if']}"}
    assert jobs["examine"]["permissions"].items() <= jobs["report"]["permissions"].items()
    assert not {"issues", "security-events"} & jobs["examine"]["permissions"].keys()


def test_a_shard_that_fails_is_reported_and_one_machine_waits_for_no_other() -> None:
    jobs = WORKFLOWS["maintenance.yml"]["jobs"]
    assert jobs["spread"]["if"] == "inputs.shards != 1"
    assert (jobs["examine"]["needs"], jobs["examine"]["strategy"]["fail-fast"]) == ("spread", "false")
    assert jobs["report"]["needs"] == ["spread", "examine"]
    assert jobs["report"]["if"] == "!cancelled() && (inputs.shards == 1 || needs.spread.result == 'success')"


def test_shards_are_listed_on_every_runner(tmp_path: Path) -> None:
    """A `seq -s ,` of BSD, which macOS has, ends with a comma."""
    seq = tmp_path / "seq"
    seq.write_text('#!/bin/sh\nfor last; do :; done\ni=1; while [ $i -le "$last" ]; do printf "%s," $i; i=$((i + 1)); done\n')
    seq.chmod(0o755)
    (step,) = WORKFLOWS["maintenance.yml"]["jobs"]["spread"]["steps"]
    names = set()
    for config, shards in (("maintenance.yml", 2), ("maintenance.yml", 99), ("other.yml", 1)):
        output = tmp_path / "output"
        output.write_text("")
        given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CONFIG": config, "SHARDS": str(shards), "GITHUB_OUTPUT": str(output)}
        subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], env=given, check=True)
        told = dict(line.split("=", 1) for line in output.read_text().splitlines())
        assert json.loads(told["list"]) == list(range(1, shards + 1))
        names.add(told["artifact"])
    assert len(names) == 2


def test_only_a_job_that_is_run_again_replaces_what_maintenance_has_kept() -> None:
    """Two calls with the same configuration in one run have the same names: the second one fails, instead of replacing the other's report."""
    kept = [step for step in steps_of(WORKFLOWS["maintenance.yml"]) if "upload-artifact@" in step.get("uses", "")]
    assert [step["with"]["overwrite"] for step in kept] == ["${{ github.run_attempt > 1 }}"] * 2
