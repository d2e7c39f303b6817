"""Asking a DBMS: what a way to it has to offer, and the way by a driver. It only reads, but for `administer`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from neo4j import READ_ACCESS, WRITE_ACCESS, NotificationMinimumSeverity, Query

if TYPE_CHECKING:
    from neo4j import Driver, Session

PAGE: Final = 1_000
"""Rows that the driver holds at a time."""
SYSTEM: Final = "system"
NONE: Final[Mapping[str, Any]] = {}


class QueryFailedError(Exception):
    """A query was not answered; says why in one line. Ways other than a driver raise it in the place of the driver's own errors."""


class Queries(Protocol):
    """`limits`: what this way cannot carry, in words; "" if it carries whatever a driver does."""

    @property
    def limits(self) -> str: ...

    def rows(self, text: str, parameters: Mapping[str, Any] = NONE, *, database: str, timeout: float) -> Iterator[dict[str, Any]]:
        """What a query returns. The server, or the way to it, ends one that takes longer than `timeout` seconds."""

    def last_bookmark(self, database: str) -> str:
        """Of a transaction that was begun just now; "" if this way has none."""

    def administer(self, text: str, *, timeout: float) -> None:
        """An administration command, such as ALTER DATABASE."""


@dataclass(frozen=True)
class DriverQueries:
    """Raises what the driver raises."""

    driver: "Driver"
    limits: str = ""

    def rows(self, text: str, parameters: Mapping[str, Any] = NONE, *, database: str, timeout: float) -> Iterator[dict[str, Any]]:
        with self._session(database) as session:
            for record in session.run(Query(text, timeout=timeout), parameters):  # type: ignore[arg-type] # neo4j.yml holds queries too
                yield record.data()

    def last_bookmark(self, database: str) -> str:
        with self._session(database) as session:
            session.run("RETURN 1").consume()
            return max(session.last_bookmarks().raw_values, default="")

    def administer(self, text: str, *, timeout: float) -> None:
        with self._session(SYSTEM, WRITE_ACCESS) as session:
            session.run(Query(text, timeout=timeout)).consume()

    def _session(self, database: str, mode: str = READ_ACCESS) -> "Session":
        return self.driver.session(
            database=database,
            default_access_mode=mode,
            fetch_size=PAGE,
            notifications_min_severity=NotificationMinimumSeverity.OFF,  # else the driver logs them, with the query
        )
