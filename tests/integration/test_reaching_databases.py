"""The ways to a database on an instance: what each returns, and what each says when it fails."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import Neo4jError

from credex_actions.aws.run_command import run, succeeded
from credex_actions.aws.script import Script
from credex_actions.aws.tunnel import tunnel
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.runner import Runner
from credex_actions.core.secret import Secret
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import Found, find
from credex_actions.databases.login import InSecret, Login, logins
from credex_actions.neo4j.queries import QueryFailedError
from credex_actions.neo4j.taking import take
from tests.integration.on_instances import PASSWORD, PASSWORD_PARAMETER, ROLE, SECRET, USER_PARAMETER, Place, database, place
from tests.integration.processes import command_lines

pytestmark = pytest.mark.slow
PARAMETERS = {"user-parameter": USER_PARAMETER, "password-parameter": PASSWORD_PARAMETER}


@pytest.fixture(scope="module")
def there() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture(scope="module")
def found(there: Place) -> Found:
    return find(there.around.clients, "search-space", database())


def wrong(password: str) -> Login:
    return Login("neo4j", Secret(password), InSecret("none"))


def test_what_is_found_is_the_instance_and_its_data_volume(there: Place, found: Found) -> None:
    assert (found.instance_id, found.volume_id, found.volume_device) == (there.instance, there.volume, "/dev/sdf")
    assert (found.volume_size, found.encrypted, found.state) == (8, True, "running")
    assert found.profile_arn.endswith("/neo4j-instance")


def test_a_database_is_waited_for_and_asked_by_bolt(there: Place, found: Found) -> None:
    around = there.around
    given = logins(around.clients, database(), mask=around.runner.mask)
    with reached(found, database(), given, around) as queries:
        assert list(queries.rows("RETURN $n AS n, 'a' AS text", {"n": 1}, database="neo4j", timeout=10)) == [{"n": 1, "text": "a"}]
        assert queries.last_bookmark("neo4j").startswith("FB:")
        with pytest.raises(Neo4jError, match="read access mode"):
            list(queries.rows("CREATE (n:Written)", database="neo4j", timeout=10))


def failure(there: Place, found: Found, *given: Login, **changes: object) -> Failure:
    with pytest.raises(Failure) as caught, reached(found, database(**changes), given, there.around):
        pass
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_a_wrong_password_is_tried_once_and_the_next_one_opens(there: Place, found: Found) -> None:
    right = logins(there.around.clients, database(login=PARAMETERS), mask=there.around.runner.mask)
    with reached(found, database(), (wrong("not-this-one"), *right), there.around) as queries:
        assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
    told = failure(there, found, wrong("nor-this-one"))
    assert told.code == Exit.BAD_INPUT
    assert "does not accept user and password" in str(told)


def test_a_database_that_is_not_there_is_told_from_one_that_does_not_answer(there: Place, found: Found) -> None:
    given = logins(there.around.clients, database(), mask=there.around.runner.mask)
    missing = failure(there, found, *given, database="ledger")
    assert "there is no database ledger" in str(missing)
    assert "the DBMS has neo4j" in str(missing)
    closed = failure(there, found, *given, connect={"port": 7688, "patience": "1s"})
    assert closed.code == Exit.REMOTE
    assert f"bolt://{found.address}:7688: the database does not respond within 1 s: [Errno 111] Connection refused" in str(closed)
    assert f"security groups ({found.security_groups[0]})" in str(closed)


def test_an_address_that_is_none_or_nobody_knows_is_told(there: Place, found: Found) -> None:
    told = failure(there, found, wrong(PASSWORD), url="bolt://nowhere.invalid:7687", connect={"patience": "1s"})
    assert "bolt://nowhere.invalid:7687: the database does not respond within 1 s: " in str(told)
    told = failure(there, found, wrong(PASSWORD), url="bolt://here?database=neo4j")
    assert "bolt://here?database=neo4j is not a Bolt URL" in str(told)


def test_what_does_not_encrypt_is_not_taken_for_what_does(there: Place, found: Found) -> None:
    told = failure(there, found, wrong(PASSWORD), url=f"bolt+s://{found.address}:7687")
    assert "no encrypted connection" in str(told)


def test_a_url_that_a_parameter_holds_is_used_and_not_for_a_copy(there: Place, found: Found) -> None:
    given = logins(there.around.clients, database(), mask=there.around.runner.mask)
    ssm = there.sandbox.client("ssm")
    ssm.put_parameter(Name="/url", Value=f"bolt://{found.address}:7689", Type="String")
    told = failure(there, found, *given, **{"url-parameter": "/url", "connect": {"patience": "1s"}})
    assert f"bolt://{found.address}:7689: the database does not respond" in str(told)
    with reached(found, database(**{"url-parameter": "/url"}), given, there.around, copy=True) as queries:
        assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
    ssm.put_parameter(Name="/url", Value=f"neo4j:{PASSWORD}", Type="String", Overwrite=True)
    assert "does not hold a Bolt URL" in str(failure(there, found, *given, **{"url-parameter": "/url"}))


def test_after_too_many_failures_the_lock_is_called_by_its_name(there: Place, found: Found) -> None:
    with GraphDatabase.driver(f"bolt://{found.address}:7687", auth=("neo4j", PASSWORD)) as driver:
        driver.execute_query("CREATE USER guest IF NOT EXISTS SET PASSWORD 'guest-password'", database_="system")
    guests = [Login("guest", Secret(f"wrong-{number}"), InSecret("none")) for number in range(5)]
    told = failure(there, found, *guests)
    assert "AuthenticationRateLimit" in str(told)


VIA = ["ssm-tunnel", "instance"]


@pytest.mark.parametrize("via", VIA)
@pytest.mark.parametrize("login", [{"secret": SECRET}, PARAMETERS], ids=["secret", "parameters"])
def test_a_database_is_asked_through_ssm(there: Place, found: Found, via: str, login: dict[str, str]) -> None:
    around, asked = there.around, database(connect={"via": via, "patience": "90s"}, login=login)
    given = logins(around.clients, asked, mask=around.runner.mask)
    text = "UNWIND [1, 2] AS n RETURN n, 'say \"hello\"\nor so' AS text, 1.5 AS f, [true, null] AS list, {a: 'b'} AS map"
    with reached(found, asked, given, around) as queries:
        rows = list(queries.rows(text, database="neo4j", timeout=10))
    assert rows == [{"n": n, "text": 'say "hello"\nor so', "f": 1.5, "list": [True, None], "map": {"a": "b"}} for n in (1, 2)]


class Processes(threading.Thread):
    """All words of all processes that there were while it ran."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.002):
            self.seen.update(words for _, words in command_lines())


@contextmanager
def watched() -> Iterator[Processes]:
    processes = Processes()
    processes.start()
    try:
        yield processes
    finally:
        processes.over.set()
        processes.join()


@pytest.mark.parametrize("via", VIA)
def test_no_password_and_no_token_is_in_a_list_of_processes_a_command_or_its_output(there: Place, found: Found, via: str) -> None:
    ssm = there.sandbox.client("ssm")
    with watched() as processes:
        for login in ({"secret": SECRET}, PARAMETERS):
            around, asked = there.around, database(connect={"via": via, "patience": "90s"}, login=login)
            given = logins(around.clients, asked, mask=around.runner.mask)
            with reached(found, asked, given, around) as queries:
                assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
    seen = b"\n".join(processes.seen)
    assert (b"cypher-shell" if via == "instance" else b"AWS_SSM_START_SESSION_RESPONSE") in seen
    commands = [each for page in ssm.get_paginator("list_commands").paginate() for each in page["Commands"]]
    kept = [ssm.get_command_invocation(CommandId=each["CommandId"], InstanceId=there.instance) for each in commands]
    tokens = [session.token for session in there.sandbox._cloud.managed(there.sandbox.account, there.sandbox.region).sessions.values()]
    for secret in (PASSWORD, *tokens):
        assert secret.encode() not in seen
        assert secret not in f"{commands}{kept}{there.said.getvalue()}"


def test_through_the_instance_nothing_is_written(there: Place, found: Found) -> None:
    asked = database(connect={"via": "instance", "patience": "90s"})
    with reached(found, asked, logins(there.around.clients, asked, mask=print), there.around) as queries:
        assert list(queries.rows("CREATE (n:Written) RETURN count(n) AS n", database="neo4j", timeout=10)) == [{"n": 1}]
        assert list(queries.rows("MATCH (n:Written) RETURN count(n) AS n", database="neo4j", timeout=10)) == [{"n": 0}]
        with pytest.raises(QueryFailedError, match="a line begins with a colon"):
            list(queries.rows("CREATE (n:Written);\n:commit\n:begin\nRETURN 1", database="neo4j", timeout=10))
        with pytest.raises(QueryFailedError, match="a semicolon is followed by one"):
            list(queries.rows("CREATE (n:Written); :commit", database="neo4j", timeout=10))
        assert list(queries.rows("RETURN 1 AS n;\n", database="neo4j", timeout=10)) == [{"n": 1}]
        with pytest.raises(QueryFailedError, match="Invalid input"):
            list(queries.rows("RETRUN 1", database="neo4j", timeout=10))
        with pytest.raises(QueryFailedError, match="longer than the 24,000 characters"):
            list(queries.rows("UNWIND range(1, 9000) AS n RETURN n", database="neo4j", timeout=10))


def test_a_fingerprint_through_the_instance_says_what_it_lacks(there: Place, found: Found) -> None:
    asked = database(connect={"via": "instance", "patience": "90s"})
    given = logins(there.around.clients, asked, mask=print)
    with reached(found, asked, given, there.around) as queries:
        through = take(queries, "neo4j", there.around.clock)
    with reached(found, database(), logins(there.around.clients, database(), mask=print), there.around) as queries:
        direct = take(queries, "neo4j", there.around.clock)
    assert [each.part for each in through.not_read] == ["sample", "exact"]
    assert (through.counts, through.indexes, through.constraints, through.users) == (
        direct.counts,
        direct.indexes,
        direct.constraints,
        direct.users,
    )
    assert through.identity == direct.identity


@pytest.mark.parametrize("via", VIA)
def test_a_wrong_password_through_ssm_is_tried_once(there: Place, found: Found, via: str) -> None:
    there.sandbox.client("secretsmanager").create_secret(Name=f"wrong-{via}", SecretString='{"user": "nobody", "password": "of no use"}')
    asked = database(connect={"via": via, "patience": "20s"}, login={"secret": f"wrong-{via}"})
    given = logins(there.around.clients, asked, mask=print)
    with pytest.raises(Failure, match="does not accept user and password") as caught, reached(found, asked, given, there.around):
        pass
    assert caught.value.code == Exit.BAD_INPUT


def test_what_keeps_ssm_from_the_database_is_told(there: Place, found: Found) -> None:
    sandbox = there.sandbox
    sandbox.deny(ROLE, "secretsmanager:GetSecretValue")
    try:
        told = failure(there, found, *instance_logins(there), connect={"via": "instance"})
    finally:
        sandbox.allow(ROLE, "secretsmanager:GetSecretValue")
    assert f"the login {SECRET} cannot be read on {there.instance}" in str(told)
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in str(told)
    closed = failure(there, found, *instance_logins(there), connect={"via": "instance", "port": 7688, "patience": "1s"})
    assert "Unable to connect to localhost:7688" in str(closed)
    elsewhere = failure(there, found, wrong(PASSWORD), connect={"via": "ssm-tunnel", "port": 7688, "patience": "1s"})
    assert "listens on port 7688 of the instance" in str(elsewhere)


def instance_logins(there: Place) -> tuple[Login, ...]:
    return logins(there.around.clients, database(connect={"via": "instance"}), mask=print)


def test_a_tunnel_ends_with_its_block_and_its_plugin_with_it(there: Place) -> None:
    ssm, around = there.sandbox.client("ssm"), there.around
    with suppress(KeyboardInterrupt), tunnel(around.clients, around.clock, there.instance, 7687, runner=around.runner) as port:
        (open_one,) = ssm.describe_sessions(State="Active")["Sessions"]
        assert open_one["Target"] == there.instance
        (plugin,) = [process for process, words in command_lines() if open_one["Reason"].encode() in words]
        raise KeyboardInterrupt
    assert ssm.describe_sessions(State="Active")["Sessions"] == []
    assert not plugin.exists()
    assert port


def test_a_session_whose_response_was_lost_is_ended_too(there: Place) -> None:
    ssm, around = there.sandbox.client("ssm"), there.around
    there.sandbox.fault("StartSession", 1, "drop-after")
    with tunnel(around.clients, around.clock, there.instance, 7687, runner=around.runner):
        assert len(ssm.describe_sessions(State="Active")["Sessions"]) == 2
    assert ssm.describe_sessions(State="Active")["Sessions"] == []


PLUGINS = {
    "not there": ("", "is not a program"),
    "too old": ("echo 1.2.463.0", "is 1.2.463.0: it would show the session's token in the list of processes"),
    "not of a version": ("echo help", "of an unknown version"),
    "without a way": ('[ "$1" = --version ] && echo 1.2.707.0 && exit; echo no way out; exit 3', "exited with code 3: no way out"),
}


@pytest.mark.parametrize(("script", "says"), PLUGINS.values(), ids=PLUGINS)
def test_a_plugin_that_is_of_no_use_is_named(there: Place, tmp_path: Path, script: str, says: str) -> None:
    program = tmp_path / "session-manager-plugin"
    if script:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    around = there.around
    runner = Runner(
        {**around.runner.environment, "SESSION_MANAGER_PLUGIN": str(program), "PATH": os.environ["PATH"]}, there.said, there.said
    )
    with pytest.raises(Failure) as caught, tunnel(around.clients, around.clock, there.instance, 7687, runner=runner):
        pass
    assert says in str(caught.value)
    assert there.sandbox.client("ssm").describe_sessions(State="Active")["Sessions"] == []


def test_a_dump_is_made_by_commands_on_the_instance(there: Place, found: Found) -> None:
    """What stops the database comes last."""
    lines = (
        "set -eu",
        "systemctl stop neo4j",
        'folder="$(mktemp -d)"; cd "$folder"',
        "runuser -u neo4j -- neo4j-admin database dump neo4j --to-path=. >&2",
        "systemctl is-active neo4j || true",
        "systemctl start neo4j",
        "systemctl is-active neo4j",
        "ls",
    )
    around = there.around
    script = Script("\n".join(lines), around.runner.redact)
    ended = succeeded(run(around.clients, around.clock, there.instance, script, within=300, comment="dump"), "dumping")
    assert ended.output.split() == ["inactive", "active", "neo4j.dump"]
    again = run(
        around.clients,
        around.clock,
        there.instance,
        Script("neo4j-admin database dump neo4j --to-path=$TMPDIR", str),
        within=300,
        comment="dump",
    )
    assert again.code == 1
    assert "in use" in again.error
    with reached(found, database(), logins(around.clients, database(), mask=print), around) as queries:
        assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
