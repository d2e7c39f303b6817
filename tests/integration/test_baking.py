"""A database that was moved is watched: a real Neo4j, and CloudWatch's alarms in the sandbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from neo4j import GraphDatabase

from credex_actions.backup.live import Live
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run
from credex_actions.neo4j.configuration.model import Database, Rollout
from credex_actions.neo4j.queries import DriverQueries, Queries
from credex_actions.rollout.around.baking import ONE, Alarms, Bake, open_alarms, typical_before
from tests.integration.around import context

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.neo4j import Neo4jServer

CLOCK = SystemClock()
USERS = "SHOW USERS YIELD user RETURN count(user) > 0"
EXISTS = "RETURN EXISTS { (:NeverThere) }"


@contextmanager
def opened(server: "Neo4jServer", _: float) -> Iterator[Queries]:
    with GraphDatabase.driver(server.bolt_url, auth=("neo4j", server.password), connection_timeout=3) as driver:
        driver.verify_connectivity()
        yield DriverQueries(driver)


def live(server: "Neo4jServer", *checks: dict[str, Any]) -> Live:
    database = {"instances": {"tags": {"Role": "x"}}, "login": {"secret": "x"}, "data": "root", "checks": checks}
    return Live("ledger", msgspec.convert(database, Database), CLOCK, partial(opened, server))


def bake(database: Live, alarms: Alarms, seconds: int = 2, silence: int = 60, before: dict[str, float] | None = None) -> Bake:
    settings = Rollout(bake=f"{seconds}s", silence=f"{silence}s", alarms=list(alarms.names))
    return Bake("ledger", database, alarms, settings, before or {}, CLOCK, poll=0.2)


@pytest.fixture
def cloudwatch(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    made: Any = sandbox.client("cloudwatch")
    settings = {"MetricName": "5xx", "Namespace": "core", "Period": 10, "EvaluationPeriods": 1, "Statistic": "Sum"}
    made.put_metric_alarm(AlarmName="5xx", Threshold=1.0, ComparisonOperator="GreaterThanThreshold", **settings)
    made.set_alarm_state(AlarmName="5xx", StateValue="OK", StateReason="all is well")
    return made


def test_a_database_that_runs_well_is_baked_and_what_was_seen_is_told(cloudwatch: Any, neo4j_server: "Neo4jServer") -> None:
    assert cloudwatch
    database = live(neo4j_server, {"query": EXISTS, "expect": False})
    before = typical_before(database)
    assert before.keys() == {ONE, EXISTS}
    done = bake(database, Alarms(Clients(), CLOCK, ["5xx"]), before=before).watch(Run(CLOCK))
    assert done.outcome == "baked"
    assert "RETURN 1 " in done.why


def test_an_alarm_of_the_bakes_own_time_ends_it(cloudwatch: Any, neo4j_server: "Neo4jServer") -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="at-once", MetricName="x", Namespace="core", Period=10, EvaluationPeriods=1, Threshold=1.0, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="at-once", StateValue="ALARM", StateReason="Threshold Crossed")
    done = bake(live(neo4j_server), Alarms(Clients(), CLOCK, ["5xx", "at-once"]), seconds=60).watch(Run(CLOCK))
    assert done.outcome == "failed"
    watched = re.match(r"the alarm at-once is in ALARM \(Threshold Crossed\) \(ledger: watched for (\d+) s", done.why)
    assert watched, done.why
    assert 10 <= int(watched[1]) < 60, "as soon as it looks back at the bake alone"


def test_a_check_that_stays_wrong_ends_it(cloudwatch: Any, neo4j_server: "Neo4jServer") -> None:
    assert cloudwatch
    done = bake(live(neo4j_server, {"query": EXISTS, "expect": True}), Alarms(Clients(), CLOCK, []), seconds=60).watch(Run(CLOCK))
    assert f"the check {EXISTS} returned false, expected true" in done.why


def test_silence_is_borne_for_a_while_and_not_for_ever(cloudwatch: Any, neo4j_server: "Neo4jServer") -> None:
    assert cloudwatch
    watched = bake(live(neo4j_server), Alarms(Clients(), CLOCK, []), seconds=600, silence=1)
    with neo4j_server.paused():
        done = watched.watch(Run(CLOCK))
    assert done.outcome == "failed"
    assert "Bolt has not responded for " in done.why


def test_an_alarm_that_does_not_exist_is_a_fault(cloudwatch: Any, sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloudwatch
    given, _ = context(sandbox, monkeypatch, "{alarms: [5xx, 5xy]}")
    with pytest.raises(Failure, match="there is no alarm 5xy"):
        open_alarms(given)
