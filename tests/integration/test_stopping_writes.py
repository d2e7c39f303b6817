"""Writes are stopped before a database stops: what Community Edition can do of it, and the service that writes, in the sandbox."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import ClientError

from credex_actions.aws.lease import Lease
from credex_actions.backup.live import Live
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.queries import DriverQueries, Queries
from credex_actions.rollout.around.desired_count import DesiredCount
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY
from credex_actions.rollout.around.stopping_writes import Writes
from credex_actions.rollout.around.writes import ALONE, Want
from tests.integration.called import Ended, ended, told
from tests.integration.on_instances import launch
from tests.integration.warm import Command

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.neo4j import Neo4jServer

CLOCK = SystemClock()


@contextmanager
def opened(server: "Neo4jServer", _: float) -> Iterator[Queries]:
    with GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password)) as driver:
        yield DriverQueries(driver)


def live(server: "Neo4jServer") -> Live:
    database = {"instances": {"tags": {"Role": "x"}}, "login": {"secret": "x"}, "data": "root"}
    return Live("ledger", msgspec.convert(database, Database), CLOCK, partial(opened, server))


def draining(server: "Neo4jServer", within: float, on_wait: Callable[[], None] = lambda: None) -> Writes:
    want = Want(database="ledger", place="", run="r", way="shutdown", within=within, poll=0.1)
    return Writes(Run(CLOCK, on_wait=lambda _: on_wait()), want, live(server), None)


@contextmanager
def transaction(server: "Neo4jServer") -> Iterator[threading.Event]:
    """Open from before the block on, until the event is set or the block ends."""
    began, over = threading.Event(), threading.Event()

    def hold() -> None:
        with (
            GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password)) as driver,
            driver.session() as session,
            session.begin_transaction() as held,
        ):
            held.run("CREATE (:Held)").consume()
            began.set()
            over.wait(60)
            held.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    assert began.wait(30)
    try:
        yield over
    finally:
        over.set()
        thread.join()


def test_transactions_that_are_open_get_their_time(neo4j_server: "Neo4jServer") -> None:
    with transaction(neo4j_server) as over:
        writes = draining(neo4j_server, 60, over.set)
        done = writes.stop()
        assert (done.outcome, done.why) == ("drained", ALONE)
        assert over.is_set()
        assert writes.run.waits[0].why.startswith("ledger: waiting for the end of 1 transaction (neo4j-transaction-")


def test_and_not_more_than_that(neo4j_server: "Neo4jServer") -> None:
    with transaction(neo4j_server):
        done = draining(neo4j_server, 0.5).stop()
        assert "after 0.5 s still in progress, and ended by the stop: 1 transaction (neo4j-transaction-" in done.why
        assert " of neo4j)" in done.why


def test_community_edition_knows_the_command_and_refuses_it(neo4j_server: "Neo4jServer") -> None:
    """If this ever fails, it can be used there too (writes.py: ALONE)."""
    with opened(neo4j_server, 0) as queries, pytest.raises(ClientError) as refused:
        queries.administer("ALTER DATABASE `neo4j` SET ACCESS READ ONLY", timeout=30)
    assert refused.value.code == "Neo.ClientError.Statement.UnsupportedAdministrationCommand"


class Scaling:
    def __init__(self, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        self.where = sandbox.provision(desired_count=2)
        sandbox.until(lambda: self.seen["runningCount"] == 2, "two tasks run", 60)

    @property
    def seen(self) -> Any:
        request = {"cluster": self.where.cluster, "services": [self.where.service], "include": ["TAGS"]}
        return self.sandbox.client("ecs").describe_services(**request)["services"][0]

    @property
    def note(self) -> str:
        return next((tag["value"] for tag in self.seen.get("tags", ()) if tag["key"] == WRITES_STOPPED_BY), "")

    def writes(self, run: str) -> Writes:
        want = Want(
            database="ledger", place=self.where.service, run=run, way="service", closing="scaled to 0", opening="{before}", poll=0.1
        )
        database: Any = None  # it is the service alone that is asked
        return Writes(Run(CLOCK), want, database, DesiredCount(Clients(), CLOCK, self.where.cluster, self.where.service))


@pytest.fixture
def scaling(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Scaling:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Scaling(sandbox)


def test_the_service_is_scaled_to_zero_and_back_also_if_the_work_fails(scaling: Scaling) -> None:
    def swap() -> None:
        with scaling.writes("r-1").stopped() as done:
            assert done.outcome == "stopped"
            assert scaling.note.startswith("r-1 2 20")
            assert (scaling.seen["desiredCount"], scaling.seen["runningCount"]) == (0, 0)
            raise OSError("the swap failed")

    with pytest.raises(OSError, match="the swap failed"):
        swap()
    assert scaling.note == ""
    scaling.sandbox.until(lambda: scaling.seen["runningCount"] == 2, "two tasks run again", 60)


def test_a_later_run_lets_in_what_a_dead_one_has_stopped_and_none_that_lives(scaling: Scaling) -> None:
    dead = scaling.writes("dead")
    dead.stop()
    later = scaling.writes("later")
    with pytest.raises(Failure, match="the run dead, which is at work"):
        later.resume()
    assert dead.gate
    dead.gate.held.let_go()
    over = Lease(CLOCK.now().replace(year=2020), "", "")
    tag = {"key": WRITES_STOPPED_BY, "value": f"dead 2 {over}"}
    scaling.sandbox.client("ecs").tag_resource(resourceArn=scaling.seen["serviceArn"], tags=[tag])
    later.resume()
    assert (scaling.note, scaling.seen["desiredCount"]) == ("", 2)


def test_a_lost_response_changes_nothing(scaling: Scaling) -> None:
    for operation in ("TagResource", "UpdateService"):
        scaling.sandbox.fault(operation, 1, "drop-after")
    with scaling.writes("r-2").stopped():
        assert (scaling.seen["desiredCount"], scaling.note[:5]) == (0, "r-2 2")
        scaling.sandbox.fault("UpdateService", 1, "drop-before")
        scaling.sandbox.fault("UntagResource", 1, "throttle")
    assert (scaling.note, scaling.seen["desiredCount"]) == ("", 2)


NEO4J = """\
version: 1
databases:
  ledger: {{instances: {{tags: {{Role: SearchSpace}}}}, login: {{secret: x}}, data: root}}
rollout: {{drain: service, service: {{cluster: {cluster}, name: {service}}}}}
"""


def test_sweep_lets_in_what_a_dead_run_has_stopped(scaling: Scaling, tmp_path: Path) -> None:
    sandbox, where = scaling.sandbox, scaling.where
    image = sandbox.client("ec2").register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"]
    launch(sandbox, image)
    (tmp_path / "neo4j.yml").write_text(NEO4J.format(cluster=where.cluster, service=where.service))
    sandbox.client("ecs").update_service(cluster=where.cluster, service=where.service, desiredCount=0)
    tag = {"key": WRITES_STOPPED_BY, "value": f"dead 2 {Lease(CLOCK.now().replace(year=2020), '', '')}"}
    sandbox.client("ecs").tag_resource(resourceArn=scaling.seen["serviceArn"], tags=[tag])

    def sweep(*words: str) -> Ended:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | sandbox.environment
        return ended(Command("neo4j-ami-rollout", "--mode", "sweep", "--json", *words, env=environment, cwd=tmp_path), tmp_path)

    told(sweep("--dry-run"), 0, f"let writes to ledger in again: {where.service} is scaled to 2")
    assert scaling.seen["desiredCount"] == 0
    told(sweep(), 0, "what was stopped runs again", f"{where.service} is scaled to 2")
    assert (scaling.note, scaling.seen["desiredCount"]) == ("", 2)
