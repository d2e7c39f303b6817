"""Passwords of a real Neo4j: rotated while a client logs in ten times a second, and killed on the way."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ClientError

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.neo4j import Neo4jServer
from tests.integration.logins import Logins
from tests.integration.rotating import Rotating

pytestmark = pytest.mark.slow
PASSWORD = "password-before"
PAIR = "/credex/development/neo_4j_ledger_space"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    running = Neo4jServer(tmp_path_factory.mktemp("neo4j"), PASSWORD).start()
    yield running
    running.kill()


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, server: Neo4jServer, tmp_path: Path) -> Rotating:
    """As before the first rotation: the user neo4j with a password that its parameters hold, and no second user."""
    with GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password)) as driver, driver.session(database="system") as session:
        session.run("DROP USER ledger_b IF EXISTS").consume()
    made = Rotating(sandbox, github, tmp_path)
    made.parameter(f"{PAIR}_user", "neo4j", "String")
    made.parameter(f"{PAIR}_pass", server.password)
    made.parameter(f"{PAIR}_bolt_url", server.bolt_url, "String")
    pair = json.dumps({"user": "neo4j", "password": server.password, "database": "neo4j"})
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


@pytest.fixture(autouse=True)
def _back_to_the_first_user(server: Neo4jServer) -> Iterator[None]:
    """Whatever a test left, the next one begins with the user neo4j and its password."""
    yield
    for user, password in [*reversed(LEFT), ("neo4j", server.password)]:
        try:
            with GraphDatabase.driver(server.bolt_url, auth=(user, password)) as driver, driver.session(database="system") as session:
                if (user, password) != ("neo4j", server.password):
                    session.run("ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", password=server.password).consume()
                break
        except (AuthError, ClientError):
            time.sleep(6)
    LEFT.clear()
    for _ in range(10):  # what was tried in vain has locked the user for five seconds
        try:
            with GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password)) as driver:
                driver.verify_connectivity()
                return
        except ClientError:
            time.sleep(2)


LEFT: list[tuple[str, str]] = []


def in_use(rotating: Rotating) -> tuple[str, str]:
    pair = rotating.parameter_value(f"{PAIR}_user"), rotating.parameter_value(f"{PAIR}_pass")
    LEFT.append(pair)
    return pair


def test_no_login_fails_while_the_password_changes(rotating: Rotating, server: Neo4jServer) -> None:
    with Logins(rotating.sandbox, server.bolt_url, "credex/ledger").going_on() as logins:
        ended = rotating.call("apply", "--wait-minutes", "1")
    assert ended.code == 0, ended.stderr
    user, password = in_use(rotating)
    assert user == "ledger_b"
    assert ended.report["credentials"][0]["outcome"] == "rotated"
    assert logins.failures == []
    assert {"neo4j", "ledger_b"} == set(logins.users), "it changed over while it logged in"
    assert rotating.github.secret(rotating.repository, "NEO_4J_LEDGER_SPACE_PASS") == password
    with pytest.raises(AuthError), GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password)) as driver:
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
def test_killed_on_the_way_it_goes_on(rotating: Rotating, server: Neo4jServer, operation: str, nth: int) -> None:
    rotating.sandbox.fault(operation, nth, "slow", 1)
    with Logins(rotating.sandbox, server.bolt_url, "credex/ledger").going_on() as logins:
        with rotating.started("apply", "--wait-minutes", "1") as process:
            assert rotating.kill_at(process)
        again = rotating.call("apply", "--wait-minutes", "1")
    assert again.code == 0, again.stderr
    assert in_use(rotating)[0] == "ledger_b"
    assert logins.failures == []
