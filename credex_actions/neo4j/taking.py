"""Takes the fingerprint of a database, through a driver or by another way to it. It only reads.

Bounds. Time: `Bounds.seconds`, after which nothing begins but a last look at the transaction; the server ends a query that takes longer. What
identifies the database and how much there is in it, which Neo4j's count store tells, take a few round trips and have to be read; an error
there is raised as the driver raises it. All else, and above all what takes longer with more data (the digest over everything), is left out
when its time is up or a right is missing, and `not_read` says why. For a server that does not respond at all, the driver has its own timeouts.
Memory: rows are read in pages of `reader.PAGE`; of a sample, a digest for each row is kept; the digest over everything is taken of databases
with at most `Bounds.exact` nodes and relationships, and keeps 16 bytes of each node; of labels and relationship types, `MOST_NAMES` are counted. A single property value is read as a whole.
A way that carries little (`Queries.limits`) reads no content: neither the sample nor the digest over everything.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from neo4j import Driver
from neo4j.exceptions import AuthError, ClientError, TransientError

from credex_actions.core.clock import Clock
from credex_actions.core.text import one_line
from credex_actions.neo4j.bookmark import read_bookmark
from credex_actions.neo4j.digests import USUAL, Bounds, digest_of_everything, empty_handed, sample_of
from credex_actions.neo4j.fingerprint import Counts, Fingerprint, Identity, NotRead
from credex_actions.neo4j.queries import DriverQueries, Queries, QueryFailedError
from credex_actions.neo4j.reader import SYSTEM, Reader, TimeIsUpError
from credex_actions.neo4j.schema import constraints, indexes

T = TypeVar("T")

MOST_NAMES: Final = 2_000
"""Labels, and as many relationship types."""
NAMES_AT_ONCE: Final = 50
"""Counts in one query: each is a look into the count store, and the planner's time grows with the query."""


def take(way: Driver | Queries, name: str, clock: Clock, bounds: Bounds = USUAL) -> Fingerprint:
    """The fingerprint of the database `name`. Raises neo4j's own errors, or QueryFailedError, where it cannot be identified or counted."""
    queries = DriverQueries(way) if isinstance(way, Driver) else way
    reader = Reader(queries, name, clock, clock.monotonic() + bounds.seconds)
    missing: list[NotRead] = []

    def part(which: Any, read: Callable[[], T]) -> T | None:
        up = f"its time was up: {bounds.seconds:g} s for all parts"
        try:
            return read()
        except TimeIsUpError:
            missing.append(NotRead(part=which, why=up))
        except AuthError:
            raise
        except (ClientError, TransientError) as error:
            code = error.code or type(error).__name__
            missing.append(NotRead(part=which, why=up if "TimedOut" in code else code))
        except QueryFailedError as error:
            missing.append(NotRead(part=which, why=one_line(str(error))))
        return None

    identity = _identity(reader, part)
    if identity.transaction is None:
        missing.append(NotRead(part="transaction", why="neither SHOW DATABASES nor a bookmark names it"))
    counts = _counts(reader, part, missing)
    schema = part("schema", lambda: (tuple(indexes(reader)), tuple(constraints(reader))))
    users = part("users", lambda: dict(_users(reader)))
    sample = exact = None
    if queries.limits:
        missing += [NotRead(part="sample", why=queries.limits), NotRead(part="exact", why=queries.limits)]
    else:
        sample = part("sample", lambda: sample_of(reader, counts, bounds))
        if sample and empty_handed(sample, counts):
            missing.append(NotRead(part="sample", why="none of the chosen ids is in use: they are too sparse"))
            sample = None
        if counts.nodes + counts.relationships > bounds.exact:
            missing.append(NotRead(part="exact", why=f"there are more than {bounds.exact:,} nodes and relationships"))
        else:
            exact = part("exact", lambda: digest_of_everything(reader))
    last = _transaction(reader)[1]
    meanwhile = last - identity.transaction if last is not None and identity.transaction is not None else None
    return Fingerprint(
        taken=clock.now().isoformat(timespec="seconds"),
        identity=identity,
        counts=counts,
        indexes=schema[0] if schema else (),
        constraints=schema[1] if schema else (),
        users=users,
        sample=sample,
        exact=exact,
        meanwhile=meanwhile,
        not_read=tuple(missing),
    )


def _identity(reader: Reader, part: Callable[[Any, Callable[[], dict[str, Any]]], dict[str, Any] | None]) -> Identity:
    store = reader.one("CALL db.info() YIELD id, creationDate")
    dbms = part("dbms", lambda: reader.one("CALL dbms.info() YIELD id, creationDate", database=SYSTEM)) or {}
    kernel = reader.one(
        "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version, edition"
    )
    uuid, transaction = _transaction(reader)
    return Identity(
        name=reader.name,
        id=store["id"],
        created=store["creationDate"],
        dbms_id=dbms.get("id"),
        dbms_created=dbms.get("creationDate"),
        uuid=uuid,
        transaction=transaction,
        store_format=_shown(reader).get("store"),
        version=kernel.get("version", ""),
        edition=kernel.get("edition", ""),
    )


def _shown(reader: Reader) -> dict[str, Any]:
    """Its row of SHOW DATABASES; in a cluster, that of the server that writes."""
    rows = [row for row in reader.rows("SHOW DATABASES YIELD *", database=SYSTEM, must=True) if row["name"] == reader.name]
    return max(rows, key=lambda row: bool(row.get("writer")), default={})


def _transaction(reader: Reader) -> tuple[str | None, int | None]:
    """The database's UUID, and its last transaction."""
    bookmark = read_bookmark(reader.last_bookmark())
    shown = _shown(reader).get("lastCommittedTxn")
    return (bookmark.uuid if bookmark else None, shown if shown is not None else bookmark.transaction if bookmark else None)


class _Named(NamedTuple):
    labels: dict[str, int]
    types: dict[str, int]
    more: bool


def _counts(reader: Reader, part: Callable[[Any, Callable[[], _Named]], _Named | None], missing: list[NotRead]) -> Counts:
    named = part("labels", lambda: _named(reader))
    if named and named.more:
        missing.append(NotRead(part="labels", why=f"there are more than {MOST_NAMES:,}: the first were counted"))
    return Counts(
        nodes=reader.one("MATCH (n) RETURN count(n) AS count")["count"],
        relationships=reader.one("MATCH ()-[r]->() RETURN count(r) AS count")["count"],
        labels=named.labels if named else {},
        types=named.types if named else {},
    )


def _named(reader: Reader) -> _Named:
    labels = sorted(row["label"] for row in reader.rows("CALL db.labels() YIELD label"))
    types = sorted(row["relationshipType"] for row in reader.rows("CALL db.relationshipTypes() YIELD relationshipType"))
    return _Named(
        _each(reader, labels[:MOST_NAMES], "MATCH (n:{name}) RETURN {at} AS at, count(n) AS count"),
        _each(reader, types[:MOST_NAMES], "MATCH ()-[r:{name}]->() RETURN {at} AS at, count(r) AS count"),
        more=len(labels) > MOST_NAMES or len(types) > MOST_NAMES,
    )


def _each(reader: Reader, names: list[str], query: str) -> dict[str, int]:
    """How many there are of each name; those that are not in use are left out, since only some versions list them."""
    found: dict[str, int] = {}
    for start in range(0, len(names), NAMES_AT_ONCE):
        some = names[start : start + NAMES_AT_ONCE]
        text = " UNION ALL ".join(query.format(name=_quoted(name), at=at) for at, name in enumerate(some))
        found |= {some[row["at"]]: row["count"] for row in reader.rows(text) if row["count"]}
    return found


def _quoted(name: str) -> str:
    """Neo4j reads Unicode escapes before it parses a query, also inside backticks; so a backslash is written as one."""
    return "`{}`".format(name.replace("\\", "\\u005C").replace("`", "``"))


def _users(reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in reader.rows("SHOW USERS YIELD user, roles", database=SYSTEM):
        yield row["user"], tuple(sorted(row["roles"] or ()))
