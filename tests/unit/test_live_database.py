"""What a database that does not respond proves: that nobody can have written to it, or nothing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from neo4j.exceptions import ServiceUnavailable

from credex_actions.aws.command_steps import unknown_instance
from credex_actions.backup.live import Live, Position
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure
from credex_actions.databases.finding import Found
from credex_actions.databases.refusals import Status, locked, not_online, unreachable, wrong_password
from credex_actions.neo4j.queries import QueryFailedError

URL = "bolt://10.0.1.5:7687"
FOUND: Any = SimpleNamespace(instance_id="i-1")


def live_of(opened: AbstractContextManager[Any]) -> Live:
    database: Any = SimpleNamespace(database="neo4j", connect=SimpleNamespace(patience="1s"))
    return Live("ledger", database, SystemClock(), lambda _: opened)


@contextmanager
def failing(error: Exception | None) -> Iterator[Any]:
    if error:
        raise error
    yield SimpleNamespace(rows=lambda *_, **__: iter([{"one": 1}]))


def silent(found: Found) -> Failure:
    return unreachable(URL, found, 3, "", "Connection refused")


SEEN: dict[str, tuple[Exception | None, bool]] = {
    "nothing listens": (silent(FOUND), True),
    "the DBMS responds, and the database is not online": (not_online(URL, "neo4j", [Status("neo4j", "dirty", "online")]), True),
    "it responds": (None, False),
    "the login is refused": (wrong_password(URL, 1), False),
    "the user is locked": (locked(URL), False),
    "SSM does not know the instance": (Failure(Exit.REMOTE, unknown_instance("i-1")), False),
    "the query failed": (QueryFailedError("no"), False),
    "the connection broke": (ServiceUnavailable("no"), False),
}


@pytest.mark.parametrize(("error", "unheard"), SEEN.values(), ids=SEEN)
def test_only_what_cannot_have_been_written_to_is_unheard(error: Exception | None, unheard: bool) -> None:
    assert live_of(failing(error)).unheard() is unheard


def test_where_a_dbms_stands_is_told_with_what_shares_its_volume() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "MATCH (n) RETURN count(n) AS count": [{"count": 40}],
        "CALL db.info() YIELD id": [{"id": "DA63-EDE1-7875-8021-FFFF"}],
        "SHOW DATABASES YIELD name, type": [
            {"name": name, "type": kind} for name, kind in (("neo4j", "standard"), ("audit", "standard"), ("system", "system"), ("all", "composite"))
        ],
        "SHOW DATABASES YIELD *": [{"name": "neo4j", "lastCommittedTxn": 9}],
    }  # fmt: skip

    @contextmanager
    def opened() -> Iterator[Any]:
        yield SimpleNamespace(rows=lambda text, **_: iter(rows[text]), last_bookmark=lambda _: "")

    database: Any = SimpleNamespace(database="neo4j", connect=SimpleNamespace(patience="1s"))
    assert Live("ledger", database, SystemClock(), lambda _: opened()).position() == Position("DA63EDE178758021", 9, ("audit",), 40)
