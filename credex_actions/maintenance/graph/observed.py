"""What is seen of a database: values, before anything is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

GIB = 1024**3


class Index(NamedTuple):
    """`since`: when reads began to be counted, None where they are not. `constraint`: it belongs to one."""

    name: str
    kind: str
    state: str
    reads: int | None
    last_read: datetime | None
    since: datetime | None
    constraint: bool
    on: str = ""


class Query(NamedTuple):
    """One that runs. `shape`: without literals."""

    transaction: str
    user: str
    shape: str
    seconds: float


class Slow(NamedTuple):
    """One of the query log."""

    shape: str
    times: int
    milliseconds: int
    longest: int


class Log(NamedTuple):
    """`since`: the day of its first entry that was read."""

    queries: int
    hits: int
    faults: int
    since: str
    slow: tuple[Slow, ...]


class Memory(NamedTuple):
    """Bytes. `heap_set`, `cache_set`: what is set explicitly, None where nothing is."""

    machine: int
    heap: int
    heap_set: int | None
    initial_heap_set: int | None
    cache_set: int | None

    @property
    def cache(self) -> int:
        """What the DBMS takes where nothing is set. Source: the description of server.memory.pagecache.size."""
        return self.cache_set if self.cache_set is not None else max(min((self.machine - self.heap) // 2, 70 * self.heap), 0)


class Disk(NamedTuple):
    """Bytes, of the file system that the data is on, and of the store and its transaction logs."""

    size: int
    used: int
    store: int
    logs: int


class Size(NamedTuple):
    at: datetime
    bytes: int


@dataclass(frozen=True)
class Told:
    """What a database says of itself. `troubles`: by part, why it does not say it."""

    version: str = ""
    edition: str = ""
    settings: Mapping[str, str | None] = field(default_factory=dict)
    memory: Memory | None = None
    hit_ratio: float | None = None
    indexes: tuple[Index, ...] = ()
    running: tuple[Query, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)
