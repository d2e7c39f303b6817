"""What is sent to a database whose users take turns, and that nothing is sent after a signal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from credex_actions.core.clock import Cancelled, OutOfTime, SystemClock
from credex_actions.core.secret import Secret
from credex_actions.rotation.kinds.neo4j_password import PASSWORD, USER, Neo4jPasswordSource
from credex_actions.rotation.values import Values

NEXT = {USER: Secret("app_b"), PASSWORD: Secret("canary")}


class SignalAfter(SystemClock):
    """A signal comes after so many writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def check(self) -> None:
        if self.left == 0:
            raise Cancelled(signal.SIGTERM)
        self.left -= 1


class Database:
    """Takes every statement; the user that serves has two roles."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def run(self, statement: str, _parameters: dict[str, str] | None = None) -> "Database":
        if not statement.startswith("SHOW"):
            self.sent.append(" ".join(statement.split()[:3]))
        return self

    def consume(self) -> None:
        """Nothing is left to read."""


class Source(Neo4jPasswordSource):
    """With a database of the test, in which the new password does not log in until it is set."""

    database: Database

    @contextmanager
    def _as_serving(self) -> Iterator[Any]:
        yield self.database

    def _roles(self, _session: Any) -> list[str]:
        return ["reader", "wri`ter"]

    def verify(self, _values: Values) -> str:
        return "refused"


def source(writes: int) -> Source:
    made = Source("bolt://h", ("app", "app_b"), 20, "RETURN 1", lambda _: NEXT, SignalAfter(writes))
    made.database = Database()
    return made


ALL = ["CREATE USER $user", "GRANT ROLE `reader`", "GRANT ROLE `wri``ter`", "ALTER USER $user"]


def test_an_installation_is_four_statements_where_the_user_is_there_already() -> None:
    database = source(len(ALL))
    database.install(NEXT)
    assert database.database.sent == ALL


@pytest.mark.parametrize("writes", range(len(ALL)))
def test_no_statement_is_sent_after_a_signal_and_what_was_begun_is_not_called_undone(writes: int) -> None:
    database = source(writes)
    with pytest.raises(Cancelled) as raised:
        database.install(NEXT)
    assert database.database.sent == ALL[:writes]
    assert isinstance(raised.value, OutOfTime) is (writes > 0)
    assert raised.value.signal_number == signal.SIGTERM


def test_no_password_is_taken_away_after_a_signal() -> None:
    database = source(0)
    with pytest.raises(Cancelled):
        database.delete("app")
    assert database.database.sent == []
