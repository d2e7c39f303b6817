"""The step that judges the workflow's own inputs before anybody is asked: as a process, as the composite action runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def look(tmp_path: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """What the step said, and the stand-ins that it made."""
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.touch()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": "true"}
    environment |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    environment |= {f"INPUT_{name.upper()}": value for name, value in given.items()}
    script = ROOT / ".github" / "actions" / "look-at-inputs" / "look.py"
    done = subprocess.run([sys.executable, script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = output.read_text().splitlines()
    return done, json.loads(lines[1]) if lines else {}


def test_every_secret_has_a_stand_in(tmp_path: Path) -> None:
    done, made = look(tmp_path, secret_names="JWT_SECRET, api_key\nTOKEN", on_test_failure="report", on_cancel="leave")
    assert done.returncode == 0, done.stdout
    assert set(made) == {"JWT_SECRET", "api_key", "TOKEN"}
    assert len(set(made.values())) == 3


def test_no_secret_is_no_stand_in(tmp_path: Path) -> None:
    done, made = look(tmp_path)
    assert (done.returncode, made) == (0, {})


def test_options_are_taken_as_texts_numbers_and_booleans(tmp_path: Path) -> None:
    options = json.dumps({"run-task": True, "desired-count": 2, "propagate-tags": "SERVICE"})
    done, _ = look(tmp_path, deploy_options=options, render_options='{"cpu": "512"}')
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("on_test_failure", "rolback", "report or rollback"),
        ("on_cancel", "stop", "leave or rollback"),
        ("on_failure", "Rollback", "report or rollback"),
        ("on_failure", "rollback\n", "blanks or a line end around rollback"),
        ("on_test_failure", " rollback", "blanks or a line end around rollback"),
        ("deploy_options", '{"desired-cuont": 2}', "Did you mean desired-count?"),
        ("deploy_options", '{"cluster": "other"}', "unknown option cluster"),
        ("deploy_options", '{"run-task-tags": [1]}', "neither a string"),
        ("render_options", "cpu: 512", "not JSON"),
        ("render_options", "[1]", "not a JSON object"),
        ("secret_names", "A-B", "not the name of a secret"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, name: str, value: str, words: str) -> None:
    done, made = look(tmp_path, **{name: value})
    assert (done.returncode, made) == (2, {})
    assert words in done.stdout
    assert name.replace("_", "-") in done.stdout


def test_a_command_of_tests_that_no_job_would_run_is_refused(tmp_path: Path) -> None:
    done, _ = look(tmp_path, test_command="script/test", on_test_failure="")
    assert done.returncode == 2
    assert "on-test-failure: is empty, so test-command would never run" in done.stdout


@pytest.mark.parametrize(
    ("deploy", "environment", "code"), [("true", "", 2), ("true", " ", 2), ("true", "production", 0), ("false", "", 0)]
)
def test_what_deploys_names_the_environment_that_approves(tmp_path: Path, deploy: str, environment: str, code: int) -> None:
    done, _ = look(tmp_path, deploy=deploy, environment=environment)
    assert done.returncode == code
    assert ("environment: is empty, so nobody would be asked" in done.stdout) == (code == 2)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    done, _ = look(tmp_path, on_cancel="x", on_test_failure="y", deploy_options="z")
    assert done.stdout.count("::error") == 3


def test_a_reviewer_reads_what_is_about_to_happen(tmp_path: Path) -> None:
    given = {
        "environment": "production",
        "service": "web",
        "cluster": "main",
        "image": "web:1|2",
        "test_command": "script/test",
        "deploy": "true",
    }
    look(
        tmp_path, **given, on_failure="rollback", on_test_failure="report", on_cancel="leave", secret_names="JWT_SECRET", compare_with="web"
    )
    summary = (tmp_path / "summary").read_text()
    assert "### Plan for production\n" in summary
    for row in (
        "**Service:** web in main",
        "**Image:** web:1\\|2",
        "**Secrets:** JWT",
        "**Compared with:** web",
        "check fails:** the service is rolled back",
        "tests fail:** the new",
        "cancelled:** ECS",
    ):
        assert row in summary, summary
    assert "1000000000" not in summary, "what stands in for a secret"


def test_a_plan_that_is_only_one_says_so(tmp_path: Path) -> None:
    look(tmp_path, environment="development", deploy="false")
    summary = (tmp_path / "summary").read_text()
    assert "which this run does not deploy" in summary
    assert "**Compared with:** the file itself" in summary
    assert "tests fail" not in summary
    assert "Secrets" not in summary


BUILT = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:6f0c"


def asked(tmp_path: Path, written: str, **given: str) -> subprocess.CompletedProcess[str]:
    """What is said of a task definition whose one container runs `written`, where BUILT was built."""
    container = {"name": "web", "image": written, "environment": [{"name": "URL", "value": "$${CONTAINER_IMAGE}"}]}
    (tmp_path / "td.json").write_text(json.dumps({"family": "web", "containerDefinitions": [container]}))
    built = {"image": BUILT, "ecr_repository": "web", "image_placeholder": "CONTAINER_IMAGE", "task_definition": "td.json"}
    return look(tmp_path, **(built | given))[0]


def test_an_image_that_did_not_arrive_from_the_build_stops_the_plan(tmp_path: Path) -> None:
    done = asked(tmp_path, "${CONTAINER_IMAGE}", image="")
    assert done.returncode == 2
    assert "the output of the job Build is missing" in done.stdout
    assert "GitHub drops an output that contains a secret" in done.stdout


def test_an_image_that_nothing_uses_stops_the_plan(tmp_path: Path) -> None:
    done = asked(tmp_path, "other:1")
    assert done.returncode == 2
    assert f"nothing in it uses the image {BUILT}" in done.stdout
    assert "Write ${CONTAINER_IMAGE} as the image" in done.stdout


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("${CONTAINER_IMAGE}", {}),
        ("${IMAGE}", {"image_placeholder": "IMAGE"}),
        ("other:1", {"container_name": "web"}),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:${TAG}", {"values": "TAG=6f0c"}),
        ("${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/web:6f0c", {"values": "REGION=eu-west-1"}),
        ("other:1", {"render_options": json.dumps({"images": f"web={BUILT}"})}),
        ("other:1", {"image": "", "ecr_repository": ""}),
        ("${CONTAINER_IMAGE}", {"task_definition": "missing.json"}),
    ],
)
def test_an_image_that_something_uses_is_none_of_its_faults(tmp_path: Path, written: str, given: dict[str, str]) -> None:
    done = asked(tmp_path, written, **given)
    assert done.returncode == 0, done.stdout


def test_a_task_definition_of_another_shape_is_left_to_the_rendering(tmp_path: Path) -> None:
    (tmp_path / "td.json").write_text('{"containerDefinitions": 3}')
    done, _ = look(tmp_path, image="web:1", image_placeholder="CONTAINER_IMAGE", task_definition="td.json")
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
