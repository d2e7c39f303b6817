"""Trouble at every write of a rotation, then the same command once more: one value everywhere, one key, nothing orphaned."""

import os
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.rotating import USER, Rotating

pytestmark = pytest.mark.slow

AWS_WRITES = [
    ("DeleteAccessKey", 1),  # preflight's try
    ("PutParameter", 1),  # preflight's try
    ("CreateSecret", 1),
    ("PutSecretValue", 1),  # the intent
    ("CreateAccessKey", 1),
    ("PutSecretValue", 2),  # the new key
    ("PutParameter", 2),
    ("TagResource", 1),  # the receipts
    ("UpdateSecretVersionStage", 1),  # promoted
    ("UpdateSecretVersionStage", 2),  # settled
    ("UpdateAccessKey", 1),
    ("TagResource", 2),
    ("DeleteAccessKey", 2),
]
GITHUB_WRITES = [
    ("update-environment-variable", 1),
    ("put-environment-secret", 1),
    ("put-environment-secret", 2),
    ("update-environment-variable", 2),
]
READS = [("DescribeSecret", 1), ("ListAccessKeys", 2), ("GetCallerIdentity", 2), ("GetSecretValue", 2), ("DescribeSecret", 9)]
EVERY_AWS_CALL = [("*", nth) for nth in range(1, int(os.environ.get("EVERY_CALL", "0")) + 1)]
"""For the table in docs/reference/rotation-outcomes.md: EVERY_CALL=75 kills at each of the calls, one after the other, which takes a quarter of an hour."""


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Rotating:
    made = Rotating(sandbox, github, tmp_path)
    made.user()
    made.parameter("/credex/development/key")
    made.repository.environments["development"].vault.variables["AWS_KEY"] = "as it was"
    made.credentials["deployer"] = {
        "kind": "iam-access-key",
        "user": USER,
        "grace": "0s",
        "watch": "0s",
        "verify": {"successes": 2},
        "targets": [
            {
                "to": "github-secret",
                "environment": "development",
                "names": {"access-key-id": "AWS_ACCESS_KEY", "secret-access-key": "AWS_SECRET_ACCESS_KEY"},
                "marker": "AWS_KEY",
            },
            {"to": "ssm-parameter", "names": {"json": "/credex/development/key"}},
        ],
    }
    return made


def assert_one_value_everywhere(rotating: Rotating) -> None:
    new = rotating.escrowed("deployer")
    identity, secret = new["access-key-id"], new["secret-access-key"]
    assert rotating.access_keys() == {identity: "Active"}, "one key, and it is the one in the escrow"
    vault = rotating.repository.environments["development"].vault
    assert (vault.secrets["AWS_ACCESS_KEY"], vault.secrets["AWS_SECRET_ACCESS_KEY"]) == (identity, secret)
    assert vault.variables["AWS_KEY"] == identity
    assert secret in rotating.parameter_value("/credex/development/key")
    assert "AWSPENDING" not in rotating.stages("deployer")


@pytest.mark.parametrize(("operation", "nth"), [*AWS_WRITES, *GITHUB_WRITES, *READS, *EVERY_AWS_CALL])
def test_killed_at_a_call_and_run_again(rotating: Rotating, operation: str, nth: int) -> None:
    (rotating.github if "-" in operation else rotating.sandbox).fault(operation, nth, "slow", 1)
    with rotating.started("apply") as process:
        struck = rotating.kill_at(process)
    assert struck or operation == "*"
    again = rotating.call("apply")
    assert again.code == 0, again.stderr
    assert_one_value_everywhere(rotating)
    assert rotating.call("verify").code == 0


NOT_TWICE = [("CreateAccessKey", 1), ("PutSecretValue", 2), ("DeleteAccessKey", 2)]
TROUBLES = [("drop-after", *each) for each in AWS_WRITES] + [
    (kind, *each) for kind in ("throttle", "error", "drop-before") for each in NOT_TWICE
]


@pytest.mark.parametrize(("kind", "operation", "nth"), TROUBLES)
def test_an_answer_that_never_came_is_looked_for(rotating: Rotating, kind: str, operation: str, nth: int) -> None:
    rotating.sandbox.fault(operation, nth, kind)
    ended = rotating.call("apply")
    if ended.code:
        assert ended.code == 4, ended.stderr
        assert kind in {"error", "drop-before"}, "what took effect is found by looking"
        assert rotating.call("apply").code == 0
    assert_one_value_everywhere(rotating)


@pytest.mark.parametrize(("operation", "nth"), [*(("PutParameter", nth) for nth in range(2, 8)), ("DeleteParameters", 1)])
def test_an_escrow_of_parameters_is_as_safe(rotating: Rotating, operation: str, nth: int) -> None:
    rotating.rest["escrow"] = {"in": "ssm-parameter"}
    rotating.sandbox.fault(operation, nth, "slow", 1)
    with rotating.started("apply") as process:
        assert rotating.kill_at(process)
    again = rotating.call("apply")
    assert again.code == 0, again.stderr
    (key,) = rotating.access_keys()
    assert key in rotating.parameter_value("/credex/development/key")
    assert rotating.github.secret(rotating.repository, "AWS_ACCESS_KEY", "development") == key
    assert rotating.call("verify").code == 0
