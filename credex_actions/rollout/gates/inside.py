"""What a DBMS says of itself before it is stopped: its databases, who works with it and for how long. The reading, and the judging of it, which is pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, NamedTuple

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed, one_line
from credex_actions.databases.around import Around
from credex_actions.databases.by_bolt import AGENT
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import Found
from credex_actions.databases.login import logins
from credex_actions.databases.refusals import Status
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.fingerprint import id_in_tag
from credex_actions.neo4j.queries import QueryFailedError
from credex_actions.neo4j.reader import SYSTEM
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.gate import Gate

DATABASES: Final = (
    "SHOW DATABASES YIELD name, currentStatus, requestedStatus, statusMessage RETURN name, currentStatus, requestedStatus, statusMessage"
)
TRANSACTIONS: Final = (
    "SHOW TRANSACTIONS YIELD transactionId, username, clientAddress, database, elapsedTime, currentQuery "
    "WHERE NOT coalesce(currentQuery, '') STARTS WITH 'SHOW TRANSACTIONS' "
    "RETURN transactionId AS id, username, clientAddress AS address, database, elapsedTime.milliseconds AS milliseconds"
)
STORE: Final = "CALL db.info() YIELD id"
CONNECTIONS: Final = (
    "CALL dbms.listConnections() YIELD username, userAgent, clientAddress RETURN username, userAgent AS agent, clientAddress AS address"
)
PATIENCE: Final = 15.0
"""Seconds for one query."""
SHELL: Final = "neo4j-cypher-shell"
ON_ITSELF: Final = ("127.", "localhost", "[::1]", "::1")


class Transaction(NamedTuple):
    """Without its query, which may hold data."""

    id: str
    user: str
    address: str
    database: str
    lasts: timedelta


class Client(NamedTuple):
    """Connections of one user from one host by one program."""

    user: str
    host: str
    agent: str
    connections: int

    def __str__(self) -> str:
        return f"{self.connections} of {self.user or 'nobody yet'} from {self.host or '?'} ({self.agent or 'no user agent'})"


@dataclass(frozen=True)
class Inside:
    """`store`: the id of the database's store, as a tag has it; "" if it is not known."""

    databases: tuple[Status, ...]
    transactions: tuple[Transaction, ...]
    clients: tuple[Client, ...]
    store: str = ""


def look(context: Context, found: Found, database: Database) -> Inside:
    """Raises Failure where the database does not answer."""
    document = context.asked.given.document
    who = logins(context.clients, database, mask=context.runner.mask, name=found.name, document=document)
    try:
        with reached(found, database, who, Around(context.clients, context.clock, context.runner)) as queries:
            databases, transactions, connections = (
                list(queries.rows(text, database=SYSTEM, timeout=PATIENCE)) for text in (DATABASES, TRANSACTIONS, CONNECTIONS)
            )
            store = next(queries.rows(STORE, database=database.database, timeout=PATIENCE), {}).get("id", "")
    except (DriverError, Neo4jError, QueryFailedError) as error:
        hint = "Check that the user may run SHOW TRANSACTIONS and dbms.listConnections, then run the same command again."
        raise Failure(Exit.REMOTE, Fault(f"{found.name}: a query failed: {one_line(str(error))}", hint)) from None
    return replace(told(databases, transactions, connections), store=id_in_tag(store))


def told(
    databases: Iterable[Mapping[str, Any]], transactions: Iterable[Mapping[str, Any]], connections: Iterable[Mapping[str, Any]]
) -> Inside:
    """From the rows. What is our own counts for nothing."""
    return Inside(
        tuple(Status(row["name"], row["currentStatus"], row["requestedStatus"], row["statusMessage"] or "") for row in databases),
        tuple(
            Transaction(
                str(row["id"]),
                str(row["username"] or ""),
                str(row["address"] or ""),
                str(row["database"]),
                timedelta(milliseconds=row["milliseconds"] or 0),
            )
            for row in transactions
        ),
        tuple(sorted(_clients(connections))),
    )


def _clients(connections: Iterable[Mapping[str, Any]]) -> Iterator[Client]:
    counted = Counter(
        (str(row["username"] or ""), _host(str(row["address"] or "")), str(row["agent"] or "").split(" ")[0]) for row in connections
    )
    for (user, host, agent), number in counted.items():
        if not agent.startswith(AGENT) and not (agent.startswith(SHELL) and host.startswith(ON_ITSELF)):
            yield Client(user, host, agent, number)


def _host(address: str) -> str:
    """Without the port, which is another one for each connection."""
    return address.rpartition(":")[0] or address


def databases_gate(name: str, inside: Inside) -> Gate:
    wrong = [each for each in inside.databases if each.current != each.requested]
    if not wrong:
        online = [each.name for each in inside.databases if each.current == "online"]
        return Gate(name="databases", says=f"each is in the state requested of it; online: {listed(online)}", database=name)
    told = "; ".join(
        f"{each.name} is {each.current}, requested {each.requested}{f': {one_line(each.message)}' if each.message else ''}"
        for each in wrong
    )
    hint = "START DATABASE and STOP DATABASE bring a database into a state; the log of Neo4j has why one fails."
    return Gate(name="databases", says=told, shut=True, hint=hint, database=name)


def transactions_gate(name: str, inside: Inside, longest: timedelta) -> Gate:
    long = sorted((each for each in inside.transactions if each.lasts > longest), key=lambda each: each.lasts, reverse=True)
    if not long:
        count = len(inside.transactions)
        return Gate(name="transactions", says=f"none of {count} lasts longer than {in_words(longest)}", database=name)
    told = ", ".join(f"{each.id} of {each.user or '?'} from {each.address or '?'} for {in_words(each.lasts)}" for each in long[:5])
    more = f" and {len(long) - 5} more" if len(long) > 5 else ""  # noqa: PLR2004 - as many as are named
    hint = "Wait for them, or end them with TERMINATE TRANSACTIONS: a stop of the database would roll them back."
    return Gate(name="transactions", says=f"{told}{more}: longer than {in_words(longest)}", shut=True, hint=hint, database=name)


def connected(clients: Sequence[Client]) -> str:
    """Who would lose their connection, in words."""
    total = sum(each.connections for each in clients)
    return (
        f"{total} connection{'' if total == 1 else 's'}: {listed([str(each) for each in clients], 10)}"
        if clients
        else "nobody is connected"
    )
