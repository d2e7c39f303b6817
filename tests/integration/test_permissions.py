"""Calls that few runs make, by the command line: the policies allow them (tests/recording.py), and that they are made is why they are in there."""

import json
import signal
import time
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.deploying import Deploying
from tests.integration.rotating import Rotating
from tests.integration.test_codedeploy import Bench, bench
from tests.integration.warm import Command
from tests.recording import COMMAND, operation_of

__all__ = ["bench"]


def called(sandbox: Sandbox, command: str) -> set[str]:
    calls = ((COMMAND.search(call.who), call) for call in sandbox.calls())
    return {f"{call.service}:{operation_of(call)}" for found, call in calls if found and found["command"] == command}


def test_rendering_from_ecs_and_comparing_reads_one_thing(deploying: Deploying) -> None:
    words = [
        "--task-definition-family",
        deploying.place.family,
        "--keep-image",
        "--compare-with",
        deploying.place.family,
        "--output-file",
        "out.json",
    ]
    process = Command("render-task-definition", *words, "--json", cwd=deploying.folder, env=deploying.environment)
    assert deploying.ended(process).code == 0
    assert called(deploying.sandbox, "render-task-definition") == {"ecs:DescribeTaskDefinition"}


def test_preflight_reads_secrets_parameters_and_environment_files(deploying: Deploying) -> None:
    sandbox = deploying.sandbox
    secret = sandbox.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"password": "x"}))["ARN"]
    sandbox.client("ssm").put_parameter(Name="/credex/a", Value="x", Type="SecureString")
    sandbox.client("s3").create_bucket(Bucket="settings", CreateBucketConfiguration={"LocationConstraint": sandbox.region})
    sandbox.client("s3").put_object(Bucket="settings", Key="a.env", Body=b"A=1")
    definition = deploying.place.definition(deploying.image("next"))
    definition["containerDefinitions"][0] |= {
        "secrets": [{"name": "PASSWORD", "valueFrom": f"{secret}:password::"}, {"name": "A", "valueFrom": "/credex/a"}],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/a.env"}],
    }
    path = deploying.folder / "with-secrets.json"
    path.write_text(json.dumps(definition))
    place = ["--service", deploying.place.service, "--cluster", deploying.place.cluster, "--dry-run"]
    ended = deploying.call("--task-definition", str(path), *place)
    assert ended.code == 0, ended.stderr
    assert called(sandbox, "deploy-task-definition") >= {
        "s3:HeadObject",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameters",
    }


@pytest.mark.usefixtures("bench")
def test_a_deployment_of_codedeploy_is_looked_for_and_stopped(bench: Bench, tmp_path: Path) -> None:
    bench.group()
    deploying = Deploying(bench.sandbox, bench.where, tmp_path)
    bench.sandbox.fault("CreateDeployment", nth=1, kind="drop-after")
    with deploying.started(*deploying.arguments("slow-start-60s", "--on-cancel", "rollback")) as process:
        bench.sandbox.until(
            lambda: "codedeploy:BatchGetDeployments" in called(bench.sandbox, "deploy-task-definition"), "the look for it", 30
        )
        process.send_signal(signal.SIGINT)
        ended = deploying.ended(process)
    assert ended.code == 130, ended.stderr
    assert called(bench.sandbox, "deploy-task-definition") >= {
        "codedeploy:CreateDeployment",
        "codedeploy:GetDeploymentGroup",
        "codedeploy:ListDeployments",
        "codedeploy:StopDeployment",
    }


def test_a_rotation_follows_the_deployment_that_it_starts(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> None:
    place = sandbox.provision(desired_count=1, load_balancer=False)
    time.sleep(1.1)  # what runs was there before
    rotating = Rotating(sandbox, github, tmp_path)
    rotating.parameter("/credex/development/value")
    rotating.credentials["jwt"] = {
        "kind": "generated",
        "targets": [{"to": "ssm-parameter", "names": {"value": "/credex/development/value"}}],
        "used-by": [{"is": "ecs-service", "cluster": place.cluster, "service": place.service}],
    }
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert called(sandbox, "rotate-secrets") >= {"ecs:UpdateService", "ecs:ListServiceDeployments", "ecs:DescribeTaskDefinition"}


def test_a_parameter_of_a_hundred_versions_is_looked_at_more_closely(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> None:
    rotating = Rotating(sandbox, github, tmp_path)
    rotating.parameter("/credex/development/value")
    ssm = sandbox.client("ssm")
    for number in range(99):
        ssm.put_parameter(Name="/credex/development/value", Value=str(number), Type="SecureString", Overwrite=True)
    rotating.credentials["jwt"] = {
        "kind": "generated",
        "targets": [{"to": "ssm-parameter", "names": {"value": "/credex/development/value"}}],
    }
    assert rotating.call("apply").code == 0
    assert "ssm:GetParameterHistory" in called(sandbox, "rotate-secrets")
