"""The public part of credex_actions.neo4j: what a database is, and whether another one is the same."""

from typing import TYPE_CHECKING

from credex_actions.core.clock import SystemClock
from credex_actions.neo4j.configuration.model import Configuration
from credex_actions.neo4j.configuration.reading import read_configuration as read
from credex_actions.neo4j.difference import Difference, difference
from credex_actions.neo4j.fingerprint import Fingerprint
from credex_actions.neo4j.taking import take

if TYPE_CHECKING:
    from neo4j import Driver

__all__ = ["Configuration", "Difference", "Fingerprint", "compare_fingerprints", "read_configuration", "take_fingerprint"]


def take_fingerprint(driver: "Driver", database: str = "neo4j") -> Fingerprint:
    """What identifies `database`, its counts and schema, and a sample of its content; it only reads.

    Takes at most half a minute with the usual bounds; a part that could not be read within them is named in `not_read`. Raises the driver's own errors if the
    database cannot be identified or counted. Source: SHOW DATABASES, dbms.info, dbms.components, the count store (docs/reference/fingerprints.md).
    """
    return take(driver, database, SystemClock())


def compare_fingerprints(before: Fingerprint, after: Fingerprint) -> Difference:
    """What the database of `after` is, seen from `before`: the same, a later or older state of it, diverged, another one. `nothing_lost` is the answer in one word; `str` tells it."""
    return difference(before, after)


def read_configuration(path: str, environment: str = "") -> Configuration:
    """A `neo4j.yml`, checked against its schema and rules; `environment` stands for `{environment}` in it.

    Raises Failure (exit code 2) with all faults, each with line and column, counted from 1.
    """
    return read(path, environment).configuration
