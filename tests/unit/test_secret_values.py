"""A secret is known by where it came from: wherever its placeholder stood, its name shows and its value does not."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import credex_actions

ROOT = Path(__file__).resolve().parents[2]
USER, HOST, SIZE, PIN = "olivia.canary", "10.77.66.55", "14711", "q7"
SECRETS = f"DB_USER={USER}\nHOST={HOST}\nSIZE={SIZE}\nPIN={PIN}"


class Told(NamedTuple):
    code: int
    diff: list[str]
    everything: str
    definition: Mapping[str, Any]


def render(folder: Path, definition: object, *arguments: str, **environment: str) -> Told:
    """Renders as a step on GitHub's runner does. `everything` is all that anybody may read of it, the commands that mask left out."""
    (folder / "td.json").write_text(definition if isinstance(definition, str) else json.dumps(definition))
    for file in ("out.json", "output", "summary"):
        (folder / file).unlink(missing_ok=True)
    command = [sys.executable, "-m", "credex_actions", "render-task-definition", "--json", "--output-file", "out.json"]
    ran = subprocess.run(
        [*command, "--task-definition", "td.json", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": "output",
            "GITHUB_STEP_SUMMARY": "summary",
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = "\n".join(line for line in ran.stderr.splitlines() if not line.startswith("::add-mask::"))
    files = [(folder / name).read_text() if (folder / name).exists() else "" for name in ("output", "summary")]
    out = folder / "out.json"
    return Told(
        ran.returncode,
        json.loads(ran.stdout)["report"].get("diff", []),
        "\n".join([ran.stdout, said, *files]),
        json.loads(out.read_text()) if out.exists() else {},
    )


def one(**members: object) -> dict[str, object]:
    return {"family": "core", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 256, **members}]}


def variables(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


@pytest.mark.parametrize("way", ["secret-values", "secret-values-file", "values-from-env", "a glob"])
def test_a_secret_shows_as_its_name_whichever_way_it_came(tmp_path: Path, way: str) -> None:
    (tmp_path / "secrets").write_text(f"DB_USER={USER}")
    given = {
        "secret-values": (["--secret-values", f"DB_USER={USER}"], {}),
        "secret-values-file": (["--secret-values-file", "secrets"], {}),
        "values-from-env": (["--values-from-env", "DB_USER"], {"DB_USER": USER}),
        "a glob": (["--values-from-env", "DB_*"], {"DB_USER": USER}),
    }
    arguments, environment = given[way]
    told = render(tmp_path, one(environment=variables(LOGIN="${DB_USER}")), *arguments, **environment)
    assert told.code == 0
    assert told.diff == ["~ containerDefinitions[web].environment[LOGIN]: *** -> (secret DB_USER)"]
    assert USER not in told.everything
    assert told.definition["containerDefinitions"][0]["environment"] == variables(LOGIN=USER)


def test_inside_a_longer_text_the_rest_stays_readable(tmp_path: Path) -> None:
    told = render(
        tmp_path, one(command=["serve", "bolt://${DB_USER}@${HOST}:7687/${NAME}"]), "--secret-values", SECRETS, "--values", "NAME=graph"
    )
    assert "~ containerDefinitions[web].command[1]: *** -> bolt://(secret DB_USER)@(secret HOST):7687/graph" in told.diff
    assert not any(each in told.everything for each in (USER, HOST))
    assert told.definition["containerDefinitions"][0]["command"][1] == f"bolt://{USER}@{HOST}:7687/graph"


@pytest.mark.parametrize(
    "text",
    [
        "postgres://${DB_USER}:${SIZE}@${HOST}/db",
        "Server=${HOST};User Id=${DB_USER};Password=${SIZE};",
        '{"user": "${DB_USER}", "password": "${SIZE}"}',
        "jdbc:oracle:thin:${DB_USER}/${SIZE}@${HOST}",
        "Authorization: Bearer ${SIZE}",
    ],
)
def test_a_connection_string_of_secrets_shows_their_names(tmp_path: Path, text: str) -> None:
    told = render(tmp_path, one(environment=variables(DB_PASSWORD=text)), "--secret-values", SECRETS)
    shown = (
        text.replace("${", "(secret ").replace("}", ")")
        if not text.startswith("{")
        else '{"user": "(secret DB_USER)", "password": "(secret SIZE)"}'
    )
    assert told.diff == [f"~ containerDefinitions[web].environment[DB_PASSWORD]: *** -> {shown}"]
    assert not any(each in told.everything for each in (USER, HOST, SIZE))


def test_a_password_beside_a_placeholder_is_not_shown_for_it(tmp_path: Path) -> None:
    told = render(tmp_path, one(environment=variables(URL="postgres://me:hunter2xx@${HOST}/db")), "--secret-values", SECRETS)
    assert told.diff == ["~ containerDefinitions[web].environment[URL]: *** -> ***"]
    assert "hunter2xx" not in told.everything


def test_wherever_a_secret_went_its_name_stands(tmp_path: Path) -> None:
    definition = {
        "family": "core-${PIN}",
        "cpu": "${SIZE}",
        "containerDefinitions": [
            {
                "name": "web-${PIN}",
                "image": "web:${PIN}",
                "memory": 256,
                "entryPoint": ["${PIN}"],
                "environment": [{"name": "A_${PIN}", "value": "${PIN}"}],
                "dockerLabels": {"a.${PIN}": "b.${PIN}"},
                "logConfiguration": {"logDriver": "awslogs", "options": {"${PIN}": "${PIN}"}},
                "extraHosts": [{"hostname": "h", "ipAddress": "${HOST}"}],
            }
        ],
        "volumes": [{"name": "v-${PIN}", "host": {"sourcePath": "/${PIN}"}}],
        "tags": [{"key": "pin", "value": "${PIN}"}],
    }
    live = {"family": "core", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 256}]}
    (tmp_path / "live.json").write_text(json.dumps(live))
    told = render(tmp_path, definition, "--secret-values", SECRETS, "--compare-with", "live.json")
    assert told.code == 0, told.everything
    assert PIN not in told.everything
    assert SIZE not in told.everything
    container = "containerDefinitions[web-(secret PIN)]"
    assert {
        "~ family: *** -> core-(secret PIN)",
        "+ cpu = (secret SIZE)",
        f"+ {container}.image = web:(secret PIN)",
        f"+ {container}.entryPoint[0] = (secret PIN)",
        f"+ {container}.environment[A_(secret PIN)] = (secret PIN)",
        f"+ {container}.dockerLabels.a.(secret PIN) = b.(secret PIN)",
        f"+ {container}.logConfiguration.options.(secret PIN) = (secret PIN)",
        f"+ {container}.extraHosts[h].ipAddress = (secret HOST)",
        "+ volumes[v-(secret PIN)].host.sourcePath = /(secret PIN)",
        "+ tags[pin] = (secret PIN)",
    } <= set(told.diff)


@pytest.mark.parametrize("former", [USER, "the-former-user"])
def test_what_a_secret_was_is_hidden_too(tmp_path: Path, former: str) -> None:
    (tmp_path / "live.json").write_text(json.dumps(one(environment=variables(LOGIN=former, NOTE="kept"))))
    to_variable = one(environment=variables(LOGIN="${DB_USER}", NOTE="kept"))
    told = render(tmp_path, to_variable, "--secret-values", f"DB_USER={USER}", "--compare-with", "live.json")
    assert told.diff == ([] if former == USER else ["~ containerDefinitions[web].environment[LOGIN]: *** -> (secret DB_USER)"])
    assert former not in told.everything
    to_reference = {
        **one(environment=[], secrets=[{"name": "LOGIN", "valueFrom": "/core/login"}]),
        "executionRoleArn": "arn:aws:iam::1:role/e",
    }
    told = render(tmp_path, to_reference, "--compare-with", "live.json")
    assert "- containerDefinitions[web].environment[LOGIN] = ***" in told.diff
    assert "- containerDefinitions[web].environment[NOTE] = 'kept'" in told.diff
    assert former not in told.everything


def test_what_a_secret_was_is_hidden_also_where_a_word_more_moved_it(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text(json.dumps(one(command=["serve", "the-former-user", "--now"])))
    told = render(tmp_path, one(command=["serve", "--fast", "${DB_USER}"]), "--secret-values", SECRETS, "--compare-with", "live.json")
    place = "containerDefinitions[web].command"
    assert told.diff == [f"~ {place}[1]: *** -> '--fast'", f"~ {place}[2]: *** -> (secret DB_USER)"]
    assert "the-former-user" not in told.everything


def test_a_secret_that_stands_in_the_file_by_itself_is_hidden(tmp_path: Path) -> None:
    told = render(
        tmp_path,
        one(environment=variables(LOGIN="${DB_USER}", NOTE="none")),
        "--secret-values",
        SECRETS,
        "--environment-variables",
        f"NOTE=ask {USER}",
    )
    assert "~ containerDefinitions[web].environment[NOTE]: 'none' -> 'ask ***'" in told.diff
    assert USER not in told.everything


def test_a_patch_carries_a_secret_to_its_new_place(tmp_path: Path) -> None:
    patch = [{"op": "move", "from": "/containerDefinitions/0/environment/0/value", "path": "/containerDefinitions/0/user"}]
    told = render(tmp_path, one(environment=variables(A="${PIN}")), "--secret-values", SECRETS, "--patch", json.dumps(patch))
    assert "+ containerDefinitions[web].user = (secret PIN)" in told.diff
    assert told.definition["containerDefinitions"][0]["user"] == PIN


@pytest.mark.parametrize(
    ("prefix", "real", "shown"),
    [
        ("/core", "/core/zqname", "/core/(secret name)"),
        (
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-AbCdEf:ZqName::",
            "s-AbCdEf:(secret NAME)::",
        ),
    ],
)
def test_a_reference_made_of_a_secret_name_is_the_real_one_and_does_not_show(tmp_path: Path, prefix: str, real: str, shown: str) -> None:
    definition = {**one(environment=variables(**{"${NAME}": "${DB_USER}"})), "executionRoleArn": "arn:aws:iam::123456789012:role/e"}
    flags = ["--plaintext-secrets", "reference", "--secrets-prefix", prefix]
    told = render(tmp_path, definition, "--secret-values", f"NAME=ZqName\nDB_USER={USER}", *flags)
    assert told.definition["containerDefinitions"][0]["secrets"] == [{"name": "ZqName", "valueFrom": real}]
    assert any(line.startswith("+ containerDefinitions[web].secrets[(secret NAME)] = ") and line.endswith(shown) for line in told.diff)
    assert "zqname" not in told.everything.lower()


def test_what_is_a_secret_is_judged_by_what_it_is(tmp_path: Path) -> None:
    definition = {
        **one(healthCheck={"command": ["${CMD}", "true"]}, portMappings=[{"containerPort": 80, "hostPort": 80}]),
        "networkMode": "${MODE}",
    }
    (tmp_path / "live.json").write_text(
        json.dumps({**one(healthCheck={"command": ["CMD", "true"]}, portMappings=[{"containerPort": 80}]), "networkMode": "awsvpc"})
    )
    told = render(tmp_path, definition, "--secret-values", "CMD=CMD\nMODE=awsvpc", "--compare-with", "live.json")
    assert (told.code, told.diff) == (0, [])
    assert "CMD-SHELL" not in told.everything


FAULTY: dict[str, dict[str, object]] = {
    "two containers of one name": {"family": "core", "containerDefinitions": [{"name": "${PIN}", "image": "i", "memory": 8}] * 2},
    "a name that ECS does not take": {**one(), "family": "a ${PIN}"},
    "a word that is not among those": one(logConfiguration={"logDriver": "${PIN}"}),
    "a size that does not exist": {
        **one(),
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "${SIZE}",
        "memory": "512",
    },
    "a variable in both": {
        **one(environment=variables(**{"${PIN}": "x"}), secrets=[{"name": "${PIN}", "valueFrom": "/x"}]),
        "executionRoleArn": "arn:aws:iam::1:role/e",
    },
    "a circle": {
        "family": "core",
        "containerDefinitions": [
            {"name": name, "image": "i", "memory": 8, "dependsOn": [{"containerName": other, "condition": "START"}]}
            for name, other in (("${PIN}", "x${PIN}"), ("x${PIN}", "${PIN}"))
        ],
    },
    "a volume that is not there": one(mountPoints=[{"sourceVolume": "${PIN}", "containerPath": "/${PIN}"}]),
}


@pytest.mark.parametrize("definition", FAULTY.values(), ids=FAULTY)
def test_no_fault_shows_a_secret_however_short(tmp_path: Path, definition: dict[str, object]) -> None:
    told = render(tmp_path, definition, "--secret-values", SECRETS)
    assert told.code == 2
    assert PIN not in told.everything
    assert SIZE not in told.everything


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bogus", USER],
        ["--exclusive", USER],
        ["--plaintext-secrets", USER],
        ["--task-role-arn", "r", "--container-name", USER, "--image", "i"],
        ["--images", f"{USER}=x"],
    ],
)
def test_a_secret_in_the_wrong_place_is_hidden(tmp_path: Path, arguments: list[str]) -> None:
    told = render(tmp_path, one(), "--secret-values", SECRETS, *arguments)
    assert told.code == 2
    assert USER not in told.everything


@pytest.mark.parametrize("given", [f"no equals sign {USER}", f"A=1\n{USER}", f'{{"A": "{USER}"', f"- {USER}"])
def test_secrets_that_cannot_be_read_are_hidden(tmp_path: Path, given: str) -> None:
    told = render(tmp_path, one(), "--secret-values", given, "--container-name", USER, "--image", "i")
    assert told.code == 2
    assert USER not in told.everything


def test_a_file_that_cannot_be_read_shows_no_secret(tmp_path: Path) -> None:
    for text in (f'{{"family": "{USER}",}}', f'{{"family": {USER}}}', f"family: !{USER} x", f'{{"{USER}": 1, "{USER}": 2}}'):
        told = render(tmp_path, text, "--secret-values", SECRETS)
        assert told.code == 2
        assert USER not in told.everything


def test_the_guard_knows_a_secret_by_its_origin(tmp_path: Path) -> None:
    definition = one(environment=variables(LOGIN="${DB_USER}", MODE="production"))
    told = render(tmp_path, definition, "--secret-values", SECRETS, "--plaintext-secrets", "refuse")
    assert told.code == 3
    assert "LOGIN of web is a secret in plain text (the secret DB_USER went into it)" in told.everything
    assert "MODE" not in told.everything


OUTSIDE = one(
    environment=variables(MODE="production"),
    image="r.io/${HOST}:1",
    command=["serve", "--user=${DB_USER}"],
    dockerLabels={"owner": "${DB_USER}"},
    logConfiguration={"logDriver": "splunk", "options": {"splunk-url": "${HOST}", "splunk-token": "deadbeef-canary"}},
)


def test_a_secret_is_guarded_wherever_it_stands(tmp_path: Path) -> None:
    told = render(tmp_path, OUTSIDE, "--secret-values", SECRETS, "--plaintext-secrets", "refuse")
    assert told.code == 3
    for words in (
        "$.containerDefinitions[0].command[1]: a secret in plain text (the secret DB_USER went into it)",
        "$.containerDefinitions[0].dockerLabels.owner: a secret in plain text",
        'options["splunk-url"]: the option splunk-url is a secret in plain text (the secret HOST went into it)',
        'options["splunk-token"]: the option splunk-token is a secret in plain text (its name suggests a secret)',
        "use logConfiguration.secretOptions",
    ):
        assert words in told.everything, told.everything
    assert "[0].image" not in told.everything
    assert "deadbeef-canary" not in told.everything


@pytest.mark.parametrize(("mode", "said"), [("warn", True), ("reference", True), ("allow", False)])
def test_a_secret_outside_the_environment_is_a_warning_unless_it_is_refused(tmp_path: Path, mode: str, said: bool) -> None:
    told = render(tmp_path, OUTSIDE, "--secret-values", SECRETS, "--plaintext-secrets", mode, "--secrets-prefix", "/core")
    assert told.code == 0
    assert ("the option splunk-token is a secret in plain text" in told.everything) is said
    assert told.definition["containerDefinitions"][0]["command"] == ["serve", f"--user={USER}"]


def test_options_of_awslogs_are_no_secrets(tmp_path: Path) -> None:
    logs = {"logDriver": "awslogs", "options": {"awslogs-region": "${AWS_REGION}", "awslogs-group": "/core"}}
    told = render(tmp_path, one(logConfiguration=logs), "--values-from-env", "AWS_REGION", AWS_REGION="eu-west-1")
    assert told.code == 0
    assert "in plain text" not in told.everything


def test_a_value_is_no_secret_unless_its_name_or_shape_says_so(tmp_path: Path) -> None:
    told = render(
        tmp_path, one(environment=variables(LOGIN="${DB_USER}", DB_PASSWORD="${PW}")), "--values", f"DB_USER={USER}\nPW=hunter2xx"
    )
    assert f"~ containerDefinitions[web].environment[LOGIN]: '${{DB_USER}}' -> '{USER}'" in told.diff
    assert "hunter2xx" not in told.everything


def test_a_short_secret_is_no_mask_and_is_told(tmp_path: Path) -> None:
    told = render(tmp_path, one(environment=variables(A="${PIN}", B="${NONE}")), "--secret-values", "PIN=q7\nNONE=")
    assert "the secret PIN has fewer than 4 characters: it is not masked in the log" in told.everything
    assert "the secret NONE is empty" in told.everything
    assert told.definition["containerDefinitions"][0]["environment"] == variables(A="q7", B="")


def test_a_value_that_is_a_secret_by_its_name_is_told_too_where_it_is_short(tmp_path: Path) -> None:
    told = render(tmp_path, one(environment=variables(A="${DB_PASSWORD}")), "--values", "DB_PASSWORD=a")
    assert "values: the secret DB_PASSWORD has fewer than 4 characters" in told.everything
    assert told.diff == ["~ containerDefinitions[web].environment[A]: *** -> (secret DB_PASSWORD)"]


def test_what_else_a_glob_finds_is_no_mask(tmp_path: Path) -> None:
    command = "--values-from-env", "*"
    told = render(tmp_path, one(environment=variables(A="${DB_USER}")), *command, DB_USER=USER, WORD="containerDefinitions")
    assert told.diff == ["~ containerDefinitions[web].environment[A]: *** -> (secret DB_USER)"]


def test_a_name_is_a_value_or_a_secret(tmp_path: Path) -> None:
    told = render(tmp_path, one(environment=variables(A="${DB_USER}")), "--secret-values", SECRETS, "--values", "DB_USER=x")
    assert told.code == 2
    assert "DB_USER is set twice: in values and in secret-values" in told.everything


def test_values_win_over_the_environment_and_may_be_read(tmp_path: Path) -> None:
    told = render(
        tmp_path, one(environment=variables(A="${REGION}")), "--values-from-env", "REG*", "--values", "REGION=here", REGION="there"
    )
    assert told.diff == ["~ containerDefinitions[web].environment[A]: '${REGION}' -> 'here'"]


def test_the_library_takes_secrets_as_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "td.json").write_text(json.dumps(one(environment=variables(A="${DB_USER}"))))
    done = credex_actions.render_task_definition(
        task_definition=str(tmp_path / "td.json"), secret_values={"DB_USER": USER}, output_file=str(tmp_path / "out.json"), environment={}
    )
    assert done.diff == "~ containerDefinitions[web].environment[A]: *** -> (secret DB_USER)"
