"""A database that runs, and what a backup asks of it. Each use opens a connection of its own: between two of them it may have been stopped."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.backup.checks import Answered
from credex_actions.core.clock import Clock
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.databases.refusals import NotOnlineError, UnheardError
from credex_actions.neo4j.bookmark import read_bookmark
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.fingerprint import Fingerprint, id_in_tag
from credex_actions.neo4j.queries import Queries, QueryFailedError
from credex_actions.neo4j.reader import SYSTEM
from credex_actions.neo4j.taking import take

R = TypeVar("R")
ANSWERS_WITHIN: Final = 3.0
"""Seconds of patience for a database of which is asked whether it is back."""
CHECKPOINT_WITHIN: Final = 1800.0
WITHOUT_DATA: Final = frozenset(("system", "composite"))
"""Types of databases that hold none of a user's data."""
FAILED: Final = (DriverError, Neo4jError, QueryFailedError)


class Position(NamedTuple):
    """`store`: its id, as a tag has it. `transaction`: the last one committed; None if it is not told. `others`: databases of the DBMS besides this one and `system`, which share its volume.
    `nodes`: as many as Neo4j's count store tells; None if it does not.
    """

    store: str
    transaction: int | None
    others: tuple[str, ...] = ()
    nodes: int | None = None


@dataclass(frozen=True)
class Live:
    """`opened`: a connection, which is waited for as long as it is told, in seconds."""

    name: str
    database: Database
    clock: Clock
    opened: Callable[[float], AbstractContextManager[Queries]]

    def fingerprint(self) -> Fingerprint:
        return self._ask(lambda queries: take(queries, self.database.database, self.clock))

    def last_transaction(self) -> int | None:
        def ask(queries: Queries) -> int | None:
            bookmark = read_bookmark(queries.last_bookmark(self.database.database))
            shown = [
                row.get("lastCommittedTxn")
                for row in queries.rows("SHOW DATABASES YIELD *", database=SYSTEM, timeout=10)
                if row["name"] == self.database.database
            ]
            return shown[0] if shown and shown[0] is not None else bookmark.transaction if bookmark else None

        return self._ask(ask)

    def position(self) -> Position:
        """Raises Failure."""

        def ask(queries: Queries) -> tuple[str, tuple[str, ...], int | None]:
            store = next(queries.rows("CALL db.info() YIELD id", database=self.database.database, timeout=10), {}).get("id", "")
            rows = queries.rows("SHOW DATABASES YIELD name, type", database=SYSTEM, timeout=10)
            every = {row["name"] for row in rows if row["type"] not in WITHOUT_DATA}
            nodes = next(queries.rows("MATCH (n) RETURN count(n) AS count", database=self.database.database, timeout=10), {}).get("count")
            return id_in_tag(store), tuple(sorted(every - {SYSTEM, self.database.database})), nodes

        store, others, nodes = self._ask(ask)
        return Position(store, self.last_transaction(), others, nodes)

    def can_checkpoint(self) -> bool:
        """Community Edition has no db.checkpoint."""
        text = "SHOW PROCEDURES YIELD name WHERE name = 'db.checkpoint' RETURN name"
        return self._ask(lambda queries: bool(list(queries.rows(text, database=self.database.database, timeout=10))))

    def checkpoint(self) -> None:
        text = "CALL db.checkpoint()"
        self._ask(lambda queries: list(queries.rows(text, database=self.database.database, timeout=CHECKPOINT_WITHIN)))

    def answers(self) -> str:
        """Why it does not, in words; "" if it does."""
        try:
            self._look()
        except FAILED as error:
            return one_line(str(error))
        except Failure as failure:
            if failure.code is Exit.BAD_INPUT:
                raise
            return failure.faults[0].what
        return ""

    def _look(self) -> None:
        with self.opened(ANSWERS_WITHIN) as queries:
            list(queries.rows("RETURN 1 AS one", database=self.database.database, timeout=10))

    def silence(self) -> str:
        """As `answers`, of a database that was started on another root: a login that is refused is one more reason. An empty store knows another password."""
        try:
            return self.answers()
        except Failure as failure:
            return failure.faults[0].what

    def unheard(self) -> bool:
        """Whether nobody can have written to it, as far as this machine can tell. A login that is refused, an error of Neo4j's own, or a way that does not work, such as SSM's, proves nothing: clients have theirs."""
        try:
            self._look()
        except (UnheardError, NotOnlineError):
            return True
        except (Failure, *FAILED):
            return False
        return False

    def checks(self) -> list[Answered]:
        """The configuration's own queries, each with its answer. One that fails stops no other."""
        return self._ask(lambda queries: [self._check(queries, each.query, each.expect, each.within) for each in self.database.checks])

    def _check(self, queries: Queries, query: str, expected: Any, within: str) -> Answered:
        began = time.monotonic()
        limit = duration(within).total_seconds()
        try:
            rows = list(queries.rows(query, database=self.database.database, timeout=limit))
        except FAILED as error:
            return Answered(query, expected, trouble=one_line(str(error)), seconds=round(time.monotonic() - began, 1))
        values = [value for row in rows for value in row.values()]
        trouble = "" if len(values) == 1 else f"it returned {len(values)} values instead of one"
        return Answered(query, expected, values[0] if len(values) == 1 else None, trouble, round(time.monotonic() - began, 1))

    def _ask(self, question: Callable[[Queries], R]) -> R:
        with self.opened(duration(self.database.connect.patience).total_seconds()) as queries:
            try:
                return question(queries)
            except FAILED as error:
                what = f"{self.name}: a query failed: {one_line(str(error))}"
                raise Failure(Exit.REMOTE, Fault(what, "Check the database's log, then run the same command again.")) from None
