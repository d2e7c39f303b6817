"""Preflight against the sandbox's IAM, ECR, SSM, Secrets Manager, logs and EC2."""

import json
from collections import Counter
from typing import Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding
from credex_actions.ecs.preflight.looking import preflight
from credex_actions.sandbox import Provisioned, Sandbox

CANARY = "canary-4d1f"


@pytest.fixture
def place(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Provisioned:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return sandbox.provision(desired_count=1, wait=False)


def look(sandbox: Sandbox, place: Provisioned, definition: dict[str, Any]) -> list[Finding]:
    service = sandbox.client("ecs").describe_services(cluster=place.cluster, services=[place.service])["services"][0]
    sandbox.reset_calls()
    return preflight(Clients(max_retries=0), definition, service)


def with_secrets(place: Provisioned, **targets: str) -> dict[str, Any]:
    definition = place.definition()
    definition["containerDefinitions"][0]["secrets"] = [{"name": name, "valueFrom": target} for name, target in targets.items()]
    return definition


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject.split()[1]: finding.state for finding in findings if finding.subject.startswith("secret ")}


def test_what_is_all_there_has_no_fault_and_nothing_is_skipped(sandbox: Sandbox, place: Provisioned) -> None:
    findings = look(sandbox, place, place.definition())
    assert {finding.state for finding in findings} == {"ok"}
    assert len(findings) >= 9


def test_every_value_from_is_looked_up_and_no_value_is_shown(sandbox: Sandbox, place: Provisioned) -> None:
    manager, parameters = sandbox.client("secretsmanager"), sandbox.client("ssm")
    good = manager.create_secret(Name="good", SecretString=json.dumps({"first": CANARY, "second": CANARY}))["ARN"]
    text = manager.create_secret(Name="text", SecretString=CANARY)["ARN"]
    deleted = manager.create_secret(Name="deleted", SecretString=json.dumps({"first": CANARY}))["ARN"]
    manager.delete_secret(SecretId=deleted, RecoveryWindowInDays=7)
    parameters.put_parameter(Name="/credex/a", Value=CANARY, Type="SecureString")
    parameters.put_parameter(Name="bare", Value=CANARY, Type="String")
    ours = f"arn:aws:ssm:{sandbox.region}:{sandbox.account}:parameter"
    findings = look(
        sandbox,
        place,
        with_secrets(
            place,
            WHOLE=good,
            FIRST=f"{good}:first::",
            SECOND=f"{good}:second:AWSCURRENT:",
            NO_KEY=f"{good}:third::",
            NO_JSON=f"{text}:first::",
            DELETED=f"{deleted}:first::",
            NO_SECRET=good.replace("good", "typo"),
            FOREIGN_SECRET=good.replace(sandbox.account, "999999999999").replace("good", "theirs"),
            PARAMETER="/credex/a",
            PARAMETER_ARN=f"{ours}/credex/a",
            BARE_ARN=f"{ours}/bare",
            NO_PARAMETER="/credex/typo",
            FOREIGN_PARAMETER=f"{ours}/bare".replace(sandbox.account, "999999999999"),
            ELSEWHERE="arn:aws:s3:::bucket",
            EMPTY="",
        ),
    )
    assert states(findings) == {
        "WHOLE": "ok",
        "FIRST": "ok",
        "SECOND": "ok",
        "NO_KEY": "fault",
        "NO_JSON": "fault",
        "DELETED": "fault",
        "NO_SECRET": "fault",
        "FOREIGN_SECRET": "skipped",
        "PARAMETER": "ok",
        "PARAMETER_ARN": "ok",
        "BARE_ARN": "ok",
        "NO_PARAMETER": "fault",
        "FOREIGN_PARAMETER": "skipped",
        "ELSEWHERE": "skipped",
        "EMPTY": "fault",
    }
    assert CANARY not in repr(findings)


def test_faults_point_at_what_names_the_thing(sandbox: Sandbox, place: Provisioned) -> None:
    findings = look(sandbox, place, with_secrets(place, A="/credex/typo"))
    assert [finding.path for finding in findings if finding.state == "fault"] == [("containerDefinitions", 0, "secrets", 0, "valueFrom")]


def test_nothing_is_asked_twice(sandbox: Sandbox, place: Provisioned) -> None:
    secret = sandbox.client("secretsmanager").create_secret(Name="all", SecretString=json.dumps({"a": "1", "b": "2", "c": "3"}))["ARN"]
    definition = with_secrets(place, **{key: f"{secret}:{key}::" for key in "abc"})
    second = definition["containerDefinitions"][0] | {"name": "second", "essential": False, "portMappings": []}
    definition["containerDefinitions"].append(second)
    look(sandbox, place, definition)
    calls = Counter(call.operation for call in sandbox.calls())
    once = ("DescribeSecret", "GetSecretValue", "BatchGetImage", "DescribeLogGroups", "DescribeTargetGroups")
    assert {operation: calls[operation] for operation in once} == dict.fromkeys(once, 1)


def test_only_reads_are_sent(sandbox: Sandbox, place: Provisioned) -> None:
    look(sandbox, place, with_secrets(place, A="/credex/a"))
    assert {
        call.operation for call in sandbox.calls() if not call.operation.startswith(("Get", "Describe", "List", "BatchGet", "Head"))
    } == set()


@pytest.mark.parametrize(
    ("operation", "subject"),
    [
        ("BatchGetImage", "image of"),
        ("GetParameters", "secret A"),
        ("DescribeLogGroups", "log group"),
        ("DescribeTargetGroups", "target group"),
        ("DescribeSecurityGroups", "security group"),
    ],
)
@pytest.mark.parametrize("kind", ["access-denied", "drop-before"])
def test_what_cannot_be_read_is_said_and_skipped(sandbox: Sandbox, place: Provisioned, operation: str, subject: str, kind: str) -> None:
    sandbox.fault(operation, 1, kind)
    findings = (
        look(sandbox, place, with_secrets(place, A="/credex/a"))
        if operation == "GetParameters"
        else look(sandbox, place, place.definition())
    )
    assert [finding.subject.startswith(subject) for finding in findings if finding.state != "ok"] == [True]
    assert [finding.state for finding in findings if finding.state != "ok"] == ["skipped"]


def test_an_image_for_another_processor_is_a_fault(sandbox: Sandbox, place: Provisioned) -> None:
    arm = sandbox.push_image(place.repository, "arm", platform="linux/arm64")
    both = sandbox.push_image(place.repository, "both", platform="linux/arm64,linux/amd64")
    found = {image: [each for each in look(sandbox, place, place.definition(image)) if each.state == "fault"] for image in (arm, both)}
    assert [each.what for each in found[arm]] == [f"{arm} is built for linux/arm64, the tasks run on linux/amd64"]
    assert found[both] == []


def test_credentials_of_a_registry_by_name_are_no_parameter(sandbox: Sandbox, place: Provisioned) -> None:
    definition = place.definition("docker.io/library/node:20")
    definition["containerDefinitions"][0]["repositoryCredentials"] = {"credentialsParameter": "registry-login"}
    findings = look(sandbox, place, definition)
    assert [(finding.subject, finding.state) for finding in findings if finding.state != "ok"] == [
        ("image of credex-core", "skipped"),
        ("registry credentials of credex-core", "skipped"),
    ]
