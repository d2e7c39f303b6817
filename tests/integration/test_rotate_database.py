"""Passwords of a real Neo4j: rotated while a client logs in ten times a second, and killed on the way."""

import json
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.neo4j import Neo4jServer
from tests.integration.logins import Logins
from tests.integration.rotating import Rotating

pytestmark = pytest.mark.slow
PAIR = "/credex/development/neo_4j_ledger_space"


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, neo4j_server: Neo4jServer, tmp_path: Path) -> Rotating:
    """As before the first rotation: the user neo4j with a password that its parameters hold, and no second user."""
    made = Rotating(sandbox, github, tmp_path)
    made.parameter(f"{PAIR}_user", "neo4j", "String")
    made.parameter(f"{PAIR}_pass", neo4j_server.password)
    made.parameter(f"{PAIR}_bolt_url", neo4j_server.bolt_url, "String")
    pair = json.dumps({"user": "neo4j", "password": neo4j_server.password, "database": "neo4j"})
    made.sandbox.client("secretsmanager").create_secret(Name="credex/ledger", SecretString=pair)
    made.credentials["ledger"] = {
        "kind": "neo4j-password",
        "url-parameter": f"{PAIR}_bolt_url",
        "users": ["neo4j", "ledger_b"],
        "grace": "3s",
        "targets": [
            {"to": "secrets-manager", "secret": "credex/ledger", "names": {"user": "user", "password": "password"}},
            {"to": "ssm-parameter", "names": {"user": f"{PAIR}_user", "password": f"{PAIR}_pass"}},
            {"to": "github-secret", "names": {"password": "NEO_4J_LEDGER_SPACE_PASS", "user": "NEO_4J_LEDGER_SPACE_USER"}},
        ],
    }
    return made


def in_use(rotating: Rotating) -> tuple[str, str]:
    return rotating.parameter_value(f"{PAIR}_user"), rotating.parameter_value(f"{PAIR}_pass")


def test_no_login_fails_while_the_password_changes(rotating: Rotating, neo4j_server: Neo4jServer) -> None:
    with Logins(rotating.sandbox, neo4j_server.bolt_url, "credex/ledger").going_on() as logins:
        ended = rotating.call("apply", "--wait-minutes", "1")
    assert ended.code == 0, ended.stderr
    user, password = in_use(rotating)
    assert user == "ledger_b"
    assert ended.report["credentials"][0]["outcome"] == "rotated"
    assert logins.failures == []
    assert {"neo4j", "ledger_b"} == set(logins.users), "it changed over while it logged in"
    assert rotating.github.secret(rotating.repository, "NEO_4J_LEDGER_SPACE_PASS") == password
    with pytest.raises(AuthError), GraphDatabase.driver(neo4j_server.bolt_url, auth=("neo4j", neo4j_server.password)) as driver:
        driver.verify_connectivity()
    assert password not in ended.stdout + ended.stderr + ended.summary
    again = rotating.call("apply", "--created-before", ended.report["began"].replace("+00:00", "Z"))
    assert json.loads(again.outputs["rotated"]) == []


WRITES = [
    ("CreateSecret", 1),
    ("PutSecretValue", 1),
    ("PutSecretValue", 2),
    ("PutSecretValue", 3),
    ("PutSecretValue", 4),
    ("PutParameter", 2),
    ("PutParameter", 3),
    ("PutParameter", 4),
]
LABELS = [("TagResource", 1), ("UpdateSecretVersionStage", 1), ("UpdateSecretVersionStage", 2), ("TagResource", 2)]


@pytest.mark.parametrize(("operation", "nth"), [*WRITES, *LABELS])
def test_killed_on_the_way_it_goes_on(rotating: Rotating, neo4j_server: Neo4jServer, operation: str, nth: int) -> None:
    rotating.sandbox.fault(operation, nth, "slow", 1)
    with Logins(rotating.sandbox, neo4j_server.bolt_url, "credex/ledger").going_on() as logins:
        with rotating.started("apply", "--wait-minutes", "1") as process:
            assert rotating.kill_at(process)
        again = rotating.call("apply", "--wait-minutes", "1")
    assert again.code == 0, again.stderr
    assert in_use(rotating)[0] == "ledger_b"
    assert logins.failures == []
