"""What becomes of placeholders besides a text: numbers and booleans, those that stay, and those of other tools."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.ecs.definition.other_placeholders import left_in
from credex_actions.ecs.rendering.placeholders import fill

CLI = [sys.executable, "-m", "credex_actions", "render-task-definition", "--task-definition"]


def render(folder: Path, text: str, *arguments: str, file: str = "td.json") -> tuple[int, str, dict[str, Any]]:
    """The exit code, what was said, and the definition that was written."""
    (folder / file).write_text(text)
    out = folder / "out.json"
    out.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INPUT_", "GITHUB_"))}
    ran = subprocess.run(
        [*CLI, file, "--output-file", "out.json", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stdout + ran.stderr, json.loads(out.read_text()) if out.exists() else {}


def web(**members: object) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 64, **members}]}


NUMBERS = """\
{
  "family": "web",
  "cpu": "${CPU}",
  "enableFaultInjection": "${FAULTS}",
  "ephemeralStorage": {"sizeInGiB": "${DISK}"},
  "containerDefinitions": [
    {
      "name": "web", "image": "web:1", "memory": "${MEMORY}", "readonlyRootFilesystem": "${READ_ONLY}",
      "portMappings": [{"containerPort": "${PORT}", "hostPort": "${PORT}"}],
      "environment": [{"name": "PORT", "value": "${PORT}"}],
      "restartPolicy": {"enabled": "${READ_ONLY}", "ignoredExitCodes": ["${ZERO}"]},
      "healthCheck": {"command": ["CMD", "${PORT}"], "interval": "${INTERVAL}"}
    }
  ]
}
"""
GOOD = {"CPU": "256", "FAULTS": "false", "DISK": "21", "MEMORY": "64", "READ_ONLY": "True", "PORT": "8080", "ZERO": "0", "INTERVAL": "7"}


def lines(values: dict[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in values.items())


@pytest.mark.parametrize("way", ["--values", "--secret-values"])
def test_a_placeholder_becomes_what_ecs_takes_there(tmp_path: Path, way: str) -> None:
    code, said, rendered = render(tmp_path, NUMBERS, way, lines(GOOD))
    assert code == 0, said
    container = rendered["containerDefinitions"][0]
    assert (rendered["cpu"], rendered["ephemeralStorage"], rendered["enableFaultInjection"]) == ("256", {"sizeInGiB": 21}, False)
    assert container["memory"] == 64
    assert container["readonlyRootFilesystem"] is True
    assert container["portMappings"] == [{"containerPort": 8080, "hostPort": 8080}]
    assert container["environment"] == [{"name": "PORT", "value": "8080"}]
    assert container["restartPolicy"] == {"enabled": True, "ignoredExitCodes": [0]}
    assert container["healthCheck"] == {"command": ["CMD", "8080"], "interval": 7}


def test_what_becomes_none_is_one_fault_with_its_place_and_never_its_value(tmp_path: Path) -> None:
    bad = {"MEMORY": "64m-canary", "READ_ONLY": "yes-canary", "PORT": "080", "ZERO": "", "INTERVAL": "1e3", "DISK": "21.0"}
    code, said, _ = render(tmp_path, NUMBERS, "--values", lines(GOOD | bad))
    assert code == 2
    assert "td.json:8:50: $.containerDefinitions[0].memory: must be a whole number, and the value of MEMORY is not" in said
    assert "$.containerDefinitions[0].readonlyRootFilesystem: must be true or false, and the value of READ_ONLY is not" in said
    assert "$.containerDefinitions[0].restartPolicy.ignoredExitCodes[0]: must be a whole number, and the value of ZERO is not" in said
    assert said.count("error:") == 8  # READ_ONLY and PORT are in two places
    assert "canary" not in said


def test_a_number_that_nobody_gave_is_one_fault_and_has_one_remedy(tmp_path: Path) -> None:
    for kept in ([], ["--keep-placeholders", "MEMORY"]):
        code, said, _ = render(tmp_path, json.dumps(web(memory="${MEMORY}")), *kept)
        assert (code, said.count("error:")) == (2, 1)
        assert "Provide MEMORY in values" in said
        assert "$${MEMORY}" not in said


@pytest.mark.parametrize("text", ["${A}0", "$${A}", "${A}${B}", " ${A}"])
def test_only_a_whole_placeholder_becomes_a_number(tmp_path: Path, text: str) -> None:
    code, said, _ = render(tmp_path, json.dumps(web(memory=text)), "--values", "A=6\nB=4")
    assert code == 2
    assert "$.containerDefinitions[0].memory: is a string, not a whole number" in said


@given(st.text(), st.sampled_from(["memory", "essential", "image"]))
def test_no_value_makes_filling_stumble(value: str, member: str) -> None:
    filled = fill(web(**{member: "${A}"}), {"A": value}).value["containerDefinitions"][0][member]
    assert str(filled).lower() == value.lower() if not isinstance(filled, str) else filled == value


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ('{"family": "web", "containerDefinitions": [{"name": "a", "image": "i", "memory": ${MEMORY}}]}', "td.json"),
        ('{"family": "web", "containerDefinitions": [{"name": "a", "image": "i", "memory": {{MEMORY}}}]}', "td.json"),
        ('{"family": "web", "containerDefinitions": [{"name": "a", "image": "i", "memory": <MEMORY>}]}', "td.json"),
        ("family: web\ncontainerDefinitions:\n- {name: a, image: i, memory: ${MEMORY}}\n", "td.yml"),
        ("family: web\ncontainerDefinitions:\n- name: a\n  image: {{IMAGE}}\n", "td.yml"),
        ("family: web\ncontainerDefinitions:\n- name: a\n  image: %IMAGE%\n", "td.yml"),
    ],
)
def test_a_placeholder_without_quotes_is_told_so(tmp_path: Path, text: str, file: str) -> None:
    code, said, _ = render(tmp_path, text, "--values", "MEMORY=64", file=file)
    assert code == 2
    assert 'Put it in quotes: "${NAME}" becomes a number or a boolean where ECS takes one.' in said


def test_yaml_outside_of_brackets_needs_no_quotes(tmp_path: Path) -> None:
    text = "family: web\ncontainerDefinitions:\n- name: a\n  image: i:1\n  memory: ${MEMORY}\n"
    code, said, rendered = render(tmp_path, text, "--values", "MEMORY=64", file="td.yml")
    assert code == 0, said
    assert rendered["containerDefinitions"][0]["memory"] == 64


RUN_TIME = web(
    command=["sh", "-c", "exec app --host ${HOSTNAME} --mode ${MODE} --pid $${PID}"],
    logConfiguration={"logDriver": "fluentd", "options": {"region": "${AWS_REGION}", "stream": "${ECS_TASK_ID}"}},
)


def test_a_placeholder_left_has_both_remedies(tmp_path: Path) -> None:
    code, said, _ = render(tmp_path, json.dumps(RUN_TIME), "--values", "MODE=fast")
    assert code == 2
    assert said.count("error:") == 3
    assert "Provide HOSTNAME in values, secret-values or values-from-env." in said
    assert "write $${HOSTNAME}, or list it in keep-placeholders" in said
    assert 'keep-placeholders: "*" is for a file that was already rendered' in said


@pytest.mark.parametrize("kept", ["HOSTNAME,AWS_REGION\nECS_TASK_ID", "HOSTNAME, AWS_*, ECS_*", "[A-Z]*"])
def test_what_the_container_expands_stays(tmp_path: Path, kept: str) -> None:
    code, said, rendered = render(tmp_path, json.dumps(RUN_TIME), "--values", "MODE=fast", "--keep-placeholders", kept)
    assert code == 0, said
    container = rendered["containerDefinitions"][0]
    assert container["command"][2] == "exec app --host ${HOSTNAME} --mode fast --pid ${PID}"
    assert container["logConfiguration"]["options"] == {"region": "${AWS_REGION}", "stream": "${ECS_TASK_ID}"}


def test_a_name_that_is_kept_stays_though_it_has_a_value_and_that_is_said(tmp_path: Path) -> None:
    code, said, rendered = render(tmp_path, json.dumps(web(user="${A}${B}")), "--values", "A=1\nB=2", "--keep-placeholders", "A")
    assert code == 0
    assert rendered["containerDefinitions"][0]["user"] == "${A}2"
    assert "A is set, but keep-placeholders keeps its placeholder" in said


def test_a_rendered_file_is_rendered_again_and_nothing_in_it_changes(tmp_path: Path) -> None:
    written = web(command=["${HOME}", "$${HOME}", "$$${HOME}"])
    code, said, rendered = render(tmp_path, json.dumps(written), "--image", "web:2", "--keep-placeholders", "*")
    assert code == 0, said
    assert rendered == web(command=["${HOME}", "$${HOME}", "$$${HOME}"], image="web:2")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{PROXY_IMAGE}}", "{{PROXY_IMAGE}}"),
        ("repo:${{ github.sha }}", "${{ github.sha }}"),
        ("arn:aws:iam::<ACCOUNT_ID>:role/web", "<ACCOUNT_ID>"),
        ("<your image>", "<your image>"),
        ("<%= image %>", "<%= image %>"),
        ("repo:%VERSION%", "%VERSION%"),
        ("repo:#{Version}#", "#{Version}#"),
        ("repo:@VERSION@", "@VERSION@"),
        ("__FAMILY__-web", "__FAMILY__"),
        ("repo:$(Build.BuildId)", "$(Build.BuildId)"),
        ("repo:$TAG", "$TAG"),
        ("repo:${TAG:-latest}", "${TAG:-latest}"),
        ("repo:${var.tag}", "${var.tag}"),
    ],
)
def test_placeholders_of_other_tools_are_known(text: str, found: str) -> None:
    assert left_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "{{.Name}}/{{.ID}}",
        "{{ .ID }}",
        "%Y-%m-%dT%H:%M:%S%z",
        "%d%b%Y",
        r"^(?<time>\S+) (?P<level>[A-Z]+)$",
        r"^\d{4}-\d{2}$",
        "$kubernetes['pod_name']",
        "${NAME}",
        "user@host@sha",
        "a__b__c",
        "repo@sha256:ab",
        "50%",
        "",
    ],
)
def test_what_means_something_by_itself_is_none(text: str) -> None:
    assert left_in(text) == ""


def test_those_left_in_images_roles_names_and_options_are_told_with_their_lines_and_taken(tmp_path: Path) -> None:
    text = """\
family: __FAMILY__
taskRoleArn: arn:aws:iam::123456789012:role/%ROLE%
containerDefinitions:
  - name: web
    image: "{{WEB_IMAGE}}"
    memory: 64
    command: [sh, -c, "echo $HOME <IN> {{x}}"]
    environment: [{name: TEMPLATE, value: "{{name}}"}]
    logConfiguration:
      logDriver: awslogs
      options:
        awslogs-group: /ecs/<SERVICE>
        tag: "{{.ID}}"
volumes:
  - name: data
    dockerVolumeConfiguration: {driverOpts: {device: "#{Device}#"}}
"""
    code, said, _ = render(tmp_path, text, file="td.yml")
    warned = [line.split(": ")[1:3] for line in said.splitlines() if line.startswith("warning:")]
    assert code == 0, said
    assert sorted(place for place, _ in warned) == ["td.yml:12:24", "td.yml:16:54", "td.yml:1:9", "td.yml:2:14", "td.yml:5:12"]
    for found in ("__FAMILY__", "%ROLE%", "{{WEB_IMAGE}}", "<SERVICE>", "#{Device}#"):
        assert f"holds {found}, which" in said


def test_three_styles_in_one_file_are_told_apart(tmp_path: Path) -> None:
    definition = web(image="${IMAGE}", user="<USER>", logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "%GROUP%"}})
    code, said, rendered = render(tmp_path, json.dumps(definition), "--values", "IMAGE=repo:2")
    assert code == 0
    assert rendered["containerDefinitions"][0]["image"] == "repo:2"
    assert [found in said for found in ("%GROUP%", "<USER>", "${IMAGE}")] == [True, False, True]  # the last in the difference


def test_an_image_that_a_value_left_unfilled_is_refused(tmp_path: Path) -> None:
    code, said, _ = render(tmp_path, json.dumps(web(image="${IMAGE}")), "--values", "IMAGE=repo:<TAG>")
    assert code == 2
    assert "holds <TAG>, which was not replaced" in said


def test_a_name_that_is_given_and_used_nowhere_may_be_the_placeholder_s(tmp_path: Path) -> None:
    text = '{"family": "a", "containerDefinitions": [{"name": "web", "image": "${IMAGE}", "command": ["${JWT_SECRET}"]}]}'
    code, said, _ = render(tmp_path, text, "--values", "IMAGE=a:1", "--secret-values", "JWT_SECERT=not-a-real-one")
    assert code == 2
    assert (
        "no value is provided for ${JWT_SECRET}\n  JWT_SECERT is set, but nothing uses it. Did you mean JWT_SECRET? Provide JWT_SECRET in"
        in said
    )
