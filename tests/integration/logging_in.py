"""Logs in to a database that may still be starting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

STARTS_WITHIN: Final = 240.0
"""Seconds. Neo4j takes five to start, of a processor that is not shared with ten others."""


@contextmanager
def logged_in(address: str, password: str, within: float = STARTS_WITHIN) -> Iterator[Driver]:
    """A driver that has logged in, as soon as the database at `address` lets it."""
    end = time.monotonic() + within
    while True:
        driver = GraphDatabase.driver(f"bolt://{address}:7687", auth=("neo4j", password))
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError, OSError):
            driver.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
            continue
        with driver:
            yield driver
        return
