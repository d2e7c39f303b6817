"""Which of the inputs that name a task definition counts, and what AWS is asked with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.aws.clients import own_session
from credex_actions.declarations.render_task_definition import Inputs
from credex_actions.ecs.definition.source import Source, choose


def chosen(**inputs: str) -> tuple[Source | None, dict[str, str], list[str]]:
    source, faults, notices = choose(Inputs(**inputs))  # type: ignore[arg-type]
    return source, {fault.where: fault.what for fault in faults}, [notice.where for notice in notices]


def test_the_first_of_file_arn_and_family_counts() -> None:
    everything = {"task_definition_arn": "shop:2", "task_definition_family": "shop", "task_definition_revision": "3"}
    ignored = ["task-definition-arn", "task-definition-family", "task-definition-revision"]
    assert chosen(task_definition="td.json", **everything) == (Source("task-definition", "td.json"), {}, ignored)
    assert chosen(**everything) == (Source("task-definition-arn", "shop:2"), {}, ignored[1:])
    del everything["task_definition_arn"]
    assert chosen(**everything) == (Source("task-definition-family", "shop:3"), {}, [])


def test_a_file_goes_before_a_revision_that_is_none() -> None:
    assert chosen(task_definition="td.json", task_definition_revision="10abc")[1:] == ({}, ["task-definition-revision"])


@pytest.mark.parametrize("revision", ["10abc", "0", "-1", "latest", "1.0", "²"])
def test_a_revision_is_a_whole_number(revision: str) -> None:
    _, faults, _ = chosen(task_definition_family="shop", task_definition_revision=revision)
    assert faults == {"task-definition-revision": f"'{revision}' is not a revision number"}


def test_a_revision_alone_is_told_by_its_own_name() -> None:
    assert chosen(task_definition_revision="3")[1] == {"task-definition-revision": "is set without task-definition-family"}


def test_nothing_given_is_told() -> None:
    assert chosen()[1] == {"task-definition": "is missing"}


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
    ],
)
def test_the_region_is_aws_region_then_the_default(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], region: str) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert own_session().region_name == region


def command(*arguments: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        [sys.executable, "-m", "credex_actions", *arguments],
        env={**own, **keys, "HOME": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


EMPTY = dict.fromkeys(
    ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS"), ""
)


@pytest.mark.parametrize(
    "arguments",
    [
        ("render-task-definition", "--task-definition-family", "shop"),
        ("deploy-task-definition", "--task-definition-arn", "shop:1"),
        ("verify-deployment", "--service", "web"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_empty_settings_of_aws_are_not_given(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    told = command(*arguments, folder=tmp_path, **EMPTY)
    assert told.returncode == 2
    assert "no AWS region is set" in told.stderr


def test_the_profiles_region_counts_where_the_environment_has_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-1\n")
    told = command(
        "render-task-definition",
        "--task-definition-family",
        "shop",
        folder=tmp_path,
        AWS_DEFAULT_REGION="",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
    )
    assert (told.returncode, "AWS cannot be reached" in told.stderr) == (4, True)


def test_blanks_around_settings_of_aws_are_cut(tmp_path: Path) -> None:
    settings = {"AWS_REGION": "eu-west-1\n", "AWS_ENDPOINT_URL": "http://127.0.0.1:9 ", "AWS_SESSION_TOKEN": " canary-token\n"}
    told = command("render-task-definition", "--task-definition-family", "shop", folder=tmp_path, **settings)
    assert (told.returncode, "Could not connect to the endpoint URL" in told.stderr) == (4, True)


def test_a_token_of_two_lines_is_told_and_not_shown(tmp_path: Path) -> None:
    settings = {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_SESSION_TOKEN": "canary\ntoken"}
    for arguments in (
        ("render-task-definition", "--task-definition-family", "shop"),
        ("deploy-task-definition", "--task-definition-arn", "shop:1"),
    ):
        told = command(*arguments, folder=tmp_path, **settings)
        assert (told.returncode, "contain a line break" in told.stderr) == (2, True)
        assert "canary" not in told.stdout + told.stderr


@pytest.mark.parametrize("name", ["render-task-definition", "deploy-task-definition"])
def test_a_profile_that_nobody_has_is_told(tmp_path: Path, name: str) -> None:
    flag = "--task-definition-family" if name.startswith("render") else "--task-definition-arn"
    told = command(name, flag, "shop", folder=tmp_path, AWS_PROFILE="nobody", AWS_REGION="eu-west-1")
    assert told.returncode == 2
    assert "The config profile (nobody) could not be found" in told.stderr


def test_an_address_of_aws_that_is_none_is_told(tmp_path: Path) -> None:
    told = command(
        "render-task-definition", "--task-definition-family", "shop", folder=tmp_path, AWS_REGION="eu-west-1", AWS_ENDPOINT_URL="nowhere"
    )
    assert told.returncode == 2
    assert "Invalid endpoint: nowhere" in told.stderr
    assert "credex-actions itself" not in told.stderr


@pytest.mark.parametrize("in_actions", [{}, {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/w"}], ids=["a shell", "a job"])
def test_a_folder_that_is_gone_is_told(tmp_path: Path, in_actions: dict[str, str]) -> None:
    definition = tmp_path / "td.json"
    definition.write_text(json.dumps({"family": "shop", "containerDefinitions": [{"name": "web", "image": "a:1", "memory": 8}]}))

    def render(*arguments: str) -> Any:
        gone = tmp_path / "gone"
        gone.mkdir()
        script = 'cd gone && rmdir ../gone && exec "$@"'
        line = ["bash", "-c", script, "-", sys.executable, "-m", "credex_actions", "render-task-definition", *arguments]
        return subprocess.run(line, env={**os.environ, **in_actions}, cwd=tmp_path, capture_output=True, text=True, check=False)

    told = render("--task-definition", "td.json")
    assert told.returncode == 2
    assert "The working directory of this step no longer exists" in told.stdout + told.stderr
    told = render("--task-definition", str(definition), "--output-file", "out.json")
    assert told.returncode == 2
    assert "cannot be written: No such file or directory" in told.stdout + told.stderr
    assert render("--task-definition", str(definition), "--output-file", str(tmp_path / "out.json")).returncode == 0


def test_faults_of_the_file_are_told_beside_an_input_that_cannot_be_read(tmp_path: Path) -> None:
    container = {"name": "web", "image": "", "memory": "${MEMORY}", "cpu": "many"}
    (tmp_path / "td.json").write_text(json.dumps({"family": "shop", "networkMod": "awsvpc", "containerDefinitions": [container]}))
    for name, flag in (("render-task-definition", "--exclusive=maybe"), ("deploy-task-definition", "--verify=maybe")):
        told = command(name, "--task-definition", "td.json", flag, "--json", folder=tmp_path)
        assert told.returncode == 2
        assert [each["where"] for each in json.loads(told.stdout)["report"]["faults"]] == [
            flag[2:].partition("=")[0],
            "$.networkMod",
            "$.containerDefinitions[0].cpu",
        ]


@pytest.mark.parametrize(
    ("text", "words"), [("{", "the JSON ends before it is complete"), ("[]", "is not a task definition"), (None, "the file does not exist")]
)
def test_a_file_that_is_none_is_told_beside_it(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "td.json").write_text(text)
    told = command("render-task-definition", "--task-definition", "td.json", "--exclusive=maybe", folder=tmp_path)
    assert told.returncode == 2
    assert "is not a boolean" in told.stderr
    assert words in told.stderr


@pytest.mark.parametrize("absolute", [True, False])
def test_only_of_a_relative_path_it_is_said_what_it_is_relative_to(tmp_path: Path, *, absolute: bool) -> None:
    told = command("render-task-definition", "--task-definition", str(tmp_path / "td.json") if absolute else "td.json", folder=tmp_path)
    assert told.returncode == 2
    assert ("The path is relative to" in told.stderr) is not absolute
