"""Which transactions a DBMS has open, without what they run: a query may hold anything."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.neo4j.queries import Queries, QueryFailedError

SHOW: Final = (
    "SHOW TRANSACTIONS YIELD database, transactionId, username, elapsedTime, currentQuery "
    "WHERE NOT coalesce(currentQuery, '') STARTS WITH 'SHOW TRANSACTIONS' "
    "RETURN database, transactionId, username, elapsedTime.seconds AS seconds ORDER BY seconds DESC"
)
"""Source: Cypher manual, "Transaction commands"; in all editions."""
SYSTEM: Final = "system"
PATIENCE: Final = 10.0
MOST_NAMED: Final = 3


def open_transactions(opened: Callable[[float], AbstractContextManager[Queries]], database: str) -> dict[str, str]:
    """A few words for each, by its id; none that asks for transactions itself. Raises Failure."""
    try:
        with opened(PATIENCE) as queries:
            rows = [row for row in queries.rows(SHOW, database=database, timeout=PATIENCE) if row["database"] != SYSTEM]
    except (DriverError, Neo4jError, QueryFailedError) as error:
        hint = "Grant the user SHOW TRANSACTION, or set rollout.drain to service or none."
        raise Failure(Exit.REMOTE, Fault(f"which transactions are open is not known: {one_line(str(error))}", hint)) from None
    return {str(row["transactionId"]): _said(row) for row in rows}


def _said(row: dict[str, Any]) -> str:
    user = one_line(str(row["username"]), 40)
    return f"{row['transactionId']}{f' of {user}' if user else ''}"


def in_words(still: list[str]) -> tuple[str, ...]:
    if not still:
        return ()
    more = f" and {len(still) - MOST_NAMED} more" if len(still) > MOST_NAMED else ""
    return (f"{len(still)} {'transaction' if len(still) == 1 else 'transactions'} ({', '.join(still[:MOST_NAMED])}{more})",)
