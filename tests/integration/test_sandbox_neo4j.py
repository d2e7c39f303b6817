"""The sandbox's databases are real: what Neo4j does to a rotation, it does here."""

import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from credex_actions.sandbox.neo4j import Neo4jServer, distribution, toolchain

pytestmark = pytest.mark.slow
PASSWORD = "first-password"


def query(
    server: Neo4jServer, text: str, user: str = "neo4j", password: str = PASSWORD, database: str = "neo4j"
) -> list[dict[str, object]]:
    with GraphDatabase.driver(server.bolt_url, auth=(user, password)) as driver, driver.session(database=database) as session:
        return session.run(text).data()


def test_it_is_the_version_that_was_asked_for(neo4j_server: Neo4jServer) -> None:
    (component,) = query(neo4j_server, "CALL dbms.components() YIELD versions, edition")
    assert component == {"versions": [distribution.DEFAULT], "edition": "community"}


def test_no_jar_is_signed_whose_classes_java_would_check_at_each_start() -> None:
    jars = list((distribution.folder(distribution.DEFAULT, toolchain.find()) / "lib").glob("*.jar"))
    names = [name for jar in jars for name in zipfile.ZipFile(jar).namelist()]
    assert any(name.startswith("org/eclipse/collections/") for name in names)  # is signed when Maven fetches it
    assert [name for name in names if re.fullmatch(r"META-INF/[^/]+\.(SF|RSA|DSA|EC)", name)] == []


def test_a_wrong_password_is_refused_and_a_second_user_has_one_of_its_own(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(AuthError):
        query(neo4j_server, "RETURN 1", password="wrong-password")
    query(neo4j_server, "CREATE USER second IF NOT EXISTS SET PASSWORD 'second-password' CHANGE NOT REQUIRED", database="system")
    assert query(neo4j_server, "RETURN 1 AS one", "second", "second-password") == [{"one": 1}]
    query(neo4j_server, "ALTER USER second SET PASSWORD 'third-password' CHANGE NOT REQUIRED", database="system")
    with pytest.raises(AuthError):
        query(neo4j_server, "RETURN 1", "second", "second-password")


def test_what_was_written_is_there_after_a_restart_and_in_a_dump(tmp_path: Path) -> None:
    with Neo4jServer(tmp_path / "home", PASSWORD) as first:
        query(first, "CREATE (:Account {name: 'kept'})")
        pid = first.pid
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    first.admin("database", "dump", "neo4j", f"--to-path={dumps}")
    assert (dumps / "neo4j.dump").stat().st_size > 0
    with Neo4jServer(tmp_path / "home", "ignored: the store has its users") as again:
        assert query(again, "MATCH (a:Account) RETURN a.name AS name") == [{"name": "kept"}]
        assert again.pid == pid  # a second start takes a fifth of the processor time of the first one


def test_a_server_that_a_former_one_has_left_its_process_to_is_a_new_one(tmp_path: Path) -> None:
    with Neo4jServer(tmp_path / "first", PASSWORD) as first:
        query(first, "CREATE (:Account)")
        first.configure({"db.transaction.timeout": "61s"})
        pid = first.pid
    second = Neo4jServer(tmp_path / "second", "second-password").start()
    try:
        assert second.pid == pid
        assert query(second, "MATCH (n) RETURN count(n) AS nodes", password="second-password") == [{"nodes": 0}]
        with pytest.raises(AuthError):
            query(second, "RETURN 1")
    finally:
        second.kill()
    with Neo4jServer(tmp_path / "first", "ignored: the store has its users") as again:
        assert again.pid != pid
        text = "SHOW SETTINGS YIELD name, value WHERE name = 'db.transaction.timeout' RETURN value"
        assert query(again, text) == [{"value": "1m1s"}]


def test_it_ends_with_its_owner(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from credex_actions.sandbox.neo4j import Neo4jServer\n"
        "server = Neo4jServer(Path(sys.argv[1]), 'first-password').start(); print(server.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "home")], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ((), "a JDK and Maven are missing; Neo4j needs them. On Debian: apt-get install openjdk-17-jdk-headless maven"),
        (("java", "javac"), "Maven is missing; Neo4j needs it. On Debian: apt-get install maven"),
        (("java", "mvn"), "a JDK is missing; Neo4j needs it. On Debian: apt-get install openjdk-17-jdk-headless"),
    ],
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: tuple[str, ...], told: str) -> None:
    for name in there:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(toolchain.MissingToolError, match=f"^{re.escape(told)}$"):
        toolchain.find()
