"""render-task-definition through its command line: every input, the AWS action's defects, and bad input."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.cli import main
from credex_actions.core.documents.document import parse
from credex_actions.ecs.definition.meaning import semantic
from credex_actions.ecs.definition.registration import clean, judge
from credex_actions.ecs.definition.secrets.guard import why_secret
from credex_actions.ecs.rendering.placeholders import fill
from credex_actions.ecs.rendering.render import Wanted, render

WEB: dict[str, Any] = {
    "name": "web",
    "image": "old",
    "memory": 256,
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}],
}
ONE: dict[str, Any] = {"family": "core", "containerDefinitions": [WEB]}
TWO: dict[str, Any] = {"family": "core", "containerDefinitions": [WEB, {"name": "side", "image": "old", "memory": 64}]}


class Rendered(NamedTuple):
    code: int
    stdout: str
    stderr: str
    definition: dict[str, Any]

    @property
    def container(self) -> dict[str, Any]:
        found: dict[str, Any] = self.definition["containerDefinitions"][0]
        return found


Render = Callable[..., Rendered]


@pytest.fixture
def rendering(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Render:
    for name in [each for each in os.environ if each.startswith(("GITHUB_", "INPUT_", "RUNNER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(definition: object = ONE, *flags: str, file: str = "task-definition.json") -> Rendered:
        path = tmp_path / file
        path.write_text(definition if isinstance(definition, str) else json.dumps(definition))
        target = tmp_path / "out.json"
        target.unlink(missing_ok=True)
        code = main(["render-task-definition", "--task-definition", str(path), "--output-file", str(target), *flags])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert target.exists() == (code == 0), "written if, and only if, it is good"
        return Rendered(code, told.out, told.err, json.loads(target.read_text()) if code == 0 else {})

    return run


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container.get("environment", [])}


def test_an_image_goes_into_the_only_container(rendering: Render) -> None:
    assert rendering(ONE, "--image", "repo:1").container["image"] == "repo:1"


def test_container_names_may_have_blanks_between_them(rendering: Render) -> None:
    rendered = rendering(TWO, "--container-name", "web, side", "--image", "repo:1")
    assert [each["image"] for each in rendered.definition["containerDefinitions"]] == ["repo:1", "repo:1"]


def test_each_container_has_its_own_image(rendering: Render) -> None:
    rendered = rendering(TWO, "--images", f"web=repo:1\nside=repo@sha256:{'ab' * 32}")
    assert [each["image"] for each in rendered.definition["containerDefinitions"]] == ["repo:1", f"repo@sha256:{'ab' * 32}"]


def test_values_are_split_at_the_first_equals_sign_and_trimmed(rendering: Render) -> None:
    flags = [
        "--log-configuration-log-driver",
        "awslogs",
        "--log-configuration-options",
        "a=b=c",
        "--docker-labels",
        " k = v=w ",
        "--environment-variables",
        "C=x=y",
    ]
    container = rendering(ONE, *flags).container
    assert container["logConfiguration"] == {"logDriver": "awslogs", "options": {"a": "b=c"}}
    assert container["dockerLabels"] == {"k": "v=w"}
    assert environment(container)["C"] == "x=y"


@pytest.mark.parametrize("given", ["sh -c 'echo hi there'", '["sh", "-c", "echo hi there"]'])
def test_a_command_is_words_as_in_a_shell_or_a_json_array(rendering: Render, given: str) -> None:
    assert rendering(ONE, "--command", given).container["command"] == ["sh", "-c", "echo hi there"]


def test_empty_values_stay(rendering: Render) -> None:
    assert environment(rendering(ONE, "--environment-variables", "C=").container) == {"A": "1", "B": "", "C": ""}


def test_variables_change_in_their_place_and_never_stand_twice(rendering: Render) -> None:
    rendered = rendering(ONE, "--environment-variables", "A=2\nC=3")
    assert [each["name"] for each in rendered.container["environment"]] == ["A", "B", "C"]
    assert environment(rendered.container)["A"] == "2"


def test_exclusive_removes_what_was_not_given(rendering: Render) -> None:
    assert environment(rendering(ONE, "--environment-variables", "C=3", "--exclusive").container) == {"C": "3"}


def test_roles_size_tags_files_and_secrets(rendering: Render) -> None:
    flags = [
        "--task-role-arn",
        "arn:aws:iam::123456789012:role/t",
        "--execution-role-arn",
        "arn:aws:iam::123456789012:role/e",
        "--cpu",
        "256",
        "--memory",
        "512",
        "--tags",
        "a=1",
    ]
    rendered = rendering(ONE, *flags, "--env-files", "arn:aws:s3:::b/x.env", "--secrets", "S=/core/s")
    assert {name: rendered.definition[name] for name in ("taskRoleArn", "executionRoleArn", "cpu", "memory", "tags")} == {
        "taskRoleArn": "arn:aws:iam::123456789012:role/t",
        "executionRoleArn": "arn:aws:iam::123456789012:role/e",
        "cpu": "256",
        "memory": "512",
        "tags": [{"key": "a", "value": "1"}],
    }
    assert rendered.container["environmentFiles"] == [{"value": "arn:aws:s3:::b/x.env", "type": "s3"}]
    assert rendered.container["secrets"] == [{"name": "S", "valueFrom": "/core/s"}]


def test_a_patch_is_applied(rendering: Render) -> None:
    rendered = rendering(ONE, "--patch", '[{"op": "replace", "path": "/containerDefinitions/0/memory", "value": 300}]')
    assert rendered.container["memory"] == 300
    assert rendering(ONE, "--patch", '[{"op": "replace", "path": "/nope/0", "value": 1}]').code == 2


def test_describe_output_and_yaml_are_taken(rendering: Render) -> None:
    described = {
        "taskDefinition": {**ONE, "revision": 7, "status": "ACTIVE", "taskDefinitionArn": "arn"},
        "tags": [{"key": "k", "value": "v"}],
    }
    assert set(rendering(described).definition) == {"family", "containerDefinitions", "tags"}
    assert rendering("family: core\ncontainerDefinitions:\n- {name: web, image: i, memory: 8}\n", file="t.yml").container["memory"] == 8


FILLED = {
    **ONE,
    "containerDefinitions": [{**WEB, "environment": [{"name": "X", "value": "${A}-${B} $${A}"}], "dockerLabels": {"${A}": "y"}}],
}


def test_placeholders_are_filled_in_one_pass_after_parsing(rendering: Render) -> None:
    rendered = rendering(FILLED, "--values", json.dumps({"A": '"}], ${B} \n|&', "B": "b"}))
    hostile = '"}], ${B} \n|&'
    assert environment(rendered.container) == {"X": f"{hostile}-b ${{A}}"}
    assert rendered.container["dockerLabels"] == {hostile: "y"}


def test_every_unfilled_placeholder_is_told_with_its_place_and_unused_values_by_name(rendering: Render) -> None:
    bad = rendering(json.dumps(FILLED, indent=1), "--values", "C=hidden-value")
    assert bad.code == 2
    assert "${A}" in bad.stderr
    assert "${B}" in bad.stderr
    assert "task-definition.json:11:" in bad.stderr
    good = rendering(ONE, "--values", "UNUSED=some-value")
    assert good.code == 0
    assert "UNUSED is set, but no placeholder" in good.stderr
    assert "some-value" not in good.stderr + good.stdout


def test_values_come_from_the_environment_by_name_and_glob(rendering: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORE_A", "a")
    definition = {**ONE, "containerDefinitions": [{**WEB, "image": "${CORE_A}"}]}
    assert rendering(definition, "--values-from-env", "CORE_*").container["image"] == "a"
    assert rendering(definition, "--values-from-env", "CORE_TYPO").code == 2


CANARY = "canary-5f2c9d7e1b"
SECRET = {**ONE, "containerDefinitions": [{**WEB, "environment": [{"name": "DB_PASSWORD", "value": CANARY}]}]}


@pytest.mark.parametrize(("mode", "code"), [("warn", 0), ("refuse", 3), ("allow", 0), ("reference", 0)])
def test_secrets_in_plain_text_are_guarded_and_never_shown(rendering: Render, mode: str, code: int) -> None:
    definition = {**SECRET, "executionRoleArn": "arn:aws:iam::123456789012:role/e"}
    rendered = rendering(
        definition, "--plaintext-secrets", mode, "--secrets-prefix", "/core", "--environment-variables", f"API_TOKEN={CANARY}2", "--json"
    )
    assert rendered.code == code
    assert CANARY not in rendered.stdout + rendered.stderr
    assert ("is a secret in plain text" in rendered.stderr) == (mode in {"warn", "refuse"})
    if mode == "reference":
        assert rendered.container["secrets"] == [
            {"name": "DB_PASSWORD", "valueFrom": "/core/db_password"},
            {"name": "API_TOKEN", "valueFrom": "/core/api_token"},
        ]
        assert environment(rendered.container) == {}


SECRETS = [
    ("JWT_SECRET", "abcdef"),
    ("dbPassword", "x1y2z3"),
    ("X", "AKIAIOSFODNN7EXAMPLE"),
    ("X", "https://me:pw@host/"),
    ("X", "-----BEGIN RSA PRIVATE KEY-----\nabc"),
    ("X", "ghp_" + "a" * 36),
]
OPEN = [
    ("NODE_ENV", "production"),
    ("KEY_COUNT", "3"),
    ("TOKEN_TTL", "3600"),
    ("SECRET", "true"),
    ("PASSWORD_FILE", "/run/p"),
    ("API_KEY", ""),
    ("X", "https://host/a:b@c"),
]


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_what_is_secret(name: str, value: str) -> None:
    assert why_secret(name, value)


@pytest.mark.parametrize(("name", "value"), OPEN)
def test_what_is_not(name: str, value: str) -> None:
    assert not why_secret(name, value)


def test_the_file_is_readable_by_its_owner_only(rendering: Render, tmp_path: Path) -> None:
    rendering(ONE)
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_difference_is_masked_and_compares_with_another_file(rendering: Render, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(SECRET))
    rendered = rendering(ONE, "--compare-with", str(other), "--image", "new", "--json")
    told = json.loads(rendered.stdout)
    assert told["changed"] is True
    assert "containerDefinitions[web].image" in told["diff"]
    assert CANARY not in rendered.stdout
    assert json.loads(rendering(ONE, "--compare-with", "task-definition.json", "--json").stdout)["changed"] is False


def with_container(**members: Any) -> dict[str, Any]:
    return {**ONE, "containerDefinitions": [{**WEB, **members}]}


def fargate(**members: Any) -> dict[str, Any]:
    return {**ONE, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512", **members}


BAD: dict[str, tuple[object, str]] = {
    "an unknown field": ({**ONE, "famly": "x"}, "Did you mean family?"),
    "an unknown field below": (with_container(portMapings=[{"containerPort": 80}]), "Did you mean portMappings?"),
    "a wrong type": (with_container(memory="256"), "Write the number without quotes."),
    "a number for a text": (with_container(environment=[{"name": "A", "value": 5}]), "Put it in quotes."),
    "no essential container": (with_container(essential=False), "no container is essential"),
    "two containers of one name": ({**ONE, "containerDefinitions": [WEB, WEB]}, "there are two containers web"),
    "a secret twice": (
        {**with_container(secrets=[{"name": "S", "valueFrom": "/a"}, {"name": "S", "valueFrom": "/b"}]), "executionRoleArn": "r"},
        "the variable S is defined twice",
    ),
    "a variable in both": (
        {**with_container(secrets=[{"name": "A", "valueFrom": "/a"}]), "executionRoleArn": "r"},
        "the variable A is defined in environment and in secrets",
    ),
    "secrets without a role": (with_container(secrets=[{"name": "S", "valueFrom": "/a"}]), "executionRoleArn is missing"),
    "a Fargate size that does not exist": (fargate(memory="4096"), "no Fargate configuration exists for 256 CPU units and 4096 MiB"),
    "Fargate in another network mode": (fargate(networkMode="bridge"), "networkMode is not awsvpc"),
    "another port of the host in awsvpc": (
        {**fargate(), "containerDefinitions": [{**WEB, "portMappings": [{"containerPort": 80, "hostPort": 81}]}]},
        "in awsvpc mode they are the same",
    ),
    "a circle of dependencies": (
        {
            **ONE,
            "containerDefinitions": [
                {**WEB, "dependsOn": [{"containerName": "b", "condition": "START"}]},
                {**WEB, "name": "b", "dependsOn": [{"containerName": "web", "condition": "START"}]},
            ],
        },
        "$.containerDefinitions[0].dependsOn[0]: dependsOn is circular, so the containers wait for each other: web -> b -> web",
    ),
    "a dependency on health without a check": (
        {
            **TWO,
            "containerDefinitions": [
                {**WEB, "dependsOn": [{"containerName": "side", "condition": "HEALTHY"}]},
                TWO["containerDefinitions"][1],
            ],
        },
        "side has no health check",
    ),
    "a mount of no volume": (with_container(mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}]), "there is no volume v"),
    "a bad family": ({**ONE, "family": "a b"}, "is not a name that ECS accepts"),
    "more bytes than ECS takes": (with_container(environment=[{"name": "A", "value": "x" * 70000}]), "ECS allows at most 65,536"),
    "bad JSON": ('{"family": "a",}', "there is a comma before the closing bracket"),
    "a key twice": ('{"family": "a", "family": "b"}', "is defined twice in the same object"),
    "NaN": ('{"family": NaN}', "NaN is not a JSON value"),
    "nested too deeply": ("[" * 5000, "nested too deeply"),
    "a list": ("[1]", "is not a task definition"),
}


@pytest.mark.parametrize(("definition", "words"), BAD.values(), ids=BAD)
def test_bad_definitions_are_told(rendering: Render, definition: object, words: str) -> None:
    rendered = rendering(definition)
    assert rendered.code == 2
    assert words in rendered.stderr
    assert "State: nothing was changed." in rendered.stderr


def test_all_faults_are_told_at_once_with_line_and_column(rendering: Render) -> None:
    text = '{\n  "famly": "x",\n  "containerDefinitions": [\n    {"name": "a b", "image": 1, "memory": 8}\n  ]\n}'
    rendered = rendering(text)
    for place in (
        "task-definition.json:2:3: $.famly",
        "task-definition.json:4:14: $.containerDefinitions[0].name",
        "task-definition.json:4:30: $.containerDefinitions[0].image",
    ):
        assert place in rendered.stderr


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
)


@pytest.mark.parametrize("text", [BOMB, "a: b: c", "a: &x [*x]", "a: !!python/name:os.system x", "a:\n\tb: 1", "# nothing\n"])
def test_bad_yaml_is_told(rendering: Render, text: str) -> None:
    rendered = rendering(text, file="t.yml")
    assert rendered.code == 2
    assert "t.yml" in rendered.stderr


BAD_FLAGS = {
    "an unknown container": (["--container-name", "wab", "--image", "x"], "Did you mean web?"),
    "no value": (["--image"], "has no value"),
    "a NUL": (["--environment-variables", "A=\0"], "NUL"),
    "no equals sign": (["--environment-variables", "A"], "no = in line 1"),
    "a boolean that is none": (["--exclusive=yes"], "is not a boolean"),
    "an unknown flag": (["--imag", "x"], "Did you mean --image?"),
    "open quotes": (["--command", "sh -c 'x"], "cannot be split into words"),
    "reference without a prefix": (["--plaintext-secrets", "reference"], "secrets-prefix"),
}


@pytest.mark.parametrize(("flags", "words"), BAD_FLAGS.values(), ids=BAD_FLAGS)
def test_bad_flags_are_told(rendering: Render, flags: list[str], words: str) -> None:
    rendered = rendering(ONE, *flags)
    assert rendered.code == 2
    assert words in rendered.stderr


def test_no_container_name_is_needed_where_there_is_one_and_is_where_there_are_two(rendering: Render) -> None:
    assert rendering(TWO, "--image", "x").code == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
LIKELY = st.dictionaries(
    st.sampled_from(
        ["family", "containerDefinitions", "cpu", "memory", "networkMode", "tags", "volumes", "requiresCompatibilities", "taskDefinition"]
    ),
    JSON,
)
CONTAINER = st.dictionaries(
    st.sampled_from(
        ["name", "image", "environment", "secrets", "dependsOn", "portMappings", "logConfiguration", "healthCheck", "mountPoints"]
    ),
    JSON,
)


@given(JSON | LIKELY | CONTAINER.map(lambda each: {"containerDefinitions": [each]}))
def test_no_document_makes_the_check_stumble(value: Any) -> None:
    text = json.dumps(value)
    judge(parse(text, "t.json"))


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_a_value_of_any_text_never_changes_the_structure(value: str) -> None:
    filled = fill(FILLED, {"A": value, "B": value}).value
    container = filled["containerDefinitions"][0]
    assert environment(container) == {"X": f"{value}-{value} ${{A}}"}
    assert [*filled] == [*FILLED]


def test_what_ecs_fills_in_and_reorders_means_the_same() -> None:
    described = {
        **ONE,
        "revision": 3,
        "volumes": [],
        "containerDefinitions": [{**WEB, "cpu": 0, "essential": True, "mountPoints": [], "environment": [*reversed(WEB["environment"])]}],
    }
    assert semantic(clean(ONE)) == semantic(clean(described))
    changed, _ = render(ONE, Wanted(image="new"))
    assert semantic(changed) != semantic(ONE)
