"""What a target keeps as it is, and what it refuses: each place over the real client, against the sandbox."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.rotating import Rotating

VALUE = "canary-9f2c"


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Rotating:
    made = Rotating(sandbox, github, tmp_path)
    made.more["VALUE"] = VALUE
    return made


def copy_to(rotating: Rotating, *targets: dict[str, Any]) -> None:
    rotating.credentials["copied"] = {"kind": "copied", "from": "VALUE", "verify": {"successes": 1}, "targets": list(targets)}


def test_a_parameter_keeps_its_tier_its_description_its_tags_and_its_labels(rotating: Rotating) -> None:
    ssm = rotating.sandbox.client("ssm")
    tags = [{"Key": "team", "Value": "ledger"}]
    rotating.parameter("/x/value", kind="SecureString", Tier="Advanced", Description="what it is for", Tags=tags)
    ssm.label_parameter_version(Name="/x/value", ParameterVersion=1, Labels=["released"])
    copy_to(rotating, {"to": "ssm-parameter", "names": {"value": "/x/value"}})
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert rotating.parameter_value("/x/value") == VALUE
    known = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/x/value"]}])["Parameters"][0]
    assert (known["Type"], known["Tier"], known["Description"], known["Version"]) == ("SecureString", "Advanced", "what it is for", 2)
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/x/value")["TagList"] == tags
    assert ssm.get_parameter(Name="/x/value:released", WithDecryption=True)["Parameter"]["Value"] == "as it was"


def test_a_parameter_beyond_the_first_page_is_found_behind_an_empty_one(rotating: Rotating) -> None:
    for number in range(12):
        rotating.parameter(f"/other/{number}")
    rotating.parameter("/x/value", kind="SecureString")
    copy_to(rotating, {"to": "ssm-parameter", "names": {"value": "/x/value"}})
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert rotating.parameter_value("/x/value") == VALUE


def test_a_secrets_other_keys_stay_and_its_former_value_can_be_read(rotating: Rotating) -> None:
    manager = rotating.sandbox.client("secretsmanager")
    manager.create_secret(Name="app", SecretString=json.dumps({"value": "before", "region": "af-south-1"}))
    copy_to(rotating, {"to": "secrets-manager", "secret": "app", "names": {"value": "value"}})
    assert rotating.call("apply").code == 0
    assert json.loads(manager.get_secret_value(SecretId="app")["SecretString"]) == {"value": VALUE, "region": "af-south-1"}
    former = manager.get_secret_value(SecretId="app", VersionStage="AWSPREVIOUS")["SecretString"]
    assert json.loads(former)["value"] == "before"


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ({"SecretString": "no json"}, "is not a JSON object"),
        ({"SecretBinary": b"bytes"}, "contains binary data, not text"),
    ],
)
def test_a_secret_that_cannot_hold_it_is_refused(rotating: Rotating, secret: dict[str, Any], told: str) -> None:
    rotating.sandbox.client("secretsmanager").create_secret(Name="app", **secret)
    copy_to(rotating, {"to": "secrets-manager", "secret": "app", "names": {"value": "value"}})
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert told in ended.stderr


def test_all_that_is_wrong_with_the_targets_is_told_at_once(rotating: Rotating) -> None:
    copy_to(
        rotating,
        {"to": "ssm-parameter", "names": {"value": "/not/there"}},
        {"to": "secrets-manager", "secret": "not-there"},
        {"to": "github-secret", "environment": "nowhere", "names": {"value": "V"}},
        {"to": "github-secret", "organisation": "Great-Sun-Group", "names": {"value": "V"}},
        {"to": "env-file", "path": "no-folder/.env", "names": {"value": "V"}},
        {"to": "command", "name": "mine", "run": ["not-a-program"], "part": "value"},
    )
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    for words in (
        "the parameter does not exist",
        "the secret does not exist",
        "the environment nowhere",
        "the secret does not exist in the organization",
        "does not exist",
        "is not an executable program",
    ):
        assert words in ended.stderr
    assert rotating.sandbox.client("secretsmanager").list_secrets()["SecretList"] == [], "nothing was made, not even an escrow"


@pytest.mark.parametrize("environment", ["a/b", "with a space", "ünï"])
def test_an_environment_may_have_any_name(rotating: Rotating, environment: str) -> None:
    rotating.github.protect(rotating.repository, environment)
    copy_to(rotating, {"to": "github-secret", "environment": environment, "names": {"value": "V"}})
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert rotating.github.secret(rotating.repository, "V", environment) == VALUE


def test_an_app_that_may_not_write_secrets_is_told_which_permission_is_missing(rotating: Rotating) -> None:
    rotating.app = rotating.github.app({"metadata": "read", "contents": "read"}, slug="reader")
    copy_to(rotating, {"to": "github-secret", "names": {"value": "V"}})
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert "secrets" in ended.stderr.lower()
    assert "nothing was changed" in ended.stderr


def test_a_token_that_may_only_read_is_found_before_anything_is_made(rotating: Rotating) -> None:
    token = rotating.github.token({"metadata": "read", "secrets": "read"})
    rotating.more |= {"GH_TOKEN": token.text, "GH_APP_ID": "", "GH_APP_PRIVATE_KEY": ""}
    copy_to(rotating, {"to": "github-secret", "names": {"value": "V"}})
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert "access denied" in ended.stderr
    assert rotating.sandbox.client("secretsmanager").list_secrets()["SecretList"] == []


def test_an_env_file_keeps_everything_else(rotating: Rotating) -> None:
    real = rotating.folder / "real.env"
    real.write_text("# a comment\nexport OTHER='two\nlines'\nV=old\nLAST=1")
    os.symlink(real, rotating.folder / ".env")
    copy_to(rotating, {"to": "env-file", "path": ".env", "names": {"value": "V"}})
    assert rotating.call("apply").code == 0
    assert real.read_text() == f"# a comment\nexport OTHER='two\nlines'\nV={VALUE}\nLAST=1"
    assert (rotating.folder / ".env").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_side_by_side_writers_of_one_file_lose_no_line(rotating: Rotating) -> None:
    rotating.credentials = {
        f"value-{number}": {
            "kind": "generated",
            "verify": {"successes": 1},
            "targets": [{"to": "env-file", "path": ".env", "names": {"value": f"V{number}"}}],
        }
        for number in range(12)
    }
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    lines = (rotating.folder / ".env").read_text().splitlines()
    assert sorted(line.partition("=")[0] for line in lines) == sorted(f"V{number}" for number in range(12))


def program(rotating: Rotating, name: str, text: str) -> list[str]:
    path = rotating.folder / name
    path.write_text(text)
    return [sys.executable, str(path)]


def test_a_program_gets_the_value_on_its_standard_input_alone(rotating: Rotating) -> None:
    store = program(
        rotating,
        "store.py",
        "import os, sys\nvalue = sys.stdin.read()\nassert value not in ' '.join(sys.argv)\n"
        "open('stored', 'w').write(value)\nopen('seen', 'w').write(open('/proc/self/cmdline').read())\n",
    )
    copy_to(rotating, {"to": "command", "name": "mine", "run": store, "part": "value"})
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert (rotating.folder / "stored").read_text() == VALUE
    assert VALUE not in (rotating.folder / "seen").read_text()
    assert rotating.call("apply").report["credentials"][0]["outcome"] == "fresh", "its receipt is in the escrow"


def test_a_credential_of_ones_own_is_made_tried_and_ended_by_programs(rotating: Rotating) -> None:
    create = program(
        rotating,
        "create.py",
        "import json, sys\nprint(json.dumps({'token': 'canary-' + json.load(sys.stdin)['id']}))\nsys.stderr.write('canary')\n",
    )
    check = program(rotating, "check.py", "import json, sys\nassert json.load(sys.stdin)['token'].startswith('canary-')\n")
    revoke = program(rotating, "revoke.py", "import json, sys\nopen('revoked', 'a').write(json.load(sys.stdin)['token'] + '\\n')\n")
    rotating.parameter("/x/token")
    rotating.credentials["own"] = {
        "kind": "command",
        "create": create,
        "verify-with": check,
        "revoke": revoke,
        "grace": "0s",
        "verify": {"successes": 1},
        "targets": [{"to": "ssm-parameter", "names": {"token": "/x/token"}}],
    }
    first = rotating.call("apply")
    assert first.code == 0, first.stderr
    token = rotating.parameter_value("/x/token")
    assert token.startswith("canary-")
    again = rotating.call("apply", "--created-before", first.report["began"].replace("+00:00", "Z"))
    assert again.code == 0, again.stderr
    assert rotating.parameter_value("/x/token") == token
    rotating.credentials["own"]["rotate-after"] = "0s"
    second = rotating.call("apply")
    assert second.code == 0, second.stderr
    assert rotating.parameter_value("/x/token") != token
    assert (rotating.folder / "revoked").read_text() == f"{token}\n"
    assert "canary" not in first.stdout + first.stderr + second.stdout + second.stderr + second.summary


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print('no json')", "did not print a JSON object of strings"),
        ("raise SystemExit(7)", "exited with code 7"),
        ("print('{\"a\": 1}')", "did not print a JSON object of strings"),
    ],
)
def test_a_program_that_fails_changes_nothing(rotating: Rotating, text: str, told: str) -> None:
    bad = program(rotating, "bad.py", text)
    rotating.credentials["own"] = {"kind": "command", "create": bad, "verify-with": bad}
    ended = rotating.call("apply")
    assert ended.code == 1, ended.stderr
    assert told in ended.stderr


@pytest.mark.parametrize("form", ["hex", "base64", "text", "rsa-pem", "ed25519-pem"])
def test_a_drawn_value_has_its_form(rotating: Rotating, form: str) -> None:
    part = "private-key" if form.endswith("pem") else "value"
    rotating.parameter("/x/drawn")
    rotating.credentials["drawn"] = {
        "kind": "generated",
        "format": form,
        "verify": {"successes": 1},
        "targets": [{"to": "ssm-parameter", "names": {part: "/x/drawn"}}],
    }
    assert rotating.call("apply").code == 0
    value = rotating.parameter_value("/x/drawn")
    match form:
        case "hex":
            assert len(bytes.fromhex(value)) == 32
        case "base64":
            assert len(value) == 44
        case "text":
            assert len(value) == 40
            assert value.isalnum()
        case _:
            assert value.startswith("-----BEGIN PRIVATE KEY-----")


def test_values_handed_in_come_before_the_environments_and_show_nowhere(rotating: Rotating) -> None:
    rotating.parameter("/x/value")
    copy_to(rotating, {"to": "ssm-parameter", "names": {"value": "/x/value"}})
    handed = rotating.folder / "handed"
    handed.write_text(json.dumps({"VALUE": 'handed-canary with\nlines and "quotes"', "UNUSED": "unused-canary"}))
    ended = rotating.call("apply", "--copied-values-file", str(handed))
    assert ended.code == 0, ended.stderr
    assert rotating.parameter_value("/x/value") == 'handed-canary with\nlines and "quotes"'
    assert "canary" not in ended.stdout + ended.stderr + ended.summary
