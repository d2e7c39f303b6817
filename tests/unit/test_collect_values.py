"""The step that puts the placeholders' values together: as a process, as the composite action runs it."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Collected(NamedTuple):
    """What the step said, and the values that it passed on: those that everybody may read, and the secrets."""

    done: subprocess.CompletedProcess[str]
    open: dict[str, str]
    secret: dict[str, str]


def collect(tmp_path: Path, **given: str) -> Collected:
    output = tmp_path / "output"
    output.touch()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), **given}
    script = ROOT / ".github" / "actions" / "collect-values" / "collect.py"
    done = subprocess.run([sys.executable, script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = output.read_text().splitlines()
    handed = {line.partition("<<")[0]: json.loads(value or "{}") for line, value in itertools.pairwise(lines) if "<<" in line}
    return Collected(done, handed.get("values", {}), handed.get("secret-values", {}))


def all_secrets(**secrets: str) -> str:
    return json.dumps({"github_token": "canary-token", **secrets})


def test_of_all_secrets_only_the_listed_ones_are_handed_on(tmp_path: Path) -> None:
    done, plain, secret = collect(
        tmp_path, ALL_SECRETS=all_secrets(JWT_SECRET="canary-jwt", OTHER="canary-other"), INPUT_SECRET_NAMES="JWT_SECRET"
    )
    assert (done.returncode, plain, secret) == (0, {}, {"JWT_SECRET": "canary-jwt"})
    assert "canary-other" not in done.stdout
    assert "canary-token" not in done.stdout


def test_each_secret_is_masked_before_anything_else_is_said(tmp_path: Path) -> None:
    secret = 'first "quoted" line\nsecond line'
    done, plain, secrets = collect(tmp_path, ALL_SECRETS=all_secrets(PEM=secret), INPUT_SECRET_NAMES="PEM", INPUT_VALUES="A=b")
    assert (plain, secrets) == ({"A": "b"}, {"PEM": secret})
    said = done.stdout.splitlines()
    assert {'::add-mask::first "quoted" line', "::add-mask::second line"} <= set(said)
    assert f"::add-mask::{json.dumps(secret)[1:-1]}" in said
    assert [line for line in said if not line.startswith("::add-mask::")] == ["values: A", "secret-values: PEM"]


def test_a_secret_too_short_to_be_masked_is_masked_with_its_name_as_the_next_step_is_given_it(tmp_path: Path) -> None:
    done, _, secrets = collect(tmp_path, SECRET_VALUES="PIN=12\nEMPTY=")
    masks = [line.removeprefix("::add-mask::") for line in done.stdout.splitlines() if line.startswith("::add-mask::")]
    assert '"PIN": "12"' in masks
    assert not any(mask in {"12", "PIN"} for mask in masks)
    assert '"PIN": "12"' in json.dumps(secrets)


def test_open_values_are_not_masked_so_that_production_stays_readable(tmp_path: Path) -> None:
    done, *_ = collect(tmp_path, INPUT_VALUES="NODE_ENV=production")
    assert "add-mask" not in done.stdout


def test_what_the_caller_composed_may_be_lines_or_json(tmp_path: Path) -> None:
    expected = {"A": "x=y", "B": "two"}
    for text in ("A=x=y\nB=two", json.dumps(expected)):
        done, plain, secret = collect(tmp_path, SECRET_VALUES=text)
        assert (done.returncode, plain, secret) == (0, {}, expected)
        (tmp_path / "output").write_text("")


def test_the_image_fills_its_placeholder_where_there_is_one(tmp_path: Path) -> None:
    assert collect(tmp_path, INPUT_IMAGE="repo:1", INPUT_IMAGE_PLACEHOLDER="CONTAINER_IMAGE").open == {"CONTAINER_IMAGE": "repo:1"}
    (tmp_path / "output").write_text("")
    assert collect(tmp_path, INPUT_IMAGE="repo:1").open == {}


def test_every_fault_is_told_at_once_and_nothing_is_handed_on(tmp_path: Path) -> None:
    done, *handed = collect(
        tmp_path,
        ALL_SECRETS=all_secrets(JWT_SECRET="canary"),
        INPUT_SECRET_NAMES="JWT_SECERT, JWT_SECRET, MISSING",
        INPUT_VALUES="JWT_SECRET=open",
    )
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error::")]
    assert (done.returncode, handed, len(errors)) == (2, [{}, {}], 3)
    assert "Did you mean JWT_SECRET?" in errors[0]
    assert "MISSING" in errors[1]
    assert "JWT_SECRET is set twice: in the input values and in secret-names" in errors[2]
    assert "canary" not in "".join(errors)


def test_a_secret_that_is_not_lines_of_name_and_value_is_refused_without_showing_it(tmp_path: Path) -> None:
    done, *_ = collect(tmp_path, SECRET_VALUES="canary-without-a-name")
    assert done.returncode == 2
    assert "canary" not in done.stdout + done.stderr


def test_a_value_of_several_lines_is_not_split_and_not_shown(tmp_path: Path) -> None:
    wrapped = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB"
    done, *handed = collect(tmp_path, SECRET_VALUES=f"PEM={wrapped}\ncanaryCANARYcanary123a==")
    assert (done.returncode, handed) == (2, [{}, {}])
    assert "JSON or YAML mapping" in done.stdout
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("odd", ["can\0ary", "can\ud800ary"])
def test_what_no_container_can_be_given_is_told_and_not_handed_on(tmp_path: Path, odd: str) -> None:
    for given, where in (
        ({"ALL_SECRETS": all_secrets(KEY=odd), "INPUT_SECRET_NAMES": "KEY"}, "secret-names"),
        ({"SECRET_VALUES": json.dumps({"KEY": odd})}, "the secret values"),
        ({"INPUT_VALUES": json.dumps({"KEY": odd})}, "the input values"),
    ):
        done, *handed = collect(tmp_path, **given)
        assert (done.returncode, handed, done.stderr) == (2, [{}, {}], "")
        [fault] = [line for line in done.stdout.splitlines() if line.startswith("::error::")]
        assert fault.startswith(f"::error::{where}: KEY contains a NUL or half a surrogate pair")
