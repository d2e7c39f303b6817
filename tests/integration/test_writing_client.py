"""The client that counts lost writes has to count right: a restart loses none, and one that is lost is noticed."""

from pathlib import Path

import pytest
from neo4j import GraphDatabase

from credex_actions.sandbox.neo4j import Neo4jServer
from tests.integration.writing_client import Journal, Write, writing

PASSWORD = "first-password"


@pytest.mark.slow
def test_acknowledged_writes_survive_a_restart_and_one_that_is_lost_is_noticed(tmp_path: Path) -> None:
    server = Neo4jServer(tmp_path / "home", PASSWORD).start()
    try:
        with writing(server.bolt_url, PASSWORD, tmp_path) as client:
            client.until_acknowledged(20)
            server.stop()
            server.launch(server.command())
            server.wait()
            client.until_acknowledged(20)
            journal = client.stop()
        with GraphDatabase.driver(server.bolt_url, auth=("neo4j", PASSWORD)) as driver:
            assert len(journal.acknowledged) > 40
            assert journal.lost(driver) == []
            assert journal.errors, "a database that restarts is away for a while"
            assert journal.longest_without_service > 0.1
            lost = journal.acknowledged[7]
            driver.execute_query("MATCH (w:Written {number: $number}) DELETE w", number=lost)
            assert journal.lost(driver) == [lost]
    finally:
        server.kill()


def test_the_longest_time_without_service_is_between_acknowledged_writes() -> None:
    writes = (Write(1, 0.0, 0.25), Write(2, 1.0, None, "ServiceUnavailable"), Write(3, 4.0, 4.25), Write(4, 5.0, 5.25))
    assert Journal("client", writes).longest_without_service == 4.0
    assert Journal("client", writes[:2]).longest_without_service == float("inf")
