"""Whether backups are as young, and as often restored on trial, as neo4j.yml wants. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from credex_actions.backup.ages import command, stale, undrilled
from credex_actions.backup.archive import Backup
from credex_actions.core.durations import duration
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.graph.observed import Size
from credex_actions.neo4j.configuration.model import Backup as Wanted

STALE: Final = "backup-stale"
UNDRILLED: Final = "drill-stale"


def of_ages(name: str, environment: str, resource: str, own: Sequence[Backup], wanted: Wanted, now: datetime) -> Iterator[Finding]:
    """`own`: of this database, whatever their method."""
    if why := stale(name, own, duration(wanted.maximum_age), now):
        yield Finding(
            check=STALE,
            severity="high",
            resource=resource,
            title=f"the newest backup of {resource} is too old" if "has no backup" not in why else f"{resource} has no backup",
            why=f"{why}; backup.maximum-age is {wanted.maximum_age}.",
            fix=command("backup", name, environment),
        )
    elif why := undrilled(name, own, duration(wanted.drill_every), now):  # without a backup there is nothing to drill
        yield Finding(
            check=UNDRILLED,
            severity="medium",
            resource=resource,
            title=f"no backup of {resource} was restored on trial for too long",
            why=f"{why}; backup.drill-every is {wanted.drill_every}.",
            fix=command("drill", name, environment),
        )


def sizes(own: Sequence[Backup]) -> list[Size]:
    """The largest kind of them alone: a snapshot is one of the whole volume, a dump is compressed."""
    by_method: dict[str, list[Size]] = {}
    for each in sorted(own, key=lambda each: each.taken):
        if each.bytes and each.good:
            by_method.setdefault(each.method, []).append(Size(each.taken, each.bytes))
    return max(by_method.values(), key=len, default=[])
