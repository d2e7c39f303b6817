"""Fingerprints of real databases: what each operation does to one, as docs/reference/fingerprints.md has it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec
import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.neo4j.difference import Another, Diverged, Later, Older, Same, SameContent, difference
from credex_actions.neo4j.digests import Bounds
from credex_actions.neo4j.fingerprint import Fingerprint
from credex_actions.neo4j.taking import take

if TYPE_CHECKING:
    from pathlib import Path

    from neo4j import Driver

    from credex_actions.sandbox.neo4j import Neo4jServer

    Copied = tuple[Neo4jServer, Path, Fingerprint]

pytestmark = pytest.mark.slow


EMPTY: "LiteralString" = "MATCH (n) DETACH DELETE n"


@contextmanager
def driver_of(server: "Neo4jServer", user: str = "neo4j", password: str = "") -> Iterator["Driver"]:
    from neo4j import GraphDatabase

    with GraphDatabase.driver(server.bolt_url, auth=(user, password or server.password)) as driver:
        yield driver


def ask(driver: "Driver", *statements: LiteralString, database: str = "neo4j", **parameters: Any) -> None:
    for each in statements:
        driver.execute_query(each, parameters, database_=database)


def fingerprint(driver: "Driver", **bounds: Any) -> Fingerprint:
    return take(driver, "neo4j", SystemClock(), Bounds(**bounds))


@pytest.fixture
def driver(neo4j_server: "Neo4jServer") -> "Iterator[Driver]":
    """A driver to a database that is empty, but not new."""
    with driver_of(neo4j_server) as driver:
        names: Any = driver.execute_query("SHOW CONSTRAINTS YIELD name", database_="neo4j").records
        for name in (record["name"] for record in names):
            driver.execute_query(f"DROP CONSTRAINT `{name}`", database_="neo4j")
        ask(driver, EMPTY)
        yield driver


FILL: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT member IF NOT EXISTS FOR (n:Member) REQUIRE n.memberID IS UNIQUE",
    "UNWIND range(1, 300) AS i CREATE (:Member {memberID: i, joined: date('2026-01-01'), at: point({x: i, y: 1.5}), names: ['a', toString(i)]})",
    "MATCH (a:Member), (b:Member {memberID: a.memberID + 1}) CREATE (a)-[:OWES {amount: a.memberID * 1.5}]->(b)",
)


def filled(driver: "Driver") -> Fingerprint:
    """So that all of it is in the sample. Neo4j uses the ids of what was deleted again after a while: until then what is new lies wide apart, and a part is drawn."""
    for _ in range(100):
        ask(driver, *FILL)
        found = fingerprint(driver)
        if found.sample and found.sample.found == 599:
            return found
        ask(driver, EMPTY)
        time.sleep(0.2)
    raise AssertionError(f"of 599 the sample has {found.sample and found.sample.found}")


def test_what_is_in_it_is_counted_and_nothing_else_is_told(driver: "Driver") -> None:
    found = filled(driver)
    assert (found.counts.nodes, found.counts.relationships) == (300, 299)
    assert (found.counts.labels, found.counts.types) == ({"Member": 300}, {"OWES": 299})
    assert [str(each) for each in (*found.indexes, *found.constraints) if each.name == "member"] == [
        "member (RANGE on Member(memberID))",
        "member (NODE_PROPERTY_UNIQUENESS on Member(memberID))",
    ]
    assert found.users
    assert "neo4j" in found.users
    assert found.exact
    assert (found.not_read, found.meanwhile) == ((), 0)
    assert (found.identity.version, found.identity.edition) == ("5.26.16", "community")
    assert b"2026-01-01" not in found.to_json()
    assert found == msgspec.structs.replace(Fingerprint.from_json(found.to_json()), taken=found.taken)
    assert difference(found, fingerprint(driver)).verdict == Same()


def test_writes_are_told_as_transactions(driver: "Driver") -> None:
    first = filled(driver)
    for _ in range(12):
        ask(driver, "MATCH (n:Member {memberID: 7}) SET n.names = n.names + 'x'")
    found = difference(first, second := fingerprint(driver))
    assert str(found.verdict) == "same database, 12 transactions later"
    assert any(each.startswith("sample of nodes: 1 of 64 groups") for each in found.details)
    assert difference(second, first).verdict == Older(12)


def test_every_change_of_content_is_seen(driver: "Driver") -> None:
    """Each changes neither a count nor the schema, so that digests alone can tell."""
    before = filled(driver)
    changes: tuple[LiteralString, ...] = (
        "MATCH (n:Member {memberID: 9}) SET n.joined = datetime('2026-01-01T00:00:00Z')",
        "MATCH (n:Member {memberID: 9}) SET n.names = ['a9']",
        "MATCH (:Member {memberID: 9})-[r]->() SET r.amount = toInteger(r.amount)",
        "MATCH (a:Member {memberID: 9})-[r]->(), (c:Member {memberID: 100}) DELETE r CREATE (a)-[:OWES {amount: 13}]->(c)",
    )
    for change in changes:
        ask(driver, change)
        after = fingerprint(driver)
        assert after.exact != before.exact, change
        assert after.sample != before.sample, change
        assert after.counts == before.counts
        before = after


@pytest.mark.parametrize("name", ["a`b", r"a\u0060b", "a b:c", "ü\u2028", "{at}"])
def test_odd_names_are_counted(driver: "Driver", name: str) -> None:
    quoted = name.replace("\\", "\\u005C").replace("`", "``")
    driver.execute_query(f"CREATE (:`{quoted}`)-[:`{quoted}`]->(:Other)", database_="neo4j")
    found = fingerprint(driver)
    assert found.counts.labels == {name: 1, "Other": 1}
    assert found.counts.types == {name: 1}


def test_a_large_database_is_sampled(driver: "Driver") -> None:
    ask(driver, *FILL)
    first = fingerprint(driver, exact=100, sample=64)
    assert first.exact is None
    assert [each.part for each in first.not_read] == ["exact"]
    assert first.sample
    assert 0 < first.sample.found < 128
    assert difference(first, fingerprint(driver, exact=100, sample=64)).verdict == Same()


def test_ids_far_above_the_count_are_found(driver: "Driver") -> None:
    """As after many deletions."""
    ask(driver, "UNWIND range(1, 2000) AS i CREATE (:Gone)", "MATCH (n:Gone) WITH n, id(n) AS i ORDER BY i LIMIT 1900 DELETE n")
    found = fingerprint(driver).sample
    assert found
    assert found.node_span > 128
    assert found.found


def test_a_sample_of_nothing_is_none(driver: "Driver") -> None:
    """Two of them would be equal, whatever the databases hold."""
    ask(driver, "UNWIND range(1, 2000) AS i CREATE (:Gone)", "MATCH (n:Gone) WITH n, id(n) AS i ORDER BY i LIMIT 1999 DELETE n")
    found = fingerprint(driver, sample=1)
    assert found.sample is None
    assert [each.part for each in found.not_read] == ["sample"]


@pytest.mark.parametrize(
    ("looks", "missing"), [(0, {"labels", "schema", "users", "sample", "exact"}), (30, {"sample", "exact"}), (900, {"exact"})]
)
def test_what_takes_too_long_is_left_out_and_said(driver: "Driver", looks: int, missing: set[str]) -> None:
    class Slow(SystemClock):
        """Leaves the minute after some looks at it: one for each query, and one for each row."""

        def __init__(self) -> None:
            super().__init__()
            self.looks = 0

        def monotonic(self) -> float:
            self.looks += 1
            return 0.0 if self.looks < looks + 2 else 1e6

    ask(driver, *FILL)
    found = take(driver, "neo4j", Slow())
    assert {each.part for each in found.not_read} == missing
    assert all("its time was up: 60 s" in each.why for each in found.not_read)
    assert (found.counts.nodes, found.counts.relationships, found.meanwhile) == (300, 299, 0)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Copied]":
    """A server that stands still, with content, a dump of it, and the fingerprint that was taken before it stopped."""
    from credex_actions.sandbox.neo4j import Neo4jServer

    folder = tmp_path_factory.mktemp("fingerprints")
    server = Neo4jServer(folder / "first", "first-password")
    with server, driver_of(server) as driver:
        ask(driver, *FILL)
        taken = fingerprint(driver)
    (folder / "dump").mkdir()
    server.admin("database", "dump", "neo4j", f"--to-path={folder / 'dump'}")
    yield server, folder, taken
    server.discard()


def test_a_restored_snapshot_is_the_same_database_and_may_go_on_alone(copied: "Copied") -> None:
    from credex_actions.sandbox.neo4j import Neo4jServer

    server, folder, taken = copied
    shutil.copytree(server.home, folder / "snapshot")
    with Neo4jServer(folder / "snapshot", server.password) as restored, driver_of(restored) as driver:
        found = difference(taken, fingerprint(driver))
        assert (found.verdict, found.details) == (Same(), ())
        ask(driver, "MATCH (n:Member {memberID: 1}) SET n.names = []")
        theirs = fingerprint(driver)
    with server, driver_of(server) as driver:
        assert difference(taken, fingerprint(driver)).verdict == Same()  # a restart
        ask(driver, "MATCH (n:Member {memberID: 2}) SET n.names = []")
        ours = fingerprint(driver)
    assert difference(taken, ours).verdict == difference(taken, theirs).verdict == Later(1)
    assert difference(ours, theirs).verdict == Diverged()
    assert difference(ours, taken).verdict == Older(1)


def test_the_same_content_in_another_dbms_is_told_from_the_same_database(copied: "Copied", driver: "Driver") -> None:
    taken = copied[2]
    found = difference(taken, fingerprint(driver))
    assert found.verdict == Another(empty=True)
    assert "nodes: 0, was 300 (-300)" in found.details
    ask(driver, FILL[0], FILL[1].replace("range(1, 300)", "range(300, 1, -1)"), FILL[2])  # so that ids differ
    assert difference(taken, fingerprint(driver)).verdict == SameContent("exact")


def test_a_loaded_dump_is_the_same_database_in_another_dbms(copied: "Copied") -> None:
    """The form of a bookmark is not documented: the last transaction, as neo4j-admin names it, tells if a version changes it."""
    from credex_actions.sandbox.neo4j import Neo4jServer

    _, folder, taken = copied
    other = Neo4jServer(folder / "other", "other-password")
    other.home.mkdir()
    other.admin("dbms", "set-initial-password", other.password)
    other.admin("database", "load", "neo4j", f"--from-path={folder / 'dump'}")
    said = msgspec.json.decode(other.admin("database", "info", "neo4j", "--format=json"))
    assert said["lastCommittedTransaction"] == str(taken.identity.transaction)
    with other, driver_of(other) as driver:
        found = difference(taken, loaded := fingerprint(driver))
    assert found.verdict == Same()
    assert [each.partition(":")[0] for each in found.details] == ["DBMS id"]
    assert loaded.identity.uuid != taken.identity.uuid
    assert loaded.exact == taken.exact
