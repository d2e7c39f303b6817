"""Which backups are fresh, which are proven, and which may go: pure, by what `list` reads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from credex_actions.backup.archive import Backup
from credex_actions.core.durations import in_words

CLOCKS_AGREE: Final = timedelta(hours=1)
"""A drill later than that from now never was: a clock was wrong, or a person wrote the tag."""


class Kept(NamedTuple):
    backup: Backup
    why: str


class Pruning(NamedTuple):
    goes: tuple[Backup, ...]
    stays: tuple[Kept, ...]


def newest_first(backups: Iterable[Backup]) -> list[Backup]:
    return sorted(backups, key=lambda each: (each.taken, each.id), reverse=True)


def newest_good(backups: Iterable[Backup]) -> Backup | None:
    return next((each for each in newest_first(backups) if each.good), None)


def newest_drilled(backups: Iterable[Backup], now: datetime) -> Backup | None:
    """The one whose successful drill is the newest."""
    proven = [each for each in backups if each.good and each.drill and each.drill.proven and each.drill.at <= now + CLOCKS_AGREE]
    return max(proven, key=lambda each: each.drill.at if each.drill else each.taken, default=None)


def command(mode: str, database: str, environment: str) -> str:
    """What to run for one database. Backups are of an environment: without it, the one that is taken would not be seen where it is missed."""
    return f"credex-actions neo4j-backup --mode {mode} --databases {database}{f' --environment {environment}' if environment else ''}"


def stale(database: str, backups: Sequence[Backup], most: timedelta, now: datetime) -> str:
    """Why the newest backup is not new enough, in a sentence; "" where it is."""
    newest = newest_good(backups)
    if newest is None:
        unfinished = sum(each.state != "complete" for each in backups)
        disproven = sum(each.disproven for each in backups)
        unread = sum(each.state == "complete" and not each.disproven for each in backups)
        parts = [f"{unfinished} that never completed"] * bool(unfinished) + [f"{unread} without a fingerprint or a checksum"] * bool(unread)
        parts += [f"{disproven} that a drill has not proven"] * bool(disproven)
        besides = f", only {' and '.join(parts)}" if parts else ""
        return f"{database} has no backup{besides}"
    age = now - newest.taken
    if age <= most:
        return ""
    return f"the newest backup of {database}, {newest.id}, is {in_words(age)} old: older than {in_words(most)}"


def undrilled(database: str, backups: Sequence[Backup], most: timedelta, now: datetime) -> str:
    """Why the newest successful drill is not new enough, in a sentence; "" where it is."""
    newest = newest_drilled(backups, now)
    if newest is None or newest.drill is None:
        return f"no backup of {database} was ever restored on trial and proven"
    age = now - newest.drill.at
    if age <= most:
        return ""
    return f"the newest successful drill of {database}, with {newest.id}, was {in_words(age)} ago: longer than {in_words(most)}"


def pruning(backups: Sequence[Backup], last: int, young: timedelta, now: datetime) -> Pruning:
    """What goes and what stays, of the backups of one database. What never completed is no backup, and not counted: a sweep removes it.

    Of each other store that is among them the newest one stays: a database that was wiped is backed up every night all the same, and its empty
    backups would push out those of what was lost.
    """
    good = newest_first(each for each in backups if each.good)
    others = newest_first(each for each in backups if each.state == "complete" and not each.good)
    goes: list[Backup] = []
    stays: list[Kept] = []
    drilled = newest_drilled(backups, now)
    stores: dict[str, str] = {}
    for at, backup in enumerate(good):
        store = backup.fingerprint.id if backup.fingerprint else ""
        if store in stores or not stores:
            why = next(_reasons(backup, at, last, young, now, drilled), "")
        else:
            why = f"the newest one of another store, {store}: a person has to decide"
        stores.setdefault(store, backup.place)
        if why:
            stays.append(Kept(backup, why))
        else:
            goes.append(backup)
    stays += [Kept(each, f"a person has to decide: {each.why or 'a drill has not proven it'}") for each in others]
    return Pruning(tuple(goes), tuple(stays))


def _reasons(backup: Backup, at: int, last: int, young: timedelta, now: datetime, drilled: Backup | None) -> Iterator[str]:
    if at == 0:
        yield "the newest good one"
    if drilled is not None and backup.place == drilled.place:
        yield "the newest one that a drill has proven"
    if at < last:
        yield f"among the last {last}"
    if now - backup.taken < young:
        yield f"younger than {in_words(young)}"
