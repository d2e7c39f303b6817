"""Takes the fingerprint of a database through a driver. It only reads.

Bounds. Time: `Bounds.seconds`, after which nothing begins but a last look at the transaction; the server ends a query that takes longer. What
identifies the database and how much there is in it, which Neo4j's count store tells, take a few round trips and have to be read; an error
there is raised as the driver raises it. All else, and above all what takes longer with more data (the digest over everything), is left out
when its time is up or a right is missing, and `not_read` says why. For a server that does not respond at all, the driver has its own timeouts.
Memory: rows are read in pages of `PAGE`; of a sample, a digest for each row is kept; the digest over everything is taken of databases with at most `Bounds.exact` nodes and relationships,
and keeps 16 bytes of each node; of labels and relationship types, `MOST_NAMES` are counted. A single property value is read as a whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from neo4j import READ_ACCESS, NotificationDisabledClassification, Query
from neo4j.exceptions import AuthError, ClientError, TransientError

from credex_actions.core.clock import Clock
from credex_actions.neo4j.bookmark import read_bookmark
from credex_actions.neo4j.content import Total, chosen, digest, grouped, span_of
from credex_actions.neo4j.fingerprint import Constraint, Counts, Fingerprint, Identity, Index, NotRead, Sample

if TYPE_CHECKING:
    from neo4j import Driver, Session


T = TypeVar("T")

PAGE: Final = 1_000
"""Rows that the driver holds at a time."""
MOST_NAMES: Final = 2_000
"""Labels and relationship types. Neo4j itself advises against thousands of them."""
NAMES_AT_ONCE: Final = 50
"""Counts in one query: each is a look into the count store, and the planner's time grows with the query."""
IDS_AT_ONCE: Final = 500
ENOUGH: Final = 8
"""A sample that finds one in so many is taken; one that finds fewer is drawn from a wider span."""
SPARSEST: Final = 64
"""Times the count: wider no span becomes."""
LEAST: Final = 10.0
"""Seconds for a query that has to be answered, also when the time is up."""
GROUPS: Final = 64
SEED: Final = 1
SYSTEM: Final = "system"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    seconds: float = 60.0
    exact: int = 100_000  # nodes and relationships together, up to which the digest covers them all
    sample: int = 2_048  # ids of nodes, and as many of relationships
    seed: int = SEED


class _TimeIsUpError(Exception):
    pass


@dataclass
class _Reader:
    driver: "Driver"
    name: str
    clock: Clock
    end: float

    def sessions(self, database: str) -> "Session":
        silent = [NotificationDisabledClassification.DEPRECATION]
        return self.driver.session(
            database=database,
            default_access_mode=READ_ACCESS,
            fetch_size=PAGE,
            notifications_disabled_classifications=silent,
        )

    def rows(self, text: str, /, *, database: str = "", must: bool = False, **parameters: Any) -> Iterator[dict[str, Any]]:
        left = self.end - self.clock.monotonic()
        if must:
            left = max(left, LEAST)
        if left <= 0:
            raise _TimeIsUpError
        with self.sessions(database or self.name) as session:
            for record in session.run(Query(text, timeout=left), parameters):
                if not must and self.clock.monotonic() > self.end:
                    raise _TimeIsUpError
                yield record.data()

    def one(self, text: str, *, database: str = "") -> dict[str, Any]:
        """The first row of what has to be answered."""
        return next(self.rows(text, database=database, must=True), {})

    def last_bookmark(self) -> str:
        with self.sessions(self.name) as session:
            session.run("RETURN 1").consume()
            return max(session.last_bookmarks().raw_values, default="")


def take(driver: "Driver", name: str, clock: Clock, bounds: Bounds = Bounds()) -> Fingerprint:
    """The fingerprint of the database `name`. Raises neo4j's own errors where it cannot be identified or counted."""
    reader = _Reader(driver, name, clock, clock.monotonic() + bounds.seconds)
    missing: list[NotRead] = []

    def part(which: Any, read: Callable[[], T]) -> T | None:
        up = f"its time was up: {bounds.seconds:g} s for all parts"
        try:
            return read()
        except _TimeIsUpError:
            missing.append(NotRead(part=which, why=up))
        except AuthError:
            raise
        except (ClientError, TransientError) as error:
            code = error.code or type(error).__name__
            missing.append(NotRead(part=which, why=up if "TimedOut" in code else code))
        return None

    identity = _identity(reader, part)
    if identity.transaction is None:
        missing.append(NotRead(part="transaction", why="neither SHOW DATABASES nor a bookmark names it"))
    counts = _counts(reader, part, missing)
    schema = part("schema", lambda: (tuple(_indexes(reader)), tuple(_constraints(reader))))
    users = part("users", lambda: dict(_users(reader)))
    sample = part("sample", lambda: _sample(reader, counts, bounds))
    if sample and _empty_handed(sample, counts):
        missing.append(NotRead(part="sample", why="none of the chosen ids is in use: they are too sparse"))
        sample = None
    exact = None
    if counts.nodes + counts.relationships > bounds.exact:
        missing.append(NotRead(part="exact", why=f"there are more than {bounds.exact:,} nodes and relationships"))
    else:
        exact = part("exact", lambda: _exact(reader))
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


def _identity(reader: _Reader, part: Callable[[Any, Callable[[], dict[str, Any]]], dict[str, Any] | None]) -> Identity:
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


def _shown(reader: _Reader) -> dict[str, Any]:
    """Its row of SHOW DATABASES; in a cluster, that of the server that writes."""
    rows = [row for row in reader.rows("SHOW DATABASES YIELD *", database=SYSTEM, must=True) if row["name"] == reader.name]
    return max(rows, key=lambda row: bool(row.get("writer")), default={})


def _transaction(reader: _Reader) -> tuple[str | None, int | None]:
    """The database's UUID, and its last transaction."""
    bookmark = read_bookmark(reader.last_bookmark())
    shown = _shown(reader).get("lastCommittedTxn")
    return (bookmark.uuid if bookmark else None, shown if shown is not None else bookmark.transaction if bookmark else None)


class _Named(NamedTuple):
    labels: dict[str, int]
    types: dict[str, int]
    more: bool


def _counts(reader: _Reader, part: Callable[[Any, Callable[[], _Named]], _Named | None], missing: list[NotRead]) -> Counts:
    named = part("labels", lambda: _named(reader))
    if named and named.more:
        missing.append(NotRead(part="labels", why=f"there are more than {MOST_NAMES:,}: the first were counted"))
    return Counts(
        nodes=reader.one("MATCH (n) RETURN count(n) AS count")["count"],
        relationships=reader.one("MATCH ()-[r]->() RETURN count(r) AS count")["count"],
        labels=named.labels if named else {},
        types=named.types if named else {},
    )


def _named(reader: _Reader) -> _Named:
    labels = sorted(row["label"] for row in reader.rows("CALL db.labels() YIELD label"))
    types = sorted(row["relationshipType"] for row in reader.rows("CALL db.relationshipTypes() YIELD relationshipType"))
    return _Named(
        _each(reader, labels[:MOST_NAMES], "MATCH (n:{name}) RETURN {at} AS at, count(n) AS count"),
        _each(reader, types[:MOST_NAMES], "MATCH ()-[r:{name}]->() RETURN {at} AS at, count(r) AS count"),
        more=len(labels) > MOST_NAMES or len(types) > MOST_NAMES,
    )


def _each(reader: _Reader, names: list[str], query: str) -> dict[str, int]:
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


def _indexes(reader: _Reader) -> Iterator[Index]:
    rows = reader.rows("SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties")
    for row in sorted(rows, key=lambda each: str(each["name"])):
        yield Index(**_members(row), type=row["type"])


RENAMED: Final = {
    "UNIQUENESS": "NODE_PROPERTY_UNIQUENESS",
    "RELATIONSHIP_UNIQUENESS": "RELATIONSHIP_PROPERTY_UNIQUENESS",
}
"""Cypher 5's words for constraints, in Cypher 25's."""


def _constraints(reader: _Reader) -> Iterator[Constraint]:
    rows = reader.rows("SHOW CONSTRAINTS YIELD *")
    for row in sorted(rows, key=lambda each: str(each["name"])):
        yield Constraint(**_members(row), type=RENAMED.get(row["type"], row["type"]), property_type=row.get("propertyType"))


def _members(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "entity": row["entityType"],
        "labels_or_types": tuple(row["labelsOrTypes"] or ()),
        "properties": tuple(row["properties"] or ()),
    }


def _users(reader: _Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in reader.rows("SHOW USERS YIELD user, roles", database=SYSTEM):
        yield row["user"], tuple(sorted(row["roles"] or ()))


NODES_AT = """MATCH (n) WHERE id(n) IN $ids
RETURN id(n) AS id, labels(n) AS names, properties(n) AS properties, COUNT { (n)-->() } AS out, COUNT { (n)<--() } AS into"""
RELATIONSHIPS_AT = """MATCH (a)-[r]->(b) WHERE id(r) IN $ids
RETURN id(r) AS id, [type(r)] AS names, properties(r) AS properties, id(a) AS out, id(b) AS into"""


class _Drawn(NamedTuple):
    span: int
    digests: list[tuple[int, bytes]]


def _drawn(reader: _Reader, query: str, what: str, count: int, bounds: Bounds) -> _Drawn:
    """Ids of what was deleted are not always used again, so that those in use may lie far above the count: then the span is doubled."""
    span = span_of(count)
    widest = span * SPARSEST
    while True:
        ids = chosen(bounds.seed, what, span, bounds.sample)
        found = [
            (row["id"], digest(row["names"], row["properties"], row["out"], row["into"]))
            for start in range(0, len(ids), IDS_AT_ONCE)
            for row in reader.rows(query, ids=ids[start : start + IDS_AT_ONCE])
        ]
        if len(found) * ENOUGH >= min(count, bounds.sample) or span >= widest:
            return _Drawn(span, found)
        span *= 2


def _sample(reader: _Reader, counts: Counts, bounds: Bounds) -> Sample:
    nodes = _drawn(reader, NODES_AT, "nodes", counts.nodes, bounds)
    relationships = _drawn(reader, RELATIONSHIPS_AT, "relationships", counts.relationships, bounds)
    return Sample(
        seed=bounds.seed,
        node_span=nodes.span,
        relationship_span=relationships.span,
        found=len(nodes.digests) + len(relationships.digests),
        node_groups=grouped(nodes.digests, GROUPS),
        relationship_groups=grouped(relationships.digests, GROUPS),
    )


def _empty_handed(sample: Sample, counts: Counts) -> bool:
    """A sample of nothing would equal every other one."""
    nothing = str(Total())[: len(sample.node_groups[0])]
    return any(
        count and set(groups) == {nothing}
        for count, groups in ((counts.nodes, sample.node_groups), (counts.relationships, sample.relationship_groups))
    )


def _exact(reader: _Reader) -> str:
    """Ids do not count here: a copy that numbers its nodes anew has the same digest. A relationship counts with the content of what it joins."""
    nodes: dict[int, bytes] = {}
    total = Total()
    for row in reader.rows("MATCH (n) RETURN id(n) AS id, labels(n) AS names, properties(n) AS properties"):
        nodes[row["id"]] = each = digest(row["names"], row["properties"])
        total.add(each)
    everything = "MATCH (a)-[r]->(b) RETURN [type(r)] AS names, properties(r) AS properties, id(a) AS out, id(b) AS into"
    for row in reader.rows(everything):
        total.add(digest(row["names"], row["properties"], nodes.get(row["out"], b""), nodes.get(row["into"], b"")))
    return str(total)
