"""rotate-secrets from end to end, against the sandbox's AWS and GitHub."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.rotating import NAME, USER, Rotating

DAYS_0 = {"rotate-after": "90d", "grace": "0s", "watch": "0s"}


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Rotating:
    return Rotating(sandbox, github, tmp_path)


def test_an_access_key_is_replaced_everywhere_and_the_former_one_is_gone(rotating: Rotating) -> None:
    former = rotating.user()[0]
    rotating.sandbox.client("secretsmanager").create_secret(Name="credex/deployer", SecretString='{"region": "af-south-1"}')
    names = {"access-key-id": "AWS_ACCESS_KEY", "secret-access-key": "AWS_SECRET_ACCESS_KEY"}
    rotating.credentials["deployer"] = {
        "kind": "iam-access-key",
        "user": USER,
        **DAYS_0,
        "targets": [
            {"to": "github-secret", "environment": "development", "names": names, "marker": "AWS_KEY"},
            {"to": "github-secret", "dependabot": True, "names": {"json": "AWS_CREDENTIALS"}},
            {"to": "secrets-manager", "secret": "credex/deployer", "names": {"access-key-id": "id", "secret-access-key": "secret"}},
        ],
    }
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    new = rotating.escrowed("deployer")
    assert rotating.access_keys() == {new["access-key-id"]: "Active"}
    assert former["AccessKeyId"] != new["access-key-id"]
    assert rotating.github.secret(rotating.repository, "AWS_ACCESS_KEY", "development") == new["access-key-id"]
    assert rotating.github.secret(rotating.repository, "AWS_SECRET_ACCESS_KEY", "development") == new["secret-access-key"]
    assert rotating.repository.environments["development"].vault.variables["AWS_KEY"] == new["access-key-id"]
    assert new["secret-access-key"] in str(rotating.github.secret(rotating.repository, "AWS_CREDENTIALS", dependabot=True))
    assert rotating.stages("deployer") >= {"AWSCURRENT"}
    assert "AWSPENDING" not in rotating.stages("deployer")
    assert new["secret-access-key"] not in ended.stdout + ended.stderr + ended.summary
    again = rotating.call("apply")
    assert again.code == 0
    assert again.report["credentials"][0]["outcome"] == "fresh"
    places = {each["place"]: each["receipt"] for each in again.report["credentials"][0]["places"]}
    assert places[f"github:{NAME}:development:AWS_ACCESS_KEY"][:2] == "20", "GitHub's time of the last change"


def test_a_generated_secret_overlaps_the_former_value_until_the_grace_is_over(rotating: Rotating) -> None:
    rotating.parameter("/credex/development/jwt_secret", "the previous one")
    rotating.parameter("/credex/development/jwt_secret_previous", "older still")
    names = {"value": "/credex/development/jwt_secret", "previous": "/credex/development/jwt_secret_previous"}
    rotating.credentials["jwt"] = {
        "kind": "generated",
        **DAYS_0,
        "grace": "1h",
        "targets": [{"to": "ssm-parameter", "names": names}, {"to": "github-secret", "names": {"value": "JWT_SECRET"}}],
    }
    forced = rotating.call("apply", "--wait-minutes", "0")
    assert forced.code == 0, forced.stderr
    new = rotating.parameter_value("/credex/development/jwt_secret")
    assert new != "the previous one"
    assert rotating.parameter_value("/credex/development/jwt_secret_previous") == "the previous one"
    assert rotating.github.secret(rotating.repository, "JWT_SECRET") == new
    assert forced.report["credentials"][0]["outcome"] == "waiting"
    rotating.credentials["jwt"]["grace"] = "0s"
    finished = rotating.call("finish")
    assert finished.code == 0, finished.stderr
    assert rotating.parameter_value("/credex/development/jwt_secret_previous") == new


def test_a_copied_value_goes_wherever_it_differs(rotating: Rotating) -> None:
    rotating.parameter("/credex/development/rates")
    rotating.credentials["rates"] = {
        "kind": "copied",
        "from": "RATES_KEY",
        "targets": [{"to": "ssm-parameter", "names": {"value": "/credex/development/rates"}}],
    }
    refused = rotating.call("apply")
    assert refused.code == 0, "nothing is offered, and nothing is changed"
    assert refused.report["credentials"][0]["why"] == "RATES_KEY was not provided"
    rotating.more["RATES_KEY"] = "canary-third-party-1"
    assert rotating.call("apply").code == 0
    assert rotating.parameter_value("/credex/development/rates") == "canary-third-party-1"
    rotating.more["RATES_KEY"] = "canary-third-party-2"
    ended = rotating.call("apply")
    assert ended.code == 0
    assert rotating.parameter_value("/credex/development/rates") == "canary-third-party-2"
    assert "canary-third-party" not in ended.stdout + ended.stderr + ended.summary


def test_the_escrow_may_be_parameters(rotating: Rotating) -> None:
    rotating.user()
    rotating.parameter("/credex/development/key")
    rotating.rest["escrow"] = {"in": "ssm-parameter"}
    rotating.credentials["deployer"] = {
        "kind": "iam-access-key",
        "user": USER,
        **DAYS_0,
        "targets": [{"to": "ssm-parameter", "names": {"json": "/credex/development/key"}}],
    }
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    (key,) = rotating.access_keys()
    assert key in rotating.parameter_value("/credex/development/key")
    assert rotating.call("verify").code == 0
    assert rotating.call("apply", "--created-before", datetime.now(UTC).isoformat()).code == 0
    assert len(rotating.access_keys()) == 1
