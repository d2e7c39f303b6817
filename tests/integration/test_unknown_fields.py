"""A field that ECS takes and botocore's model does not know goes past the model into the request, and is read back from ECS's answer.

The sandbox's ECS passes over what botocore does not know, as ECS does with what it does not know itself; so here stands one that knows more.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.pages import Pages, on_loopback

FIELDS = "$.containerDefinitions[*].warmPool, $.paceOfTask"
ARN = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop"


@dataclass
class NewerEcs:
    """Keeps the revisions of one family just as they were sent."""

    folder: Path
    url: str = ""
    revisions: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if operation == "RegisterTaskDefinition":
            self.revisions.append(request)
            return self.answer("DescribeTaskDefinition", {})
        if operation == "DescribeTaskDefinition" and self.revisions:
            number = len(self.revisions)
            made = {"revision": number, "status": "ACTIVE", "taskDefinitionArn": f"{ARN}:{number}", "fieldOfAnAnswer": 1}
            return 200, {"taskDefinition": {**self.revisions[-1], **made}}
        return 400, {"__type": "ClientException", "message": "Unable to describe task definition."}

    def run(self, command: str, *flags: str) -> "subprocess.CompletedProcess[str]":
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
        aws = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": self.url}
        line = [sys.executable, "-m", "credex_actions", command, *flags]
        return subprocess.run(line, env={**own, **aws}, cwd=self.folder, capture_output=True, text=True, check=False)

    def deploy(self, size: int, *flags: str) -> dict[str, Any]:
        container = {"name": "web", "image": "web:1", "memory": 8, "warmPool": {"size": size, "kept": [], "none": None}}
        definition = {"family": "shop", "paceOfTask": "", "containerDefinitions": [None, container]}  # null moves what comes after it
        path = self.folder / "td.json"
        path.write_text(json.dumps(definition))
        ran = self.run("deploy-task-definition", "--task-definition", str(path), "--no-verify", "--json", *flags)
        assert "Traceback" not in ran.stderr
        told: dict[str, Any] = json.loads(ran.stdout)
        return {**told, "code": ran.returncode}


@pytest.fixture
def ecs(tmp_path: Path) -> Iterator[NewerEcs]:
    newer = NewerEcs(tmp_path)

    class Newer(Pages):
        def reply(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = newer.answer(self.headers["X-Amz-Target"].rpartition(".")[2], request)
            self.answer(status, json.dumps(answer).encode(), "application/x-amz-json-1.1")

    with on_loopback(Newer) as newer.url:
        yield newer


def test_an_unknown_field_is_sent_as_it_stands_and_tells_revisions_apart(ecs: NewerEcs) -> None:
    first = ecs.deploy(1, "--unknown-fields", FIELDS)
    assert (first["code"], first["outcome"]) == (0, "registered")
    container = {"name": "web", "image": "web:1", "memory": 8, "warmPool": {"size": 1, "kept": [], "none": None}}
    assert ecs.revisions == [{"family": "shop", "containerDefinitions": [container], "paceOfTask": ""}]
    again = ecs.deploy(1, "--unknown-fields", FIELDS)
    assert (again["code"], again["outcome"]) == (0, "unchanged")
    other = ecs.deploy(2, "--unknown-fields", FIELDS)
    assert (other["code"], other["outcome"], other["task-definition-arn"]) == (0, "registered", f"{ARN}:2")


def test_an_unknown_field_that_nobody_named_is_refused_with_its_remedy(ecs: NewerEcs) -> None:
    [fault] = (refused := ecs.deploy(1))["report"]["faults"]
    assert (refused["code"], fault["where"]) == (2, "$.containerDefinitions[1].warmPool")
    assert "list it in unknown-fields" in fault["hint"]
    assert ecs.revisions == []


def test_a_revision_with_an_unknown_field_is_rendered_with_it(ecs: NewerEcs) -> None:
    ecs.deploy(1, "--unknown-fields", FIELDS)
    target = ecs.folder / "again.json"
    flags = ("--task-definition-family", "shop", "--image", "web:2", "--unknown-fields", FIELDS, "--output-file", str(target))
    ran = ecs.run("render-task-definition", *flags)
    assert ran.returncode == 0, ran.stderr
    definition = json.loads(target.read_text())
    assert definition["containerDefinitions"][0]["warmPool"] == {"size": 1, "kept": [], "none": None}
    assert definition["paceOfTask"] == ""
    assert "fieldOfAnAnswer" not in definition
