"""Workflow files as code: names that lead nowhere, rights without a reason and jobs without an end are found here, and not at night on a runner."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from credex_actions._commands import COMMANDS
from credex_actions.generation.contents_page import GUIDES
from credex_actions.generation.workflows_page import page, reusable

ROOT: Final = Path(__file__).resolve().parents[2]
FILES: Final = {
    file.relative_to(ROOT).as_posix(): file
    for file in sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *ROOT.glob("examples/*/.github/workflows/*.yml")])
}
OURS: Final = {each.file: each for each in reusable(ROOT)}
STEP_OUTPUT: Final = re.compile(r"\bsteps\.(?P<step>[\w-]+)\.outputs\.(?P<output>[\w-]+)")


def parsed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(FILES[name].read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - strings only
    return document


def action(uses: str) -> dict[str, Any] | None:
    """The suite's own action that a step uses."""
    found = re.match(r"(?:\$/|\./|Great-Sun-Group/credex-actions/)(?P<path>[^@]+)", uses)
    file = ROOT / found["path"] / "action.yml" if found else None
    return yaml.safe_load(file.read_text()) if file and file.exists() else None


def steps(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for job in parsed(name)["jobs"].values():
        yield from ((job, step) for step in job.get("steps", ()))


@pytest.mark.parametrize("name", FILES)
def test_every_output_that_is_read_exists(name: str) -> None:
    """Of our own actions; what a step of the shell writes is actionlint's."""
    missing = []
    for job in parsed(name)["jobs"].values():
        known = {step["id"]: action(step.get("uses", "")) for step in job.get("steps", ()) if "id" in step}
        for found in STEP_OUTPUT.finditer(yaml.safe_dump(job, width=10_000)):
            used = known[found["step"]]
            if used is not None and found["output"] not in used.get("outputs", {}):
                missing.append(found[0])
    assert missing == []


@pytest.mark.parametrize("name", FILES)
def test_every_input_that_is_set_exists_and_none_that_is_required_is_missing(name: str) -> None:
    for _, step in steps(name):
        used = action(step.get("uses", ""))
        if used is None:
            continue
        given, taken = set(step.get("with", {})), used.get("inputs", {})
        assert given <= set(taken), step["uses"]
        assert {key for key, entry in taken.items() if entry.get("required")} <= given, step["uses"]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("examples/")])
def test_a_caller_sets_what_the_workflow_takes(name: str) -> None:
    called = 0
    for job in parsed(name)["jobs"].values():
        found = re.fullmatch(r"Great-Sun-Group/credex-actions/\.github/workflows/(?P<file>[\w-]+\.yml)@\w+", job.get("uses", ""))
        if not found:
            continue
        called += 1
        call = OURS[found["file"]].parsed["on"]["workflow_call"]
        assert set(job.get("with", {})) <= set(call["inputs"])
        assert {key for key, entry in call["inputs"].items() if entry.get("required") == "true"} <= set(job.get("with", {}))
        secrets = job.get("secrets", {})
        assert secrets == "inherit" or set(secrets) <= set(call.get("secrets", {}))
    assert called


@pytest.mark.parametrize("name", FILES)
def test_rights_are_given_to_jobs_and_each_with_its_reason(name: str) -> None:
    text = FILES[name].read_text()
    assert parsed(name).get("permissions") == {}
    granted = re.findall(r"^ +[a-z-]+: (?:read|write)\b.*$", text, re.MULTILINE)
    assert [line.strip() for line in granted if not re.search(r" # \S", line)] == []
    assert "pull_request_target" not in text


@pytest.mark.parametrize("name", FILES)
def test_every_job_ends_by_itself(name: str) -> None:
    assert [key for key, job in parsed(name)["jobs"].items() if "uses" not in job and "timeout-minutes" not in job] == []


@pytest.mark.parametrize("name", OURS)
def test_a_reusable_workflow_says_what_runs_at_the_same_time_and_what_everything_is(name: str) -> None:
    workflow = OURS[name].parsed
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}
    assert workflow["concurrency"]["cancel-in-progress"] in ("false", "${{ !inputs.apply }}")  # a run that may write is never cut off
    call = workflow["on"]["workflow_call"]
    for kind in ("inputs", "secrets", "outputs"):
        assert [key for key, entry in call.get(kind, {}).items() if not entry.get("description")] == []


@pytest.mark.parametrize("name", OURS)
def test_a_caller_finds_on_the_page_all_that_a_job_may_do(name: str) -> None:
    """GitHub starts nothing where a called job asks for more than its caller has."""
    section = page(ROOT).partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    block = section.partition("permissions: # of the calling job\n")[2].partition("```")[0]
    granted = yaml.safe_load(block)
    for job in OURS[name].parsed["jobs"].values():
        for scope, level in job.get("permissions", {}).items():
            assert granted[scope] in (level, "write")


@pytest.mark.parametrize("shards", ["1", "2", "12"])
def test_shards_of_a_rotation_are_listed_as_json_by_bash_alone(shards: str, tmp_path: Path) -> None:
    """On macOS seq ends a list with its separator, too."""
    jobs = parsed(".github/workflows/rotate-secrets.yml")["jobs"]
    (script,) = [step["run"] for step in jobs["shards"]["steps"] if step.get("id") == "list"]
    output = tmp_path / "output"
    environment = {"PATH": "", "SHARDS": shards, "GITHUB_OUTPUT": str(output)}
    subprocess.run([shutil.which("bash") or "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], env=environment, check=True)
    listed = json.loads(output.read_text().removeprefix("list="))
    assert listed == [f"{number}/{shards}" for number in range(1, int(shards) + 1)]


def test_the_action_itself_is_tried_on_every_system_that_runs_it() -> None:
    jobs = parsed(".github/workflows/ci.yml")["jobs"]
    for job in ("elsewhere", "windows"):
        assert "./" in [step.get("uses") for step in jobs[job]["steps"]], job


def test_every_action_and_workflow_has_its_how_to() -> None:
    assert set(GUIDES) == {*COMMANDS, *OURS}


def test_no_action_of_others_asks_for_a_node_that_runners_no_longer_have(tmp_path: Path) -> None:
    """actionlint knows what each major version runs on; a commit tells it nothing."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, file in FILES.items():
        by_version = re.sub(r"@[0-9a-f]{40} # (v\d+)[\d.]*$", r"@\1", file.read_text(), flags=re.MULTILINE)
        (folder / name.replace("/", "-")).write_text(by_version)
    lint = Path(sys.executable).with_name("actionlint")
    linted = subprocess.run([lint, "-no-color", "-oneline"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line for line in linted.stdout.splitlines() if "deprecated" in line or "too old" in line] == []


def test_an_action_of_others_has_one_version_everywhere() -> None:
    used = {found for file in FILES.values() for found in re.findall(r"uses: ([\w-]+/[\w./-]+)@([0-9a-f]{40})", file.read_text())}
    names = [name for name, _ in used]
    assert sorted(names) == sorted(set(names))


def test_an_artifact_takes_no_earlier_attempts_evidence_with_it() -> None:
    """What a first attempt planned, changed or found wrong is what somebody looks for after the second. Parts and reports of maintenance are made anew, and read by their names."""
    replacing = [
        (name, step["with"])
        for name in FILES
        for _, step in steps(name)
        if "actions/upload-artifact@" in step.get("uses", "") and "overwrite" in step["with"]
    ]
    evidence = {name for name, given in replacing if "-attempt-{0}" in given["name"]}
    assert evidence == {".github/workflows/neo4j-ami-rollout.yml", ".github/workflows/neo4j-backup.yml"}
    others = [given["overwrite"] for name, given in replacing if "-attempt-{0}" not in given["name"]]
    assert others == ["${{ github.run_attempt > 1 }}"] * 2


@pytest.mark.parametrize(
    ("file", "job", "without", "says"),
    [
        ("terraform.yml", "apply", "needs.plan.outputs.changes-id == ''", "nothing was applied"),
        ("neo4j-ami-rollout.yml", "change", "inputs.mode == 'apply' && needs.plan.outputs.plan-id == ''", "nothing was changed"),
    ],
)
def test_nothing_is_applied_without_the_id_of_what_was_reviewed(file: str, job: str, without: str, says: str) -> None:
    first = parsed(f".github/workflows/{file}")["jobs"][job]["steps"][0]
    assert first["if"] == without
    ended = subprocess.run(["bash", "-e", "-c", first["run"]], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout.startswith("::error")
    assert says in ended.stdout
