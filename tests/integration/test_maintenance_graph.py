"""A real Neo4j, asked through Bolt and by a command on its instance: what it tells, and what this edition does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from credex_actions.core.clock import SystemClock
from credex_actions.core.workers import WorkerClock
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import find
from credex_actions.databases.login import logins
from credex_actions.maintenance.catalogue.databases import CHECKS
from credex_actions.maintenance.checking import Wanted, everything
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.graph.examining import examine
from tests import version_sources
from tests.integration.on_instances import PASSWORD, TEXT, Place, configuration, database, place
from tests.maintaining import states

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def there() -> Iterator[Place]:
    with place() as made:
        around = made.around
        found = find(around.clients, "search-space", database())
        with reached(found, database(), logins(around.clients, database(), mask=around.runner.mask), around):
            pass  # it has started
        yield made


def look(there: Place, text: str = TEXT, wanted: Wanted = everything) -> Examined:
    around = there.around
    clock = WorkerClock(SystemClock())
    settings = {check.name: {name: each.default for name, each in check.settings.items()} for check in CHECKS}
    context = Context(around.runner, clock, clock.now() + timedelta(minutes=3), settings)
    return examine(context, Scope("000000000000", "af-south-1", around.clients), configuration(text), wanted=wanted)


def test_a_database_is_examined(there: Place) -> None:
    address = there.sandbox.machine(there.instance).address  # type: ignore[union-attr]
    with version_sources.serving() as sources:
        text = f'{TEXT}image: {{series: "5.26", sources: {sources.yaml("maven", "yum")}}}\n'
        first = look(there, text)
        assert states(first) == {check.name: "ran" for check in CHECKS}, first.ran
        assert {(each.check, each.key) for each in first.findings} >= {("backup-stale", ""), ("memory-settings", "unset")}
        assert {each.check for each in first.findings} <= {
            "backup-stale",
            "memory-settings",
            "store-growth",
        }  # how full this machine's disk is
        notes = dict(first.notes)
        assert notes["version-behind"] == "search-space runs 5.26.16, community"
        assert "has counted the reads of its indexes for less than 30 days" in notes["index-unused"]
        assert "no query log" in notes["query-slow"]
        assert "without encryption" in notes["certificate-expiring"]
        sources.versions = dict.fromkeys(("maven", "yum"), ("5.26.16", "5.26.18"))
        with GraphDatabase.driver(f"bolt://{address}:7687", auth=("neo4j", PASSWORD)) as driver, driver.session() as session:
            transaction = session.begin_transaction()
            transaction.run("CREATE (:Open {secret: 'hunter2hunter2'})").consume()
            second = look(there, text)
            transaction.rollback()
    assert [each.title for each in second.findings if each.check == "version-behind"] == [
        "search-space runs Neo4j 5.26.16; 5.26.18 is the newest of 5.26"
    ]
    assert "hunter2" not in repr(second)
    assert PASSWORD not in repr((first, second)) + there.said.getvalue()


def test_a_database_that_is_not_there_is_said_once_and_backups_are_judged_all_the_same(there: Place) -> None:
    seen = look(there, TEXT.replace("Role: SearchSpace, Environment: test", "Role: Nobody"))
    assert states(seen) == {check.name: "skipped" for check in CHECKS} | {"backup-stale": "ran", "drill-stale": "ran"}
    assert len({each.why for each in seen.ran if each.state == "skipped"}) == 1


def test_a_dump_in_the_bucket_is_a_backup(there: Place) -> None:
    s3 = there.sandbox.client("s3")
    dump = {"Bucket": "dumps-of-search-space", "Key": "neo4j/search-space.dump"}
    s3.create_bucket(Bucket=dump["Bucket"], CreateBucketConfiguration={"LocationConstraint": there.sandbox.region})
    s3.put_object(**dump, Body=b"a dump")
    text, wanted = f"{TEXT}backup: {{bucket: {dump['Bucket']}}}\n", lambda name: name == "backup-stale"
    assert [each.check for each in look(there, text, wanted).findings] == ["backup-stale"]
    fingerprint = "v1 db=0000000000000000 txn=3 nodes=7 relationships=0 content=00000000000000000000000000000000 by=exact"
    tags = {"backup": "b-1", "database": "search-space", "environment": "", "sha256": "0" * 64, "fingerprint": fingerprint}
    s3.put_object_tagging(**dump, Tagging={"TagSet": [{"Key": f"credex:{key}", "Value": value} for key, value in tags.items()]})
    assert look(there, text, wanted).findings == ()


def test_a_query_log_is_summed_up_on_the_instance(there: Place) -> None:
    """Enterprise Edition writes such a log; this one was written by hand."""
    address = there.sandbox.machine(there.instance).address  # type: ignore[union-attr]
    with GraphDatabase.driver(f"bolt://{address}:7687", auth=("neo4j", PASSWORD)) as driver:
        asked = "SHOW SETTINGS YIELD name, value WHERE name = 'server.directories.logs' RETURN value"
        folder = Path(driver.execute_query(asked).records[0]["value"])
    line = (
        "2026-11-29 00:00:01.123+0000 INFO  id:7 - transaction id:9 - 1550 ms: (planning: 20) - 1 B - 1500 page hits, 500 page faults - bolt-session\tbolt\tx\t\t"
        "client/127.0.0.1:5\tserver/127.0.0.1:7687>\tneo4j - app - MATCH (n {name: 'hunter2hunter2'}) RETURN n - {a: 1} - runtime=slotted - {}\n"
    )
    folder.mkdir(exist_ok=True)
    (folder / "query.log").write_text(line * 4)
    seen = look(there, wanted=lambda name: name in {"query-slow", "page-cache-low"})
    assert set(states(seen).values()) == {"ran"}, seen.ran
    told = {(each.check, each.key or each.title): each for each in seen.findings}
    assert ("page-cache-low", "the page cache of search-space has a hit ratio of 75.0%") in told
    (slow,) = (each for each in seen.findings if each.check == "query-slow")
    assert "MATCH (n {name: ?}) RETURN n" in slow.why
    assert "hunter2" not in repr(seen)
