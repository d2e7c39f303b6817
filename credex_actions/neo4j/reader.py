"""Asks one database, within a time that counts for all that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from neo4j import READ_ACCESS, NotificationDisabledClassification, Query

from credex_actions.core.clock import Clock

if TYPE_CHECKING:
    from neo4j import Driver, Session

PAGE: Final = 1_000
"""Rows that the driver holds at a time."""
LEAST: Final = 10.0
"""Seconds for a query that has to be answered, also when the time is up."""
SYSTEM: Final = "system"


class TimeIsUpError(Exception):
    pass


@dataclass
class Reader:
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
            raise TimeIsUpError
        with self.sessions(database or self.name) as session:
            for record in session.run(Query(text, timeout=left), parameters):
                if not must and self.clock.monotonic() > self.end:
                    raise TimeIsUpError
                yield record.data()

    def one(self, text: str, *, database: str = "") -> dict[str, Any]:
        """The first row of what has to be answered."""
        return next(self.rows(text, database=database, must=True), {})

    def last_bookmark(self) -> str:
        with self.sessions(self.name) as session:
            session.run("RETURN 1").consume()
            return max(session.last_bookmarks().raw_values, default="")
