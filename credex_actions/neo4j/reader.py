"""Asks one database, within a time that counts for all that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from credex_actions.core.clock import Clock
from credex_actions.neo4j.queries import Queries

LEAST: Final = 10.0
"""Seconds for a query that has to be answered, also when the time is up."""
SYSTEM: Final = "system"


class TimeIsUpError(Exception):
    pass


@dataclass
class Reader:
    queries: Queries
    name: str
    clock: Clock
    end: float

    def rows(self, text: str, /, *, database: str = "", must: bool = False, **parameters: Any) -> Iterator[dict[str, Any]]:
        left = self.end - self.clock.monotonic()
        if must:
            left = max(left, LEAST)
        if left <= 0:
            raise TimeIsUpError
        for row in self.queries.rows(text, parameters, database=database or self.name, timeout=left):
            if not must and self.clock.monotonic() > self.end:
                raise TimeIsUpError
            yield row

    def one(self, text: str, *, database: str = "") -> dict[str, Any]:
        """The first row of what has to be answered."""
        return next(self.rows(text, database=database, must=True), {})

    def last_bookmark(self) -> str:
        return self.queries.last_bookmark(self.name)
