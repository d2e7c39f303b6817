"""Rendering under attack: secrets in odd shapes, files that are none, definitions that break their readers."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

CONTAINER: dict[str, object] = {"name": "app", "image": "nginx", "environment": [{"name": "MODE", "value": "x"}]}
DEFINITION: dict[str, object] = {
    "family": "api",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [CONTAINER],
}


def render(folder: Path, definition: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = folder / ("td.yml" if isinstance(definition, str) else "td.json")
    file.write_text(definition if isinstance(definition, str) else json.dumps(definition))
    command = [sys.executable, "-m", "credex_actions", "render-task-definition", "--task-definition", str(file), *arguments]
    environment = os.environ | {"TMPDIR": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def one(**members: object) -> dict[str, object]:
    return DEFINITION | {"containerDefinitions": [CONTAINER | members]}


@pytest.mark.parametrize("secret", ["sup'er\"secret", "correct  horse", "corr\u00a0horse", "back\\slash`tick*"])
def test_a_known_secret_is_hidden_whatever_quoting_would_make_of_it(tmp_path: Path, secret: str) -> None:
    long = "x" * 95
    ran = render(tmp_path, one(command=["sh", "-c", f"{long} ${{API_TOKEN}}"]), "--values", json.dumps({"API_TOKEN": secret}))
    told = ran.stdout + ran.stderr + (tmp_path / "summary").read_text()
    assert ran.returncode == 0
    assert secret[:4] not in told
    assert "***" in told


def test_an_enumerated_field_never_shows_what_it_was_given(tmp_path: Path) -> None:
    ran = render(tmp_path, one(logConfiguration={"logDriver": "${API_TOKEN}"}), "--values", "API_TOKEN=my_super_secret*token")
    assert ran.returncode == 2
    assert "super" not in ran.stderr + (tmp_path / "summary").read_text()


def test_a_pipe_is_not_replaced_and_a_link_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert render(tmp_path, DEFINITION, "--output-file", str(tmp_path / "pipe")).returncode == 2
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert render(tmp_path, DEFINITION, "--output-file", str(tmp_path / "link")).returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "kfj38fh3f8h38fh") for name in ("PGPASSWORD", "SECRET_KEY_BASE", "STRIPE_KEY", "SSH_KEY", "DB_PASS_PROD")),
        *(("ADDRESS", url) for url in ("postgres://u:pa/ss@h/db", "postgres://u:pa#ss@h/db", "POSTGRES://u:pass@h/db")),
        ("JWT_SECRET", "/9sdkJHgfd72hsAAbbccddeeff"),
    ],
)
def test_the_guard_refuses_what_is_a_secret(tmp_path: Path, name: str, value: str) -> None:
    ran = render(tmp_path, one(environment=[{"name": name, "value": value}]), "--plaintext-secrets", "refuse")
    assert ran.returncode == 3
    assert value not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("TOKEN_PATH_TOKEN", "/var/run/token"), ("ADDRESS", "http://h:8080/@scope/pkg"), ("SORT_KEY", "name"), ("PWD", "/srv/app")],
)
def test_the_guard_lets_pass_what_is_none(tmp_path: Path, name: str, value: str) -> None:
    ran = render(tmp_path, one(environment=[{"name": name, "value": value}]), "--plaintext-secrets", "refuse")
    assert ran.returncode == 0


@pytest.mark.parametrize(("name", "code"), [("GITHUB_OUTPUT", 4), ("GITHUB_STEP_SUMMARY", 0)])
def test_a_runner_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    file = tmp_path / "td.json"
    file.write_text(json.dumps(DEFINITION))
    command = [sys.executable, "-m", "credex_actions", "render-task-definition", "--task-definition", str(file)]
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    environment = os.environ | {"TMPDIR": str(tmp_path), name: str(tmp_path)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code
    assert name in ran.stderr
    assert "Traceback" not in ran.stderr


def test_exclusive_alone_empties_the_environment(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert render(tmp_path, DEFINITION, "--exclusive", "--output-file", str(out)).returncode == 0
    assert json.loads(out.read_text())["containerDefinitions"][0]["environment"] == []


def test_an_empty_size_is_a_missing_one_on_fargate(tmp_path: Path) -> None:
    ran = render(tmp_path, DEFINITION | {"cpu": "", "memory": ""})
    assert ran.returncode == 2
    assert "cpu is missing" in ran.stderr


def test_a_patch_without_its_brackets_is_not_printed(tmp_path: Path) -> None:
    ran = render(tmp_path, DEFINITION, "--patch", '{"op": "add", "path": "/x", "value": "hunter2abc"}')
    assert ran.returncode == 2
    assert "hunter2abc" not in ran.stderr


@pytest.mark.parametrize("secret", ['can"ary\\x', "canary-\u00fc", "can##[ary", "can\tary"])
def test_the_runner_knows_a_secret_as_it_stands_in_json_on_stdout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = render(tmp_path, DEFINITION, "--environment-variables", json.dumps({"API_TOKEN": secret}), "--output-file", "-")
    assert ran.returncode == 0
    masks = [line.removeprefix("::add-mask::") for line in ran.stdout.splitlines() if line.startswith("::add-mask::")]
    [printed] = [line for line in ran.stdout.splitlines() if "can" in line and not line.startswith("::")]
    assert any(mask in printed for mask in masks)
    for mask in masks:
        printed = printed.replace(mask, "***")
    assert printed.strip() == '"value": "***"'


def test_two_documents_never_share_stdout(tmp_path: Path) -> None:
    ran = render(tmp_path, DEFINITION, "--json", "--output-file", "-")
    assert ran.returncode == 2
    [fault] = json.loads(ran.stdout)["report"]["faults"]
    assert fault["where"] == "output-file"


@pytest.mark.parametrize("secret", ["changed", "faults", "diff", "report", "true", "\\", '"'])
def test_no_secret_breaks_what_json_prints(tmp_path: Path, secret: str) -> None:
    definition = one(environment=[{"name": "API_TOKEN", "value": secret}])
    ran = render(tmp_path, definition, "--environment-variables", f"NOTE=it is {secret}", "--json")
    assert ran.returncode == 0
    told = json.loads(ran.stdout)
    assert {"report", "task-definition", "changed", "diff"} <= set(told)
    assert told["changed"] is True
    assert {"diff", "faults"} <= set(told["report"])
    hidden = len(secret) >= 4 and secret != "true"  # anything shorter would shred what is printed
    assert (f"it is {secret}" in told["diff"].replace("\\\\", "\\")) != hidden


WRAPPED = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB"  # 64 characters, as openssl ends its lines

PIECES = {
    "two equals signs": f"PEM={WRAPPED}\nhunter2canaryhunter2aa==",
    "one equals sign": f"PEM={WRAPPED}\nhunter2canaryhunter2aaa=",
    "a plus": "PEM=abc\nhunter2canary+x=1",
    "JSON": '{"hunter2canary": "a=b",}',
    "quotes": 'A=1\n"hunter2canary=1"',
    "YAML by chance": "PEM=hunter2canary: x\nsecond line",
}


@pytest.mark.parametrize("given", PIECES.values(), ids=PIECES)
def test_a_value_of_several_lines_is_one_fault_that_does_not_show_it(tmp_path: Path, given: str) -> None:
    for flag in ("--values", "--environment-variables", "--docker-labels"):
        ran = render(tmp_path, DEFINITION, flag, given)
        assert ran.returncode == 2
        assert "JSON or YAML mapping" in ran.stderr
        assert ran.stderr.count("error:") == 1
        assert "hunter2" not in ran.stdout + ran.stderr + (tmp_path / "summary").read_text()


@pytest.mark.parametrize(
    ("flag", "given", "names"),
    [
        (
            "--docker-labels",
            "traefik.http.routers[0].rule=Host(x)\napp.kubernetes.io/name=a",
            ["traefik.http.routers[0].rule", "app.kubernetes.io/name"],
        ),
        ("--tags", "Cost Center=42\na+b@c:d/e=", ["Cost Center", "a+b@c:d/e"]),
        ("--environment-variables", "VERBOSE=\nSEPARATOR==\n\u00fcber=1", ["VERBOSE", "SEPARATOR", "\u00fcber"]),
        ("--environment-variables", f"HASH={'a1' * 32}\nVERBOSE=", ["HASH", "VERBOSE"]),
        ("--environment-variables", "A: x=y\nB: z=w", ["A", "B"]),
    ],
)
def test_names_that_are_some_are_taken(tmp_path: Path, flag: str, given: str, names: list[str]) -> None:
    out = tmp_path / "out.json"
    ran = render(tmp_path, one(environment=[]), flag, given, "--output-file", str(out))
    assert ran.returncode == 0, ran.stderr
    rendered = json.loads(out.read_text())
    container = rendered["containerDefinitions"][0]
    found = {
        "--docker-labels": list(container.get("dockerLabels", {})),
        "--tags": [each["key"] for each in rendered.get("tags", [])],
        "--environment-variables": [each["name"] for each in container["environment"]],
    }
    assert found[flag] == names


MANY: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "fields": (one(**{f"memoryReservatio{index}": 1 for index in range(8000)}), ()),
    "containers": (
        DEFINITION | {"containerDefinitions": [{"name": f"app{index}", "image": "x"} for index in range(1000)]},
        ("--images", "\n".join(f"apq{index}=x" for index in range(3000))),
    ),
    "placeholders": (one(command=[f"${{X{index}}}" for index in range(8000)]), ()),
}


@pytest.mark.parametrize(("definition", "arguments"), MANY.values(), ids=MANY)
def test_thousands_of_faults_are_told_soon_and_not_all(tmp_path: Path, definition: dict[str, object], arguments: tuple[str, ...]) -> None:
    began = sum(os.times()[2:4])
    ran = render(tmp_path, definition, *arguments)
    assert sum(os.times()[2:4]) - began < 2.5, "seconds of the processor; each took up to 13 when every word was compared"
    assert ran.returncode == 2
    assert ran.stderr.count("error:") == 101
    assert " more errors" in ran.stderr
    assert len(ran.stderr) < 50_000
    told = json.loads(render(tmp_path, definition, *arguments, "--json").stdout)
    assert len(told["report"]["faults"]) >= 3000


ON_EC2 = {name: member for name, member in DEFINITION.items() if name not in {"requiresCompatibilities", "cpu"}}

BAD: dict[str, tuple[object, tuple[str, ...], str]] = {
    "NUL by an escape": (DEFINITION, ("--environment-variables", '{"A": "a\\u0000b"}'), "contains a NUL"),
    "half a surrogate pair": (DEFINITION, ("--environment-variables", '{"A": "a\\ud800b"}'), "half a surrogate pair"),
    "YAML half a million levels deep": ("[" * 500_000, (), "nested too deeply"),
    "a thousand faults": (one(environment=[{"name": f"A{index}", "value": index} for index in range(1000)]), (), "not a string"),
    "negative cpu": (one(cpu=-1), (), "-1 is negative"),
    "negative memory": (one(memory=-512), (), "-512 is negative"),
    "memory beyond 32 bits": (one(memory=2**31), (), "accepts integers up to 2147483647"),
    "a port beyond 32 bits": (one(portMappings=[{"containerPort": 10**12}]), (), "accepts integers up to 2147483647"),
    "too much cpu on EC2": (ON_EC2 | {"cpu": "196609"}, (), "196609 is out of bounds"),
    "too little cpu on EC2": (ON_EC2 | {"cpu": "0"}, (), "0 is out of bounds"),
    "too much cpu on Fargate": (DEFINITION | {"cpu": "999999999"}, (), "is out of bounds"),
    "too much memory on EC2": (ON_EC2 | {"memory": "99999999 GB"}, (), "is out of bounds"),
    "a list as a command's first word": (one(healthCheck={"command": [["CMD"]]}), (), "is a list, not a string"),
    "a size of four hundred digits": (DEFINITION | {"cpu": "9" * 400}, (), "is not a size"),
    "a list as a variable's name": (one(environment=[{"name": ["x"], "value": "a"}]), ("--environment-variables", "A=b"), "is a list"),
    "a YAML integer that is none": ("family: !!int abc", (), "is a type of value that JSON does not have"),
    "a YAML boolean that is none": ("family: !!bool yes", (), "is a type of value that JSON does not have"),
}


@pytest.mark.parametrize(("definition", "arguments", "words"), BAD.values(), ids=BAD)
def test_bad_input_ends_with_its_fault(tmp_path: Path, definition: object, arguments: tuple[str, ...], words: str) -> None:
    ran = render(tmp_path, definition, *arguments, "--output-file", str(tmp_path / "out.json"))
    assert ran.returncode == 2
    assert words in ran.stderr
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(("cpu", "memory"), [(".25 vCPU", "0.5 GB"), ("0.25vcpu", "512"), ("256", "0.5GB")])
def test_a_size_means_the_same_however_it_is_written(tmp_path: Path, cpu: str, memory: str) -> None:
    (tmp_path / "other.json").write_text(json.dumps(DEFINITION | {"cpu": cpu, "memory": memory}))
    ran = render(tmp_path, DEFINITION, "--compare-with", str(tmp_path / "other.json"), "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["changed"] is False


def test_another_size_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(json.dumps(DEFINITION | {"memory": "1 GB"}))
    ran = render(tmp_path, DEFINITION, "--compare-with", str(tmp_path / "other.json"), "--json")
    assert "memory" in json.loads(ran.stdout)["diff"]


@pytest.mark.parametrize("labels", [{"${A}": "1", "${B}": "2"}, {"same": "1", "${A}": "2"}, {"${A}": "1", "same": "2"}])
def test_names_that_become_one_are_a_fault_with_its_place(tmp_path: Path, labels: dict[str, str]) -> None:
    for member in ({"dockerLabels": labels}, {"logConfiguration": {"logDriver": "awslogs", "options": labels}}):
        ran = render(tmp_path, one(**member), "--values", "A=same\nB=same")
        assert ran.returncode == 2
        assert "becomes the same name as another" in ran.stderr
        assert "td.json:1:" in ran.stderr


def two(**tokens: str) -> dict[str, object]:
    """A container of each name, with an API_TOKEN of its own."""
    containers = [
        {"name": name, "image": "nginx", "environment": [{"name": "API_TOKEN", "value": token}]} for name, token in tokens.items()
    ]
    return DEFINITION | {"executionRoleArn": "arn:aws:iam::123456789012:role/x", "containerDefinitions": containers}


CLASHES: dict[str, tuple[dict[str, object], str]] = {
    "an entry that is there": (
        one(environment=[{"name": "API_TOKEN", "value": "hunter2a"}], secrets=[{"name": "API_TOKEN", "valueFrom": "/theirs"}]),
        "API_TOKEN of app is defined in environment and in secrets",
    ),
    "names that differ by case": (
        one(environment=[{"name": "API_TOKEN", "value": "hunter2a"}, {"name": "Api_Token", "value": "hunter2a"}]),
        "API_TOKEN of app and Api_Token of app would both read /core/api_token",
    ),
    "two values of one name": (two(a="hunter2a", b="hunter2b"), "API_TOKEN of a and API_TOKEN of b would both read /core/api_token"),
}


@pytest.mark.parametrize(("definition", "words"), CLASHES.values(), ids=CLASHES)
def test_a_reference_takes_no_other_secrets_place(tmp_path: Path, definition: dict[str, object], words: str) -> None:
    definition = definition | {"executionRoleArn": "arn:aws:iam::123456789012:role/x"}
    ran = render(tmp_path, definition, "--plaintext-secrets", "reference", "--secrets-prefix", "/core")
    assert ran.returncode == 2
    assert ran.stderr.count("error:") == 1
    assert words in ran.stderr


def test_one_secret_of_two_containers_is_one_parameter(tmp_path: Path) -> None:
    definition = two(a="hunter2same", b="hunter2same")
    out = tmp_path / "out.json"
    ran = render(tmp_path, definition, "--plaintext-secrets", "reference", "--secrets-prefix", "/core", "--output-file", str(out))
    assert ran.returncode == 0, ran.stderr
    found = [container["secrets"] for container in json.loads(out.read_text())["containerDefinitions"]]
    assert found == [[{"name": "API_TOKEN", "valueFrom": "/core/api_token"}]] * 2


def in_shell(folder: Path, line: str, **environment: str) -> tuple[int, str, dict[str, object] | None]:
    """The exit code of `line`, what it said on stderr, and the file that it wrote. `$RENDER` renders to it, `$CLI` is the command line."""
    (folder / "td.json").write_text(json.dumps(DEFINITION))
    out = folder / "out.json"
    out.unlink(missing_ok=True)
    cli = f"'{sys.executable}' -m credex_actions"
    known = {"CLI": cli, "RENDER": f"{cli} render-task-definition --task-definition '{folder}/td.json' --image new"}
    script = line.replace("$RENDER", known["RENDER"]).replace("$CLI", known["CLI"]).replace("$OUT", str(out))
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    for noise in ("Traceback", "Exception ignored", "error in credex-actions"):
        assert noise not in ran.stderr
    return ran.returncode, ran.stderr, json.loads(out.read_text()) if out.exists() else None


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "true"}], ids=["person", "runner"])
@pytest.mark.parametrize("flag", ["", "--json"])
def test_what_cannot_be_printed_is_said_with_the_state_that_is_left(
    tmp_path: Path, where: str, environment: dict[str, str], flag: str
) -> None:
    code, said, written = in_shell(tmp_path, f"$RENDER {flag} --output-file $OUT {where}", **environment)
    assert code == 4
    assert "stdout: cannot be written to" in said
    assert f"State: everything else was done; task-definition is {tmp_path}/out.json" in said
    assert written is not None


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_a_definition_that_stdout_does_not_take_is_no_success(tmp_path: Path, where: str) -> None:
    code, said, _ = in_shell(tmp_path, f"$RENDER --output-file - {where}")
    assert code == 4
    assert "output-file: cannot be written to stdout" in said
    assert "State: nothing was changed" in said


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", ">&- 2>&-"])
def test_lost_words_never_stop_the_work(tmp_path: Path, where: str) -> None:
    code, _, written = in_shell(tmp_path, f"$RENDER --values UNUSED=1 --output-file $OUT {where}")
    assert code == 4
    assert written is not None


def test_a_reader_who_leaves_early_is_no_fault(tmp_path: Path) -> None:
    code, said, written = in_shell(tmp_path, "$RENDER --output-file $OUT | true")
    assert (code, said) == (0, "")
    assert written is not None
    assert in_shell(tmp_path, "$RENDER --output-file - | true")[:2] == (1, "")
    code, said, _ = in_shell(tmp_path, "$RENDER --json --output-file $OUT | true")
    assert (code, "so its output is lost" in said) == (4, True)
    assert in_shell(tmp_path, "$RENDER --bad --output-file $OUT 2>&1 | true")[:2] == (2, "")


@pytest.mark.parametrize(("line", "code"), [("$CLI --help >/dev/full", 4), ("$CLI --help >&-", 0), ("$CLI --help | true", 0)])
def test_help_that_nobody_can_read_is_no_traceback(tmp_path: Path, line: str, code: int) -> None:
    assert in_shell(tmp_path, line)[0] == code
