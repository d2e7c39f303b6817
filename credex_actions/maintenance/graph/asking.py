"""Asks a database about itself: what it is set to, what it runs, which indexes it has. It only reads, and what one login may not see stops nothing else."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.core.text import one_line
from credex_actions.maintenance.graph.observed import Index, Memory, Query, Told
from credex_actions.maintenance.graph.query_log import shape
from credex_actions.neo4j.queries import Queries, QueryFailedError

R = TypeVar("R")
WITHIN: Final = 20.0
"""Seconds for a query."""
SYSTEM: Final = "system"
COMPONENTS: Final = (
    "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version, edition"
)
SETTINGS: Final = (
    "server.directories.data",
    "server.directories.transaction.logs.root",
    "server.directories.logs",
    "db.logs.query.enabled",
    "server.memory.heap.initial_size",
    "server.memory.heap.max_size",
    "server.memory.pagecache.size",
)
NAMES: Final = ", ".join(f"'{name}'" for name in SETTINGS)
SHOW_SETTINGS: Final = f"SHOW SETTINGS YIELD name, value WHERE name IN [{NAMES}] RETURN name, value"
MACHINE: Final = (
    "CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes RETURN attributes.TotalPhysicalMemorySize.value AS bytes"
)
HEAP: Final = "CALL dbms.queryJmx('java.lang:type=Memory') YIELD attributes RETURN attributes.HeapMemoryUsage.value.properties.max AS bytes"
RATIO: Final = "CALL dbms.queryJmx('neo4j.metrics:name=*page_cache.hit_ratio') YIELD attributes RETURN attributes.Value.value AS ratio"
"""The metric is there where metrics are: in Enterprise Edition, with server.metrics.jmx.enabled."""
INDEXES: Final = (
    "SHOW INDEXES YIELD name, type, state, owningConstraint, labelsOrTypes, properties, readCount, lastRead, trackedSince "
    "RETURN name, type, state, owningConstraint IS NOT NULL AS constraint, labelsOrTypes AS labels, properties, readCount AS reads, "
    "toString(lastRead) AS last, toString(trackedSince) AS since"
)
TRANSACTIONS: Final = (
    "SHOW TRANSACTIONS YIELD transactionId, username, database, currentQuery, elapsedTime "
    "RETURN transactionId AS id, username AS user, database, currentQuery AS query, elapsedTime.milliseconds AS milliseconds"
)
SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKmMgGtT]?)(?:i?[bB])?")
UNITS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def ask(queries: Queries, database: str) -> Told:
    """Never raises but Cancelled."""
    troubles: dict[str, str] = {}

    def part(name: str, read: Callable[[], R], otherwise: R) -> R:
        try:
            return read()
        except (DriverError, Neo4jError, QueryFailedError) as error:
            troubles[name] = one_line(getattr(error, "message", None) or str(error), 200)
        except (KeyError, TypeError, ValueError):
            troubles[name] = "the answer has another form than that of Neo4j 5"
        return otherwise

    def rows(text: str, where: str = database) -> Iterator[dict[str, Any]]:
        return queries.rows(text, database=where, timeout=WITHIN)

    nothing: dict[str, Any] = {}
    kernel = part("version", lambda: next(rows(COMPONENTS), nothing), nothing)
    settings: Mapping[str, str | None] = part("settings", lambda: {row["name"]: row["value"] for row in rows(SHOW_SETTINGS)}, {})
    return Told(
        version=str(kernel.get("version", "")),
        edition=str(kernel.get("edition", "")),
        settings=settings,
        memory=part("memory", lambda: _memory(rows, settings), None),
        hit_ratio=part("ratio", lambda: next((float(row["ratio"]) for row in rows(RATIO) if row["ratio"] is not None), None), None),
        indexes=part("indexes", lambda: tuple(_index(row) for row in rows(INDEXES)), ()),
        running=part("transactions", lambda: tuple(_running(rows(TRANSACTIONS), database)), ()),
        troubles=troubles,
    )


def _memory(rows: Callable[[str], Iterator[dict[str, Any]]], settings: Mapping[str, str | None]) -> Memory | None:
    machine, heap = (next((int(row["bytes"]) for row in rows(text)), 0) for text in (MACHINE, HEAP))
    if machine <= 0 or heap <= 0:
        return None
    heap_set, initial, cache = (
        size(settings.get(f"server.memory.{name}")) for name in ("heap.max_size", "heap.initial_size", "pagecache.size")
    )
    return Memory(machine, heap, heap_set, initial, cache)


def size(text: str | None) -> int | None:
    """Bytes, as Neo4j writes them: 512.00MiB, 4g, 1024."""
    found = SIZE.fullmatch(text.strip()) if text else None
    return round(float(found[1]) * 1024 ** UNITS[found[2].lower()]) if found else None


def _index(row: Mapping[str, Any]) -> Index:
    on = f"{':'.join(row['labels'] or ())} ({', '.join(row['properties'] or ())})"
    return Index(
        row["name"], row["type"], row["state"], row["reads"], _moment(row["last"]), _moment(row["since"]), bool(row["constraint"]), on
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    """Neo4j appends the zone's name in brackets, and has nine digits of a second."""
    if not text:
        return None
    text = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.partition("[")[0])
    return datetime.fromisoformat(text)


def _running(rows: Iterator[dict[str, Any]], database: str) -> Iterator[Query]:
    for row in rows:
        query = row["query"] or ""
        if row["database"] == database and query and not query.startswith("SHOW TRANSACTIONS"):
            yield Query(row["id"], row["user"] or "", shape(query), (row["milliseconds"] or 0) / 1000)
