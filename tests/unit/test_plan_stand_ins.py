"""The stand-ins of the plan: what a secret may be part of is judged with them as it will be with the secret itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def stand_ins(folder: Path, names: str) -> dict[str, str]:
    output = folder / "output"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_OUTPUT": str(output), "INPUT_SECRET_NAMES": names}
    environment["INPUT_TASK_DEFINITION"] = "td.json"
    script = ROOT / ".github" / "actions" / "look-at-inputs" / "look.py"
    subprocess.run([sys.executable, script], env=environment, cwd=folder, capture_output=True, check=True)
    found: dict[str, str] = json.loads(output.read_text().splitlines()[1])
    return found


def test_each_secret_has_a_stand_in_of_its_own(tmp_path: Path) -> None:
    found = stand_ins(tmp_path, "JWT_SECRET, ECR_REGISTRY\nAWS_ACCOUNT_ID")
    assert list(found) == ["JWT_SECRET", "ECR_REGISTRY", "AWS_ACCOUNT_ID"]
    assert len(set(found.values())) == 3


def test_the_plan_renders_where_a_secret_is_an_image_a_role_a_name_a_number_or_a_switch(tmp_path: Path) -> None:
    definition = {
        "family": "${FAMILY}",
        "taskRoleArn": "arn:aws:iam::${AWS_ACCOUNT_ID}:role/web",
        "executionRoleArn": "${ROLE}",
        "containerDefinitions": [
            {"name": "web", "image": "${ECR_REGISTRY}/web:${TAG}", "memory": 64, "secrets": [{"name": "S", "valueFrom": "${SECRET_ARN}"}]},
            {"name": "side", "image": "${AWS_ACCOUNT_ID}.dkr.ecr.eu-west-1.amazonaws.com/side:1", "memory": 64},
            {
                "name": "port",
                "image": "i:1",
                "memory": "${MEMORY}",
                "portMappings": [{"containerPort": "${PORT}"}],
                "privileged": "${PRIVILEGED}",
            },
            {"name": "other", "image": "${SIDE_IMAGE}", "memory": 64, "environment": [{"name": "URL", "value": "bolt://${HOST}:7687"}]},
        ],
    }
    (tmp_path / "td.json").write_text(json.dumps(definition))
    values = stand_ins(
        tmp_path, "FAMILY AWS_ACCOUNT_ID ROLE ECR_REGISTRY TAG SECRET_ARN SIDE_IMAGE HOST MEMORY PORT PRIVILEGED".replace(" ", "\n")
    )
    command = [sys.executable, "-m", "credex_actions", "render-task-definition", "--task-definition", "td.json"]
    ran = subprocess.run(
        [*command, "--secret-values", json.dumps(values), "--output-file", "out.json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "image: *** -> (secret ECR_REGISTRY)/web:(secret TAG)" in ran.stdout
    assert not any(value in ran.stdout + ran.stderr for value in values.values())


def test_a_file_that_cannot_be_read_is_left_to_the_rendering(tmp_path: Path) -> None:
    (tmp_path / "td.json").write_text("[")
    assert set(stand_ins(tmp_path, "A,B")) == {"A", "B"}
    (tmp_path / "td.json").write_text("[1]")
    assert set(stand_ins(tmp_path, "A,B")) == {"A", "B"}
