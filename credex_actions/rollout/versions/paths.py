"""Which version a database may be updated to from the one that it runs, and what that takes. Pure; the rules are Neo4j's."""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from credex_actions.rollout.versions.version import FIRST_OF_CALENDAR, Series, Version

CHECKPOINT: Final = Series(5, 26)
"""What every 5.x has to pass through. Source: Neo4j upgrade and migration guide, "Upgrade to 2025.x"."""
SUPPORTED_UNTIL: Final = {Series(4, 4): date(2025, 11, 30), Series(5, 26): date(2028, 6, 30)}
"""Of long-term support. Source: release notes of 4.4.46; Neo4j developer blog, "Neo4j v5 LTS" (until June 2028)."""
NOTES: Final = "https://neo4j.com/release-notes/database/"
FIRST_OPEN: Final = 5
"""The first major version whose stores later ones upgrade by themselves; an older one is migrated by a command."""


class Path(NamedTuple):
    """`refused`: why it is not allowed, "" if it is. `notes`: what it takes."""

    refused: str = ""
    notes: tuple[str, ...] = ()


def path(now: Version, then: Version) -> Path:
    if then < now:
        return Path(f"{then} is older than {now}, which runs: Neo4j does not support downgrades, an older backup would have to be restored")
    if now.major < FIRST_OPEN <= then.major:
        return Path(f"{now} comes before 5: its store is migrated to {then} by `neo4j-admin database migrate`, not by starting it")
    if then.major >= FIRST_OF_CALENDAR and now.series < CHECKPOINT:
        return Path(f"from {now} the path to {then} leads through {CHECKPOINT}: update to that first")
    return Path(notes=tuple(_notes(now, then)))


def _notes(now: Version, then: Version) -> Iterator[str]:
    if java_of(now) != java_of(then):
        yield f"{then} runs on Java {java_of(then)}, {now} on Java {java_of(now)}: plug-ins have to do so too"
    if now.major != then.major:
        yield f"a store that {then} has opened is refused by {now}: going back takes a backup from before"


def java_of(version: Version) -> int:
    """Source: Neo4j operations manual, "System requirements": 2025.01 needs 21; 5.x runs on 17."""
    return 21 if version.major >= FIRST_OF_CALENDAR else 17


def end_of_life(series: Series, today: date) -> str:
    """Until when a series is supported, in words; "" if nothing is to be said."""
    until = SUPPORTED_UNTIL.get(series)
    if until:
        return f"{series} {'is supported until' if today <= until else 'has not been supported since'} {until:%B %Y}"
    if series.major >= FIRST_OF_CALENDAR:
        return f"{series} is supported until the next release"
    return (
        f"{series} is no longer supported: of 5, {CHECKPOINT} is"
        if series.major == CHECKPOINT.major
        else f"{series} is no longer supported"
    )


def release_notes(version: Version) -> str:
    """Versions before 2025.01 have no page of a regular name: the list has them."""
    if version.major < FIRST_OF_CALENDAR:
        return NOTES
    return f"{NOTES}neo4j-{version.major}-{version.minor:02d}-{version.patch}/"
