"""The backups that a roll-out relies on, and the rehearsal with one. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from credex_actions.backup.ages import command, newest_drilled, newest_good, stale, undrilled
from credex_actions.backup.archive import Backup
from credex_actions.core.durations import in_words
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.rehearsal.note import Rehearsed

REHEARSAL: Final = "rehearsal"


def of_store(backups: Sequence[Backup], store: str) -> Sequence[Backup]:
    """Those of the store that runs: one that was wiped, or another configuration's of the same name, has others. `store`: "" where it is not known."""
    return [each for each in backups if not store or each.fingerprint is None or each.fingerprint.id == store]


def backup_gate(name: str, environment: str, backups: Sequence[Backup], most: timedelta, now: datetime, store: str = "") -> Gate:
    newest, backups = newest_good(backups), of_store(backups, store)
    if newest and newest.fingerprint and not newest_good(backups):
        says = f"the newest backup, {newest.id}, is of the store {newest.fingerprint.id}, and {name} runs {store}: none is of that"
        hint = f"Find out why: it was wiped, loaded or replaced since, or another configuration has a database of this name. Then take one: {command('backup', name, environment)}"
        return Gate(name="backup", says=says, shut=True, hint=hint, database=name)
    if why := stale(name, backups, most, now):
        return Gate(name="backup", says=why, shut=True, hint=f"Take one: {command('backup', name, environment)}", database=name)
    newest = newest_good(backups)
    assert newest
    return Gate(name="backup", says=f"{newest.id}, {in_words(now - newest.taken)} old", database=name)


def drill_gate(name: str, environment: str, backups: Sequence[Backup], most: timedelta, now: datetime, store: str = "") -> Gate:
    backups = of_store(backups, store)
    if why := undrilled(name, backups, most, now):
        return Gate(name="drill", says=why, shut=True, hint=f"Drill one: {command('drill', name, environment)}", database=name)
    newest = newest_drilled(backups, now)
    assert newest
    assert newest.drill
    return Gate(name="drill", says=f"{newest.id} was restored on trial and proven {in_words(now - newest.drill.at)} ago", database=name)


def rehearsal_gate(name: str, done: Rehearsed | None, most: timedelta, now: datetime, *, wrong: str = "", skipped: str = "") -> Gate:
    """`wrong`: what this run's own rehearsal found, or why there is none. `skipped`: the reason for doing without."""
    if done is None or wrong:
        says = wrong or "the AMI was not rehearsed with a backup of this database"
        hint = "Correct what it names, and plan again; skip-rehearsal with a reason does without." if wrong else "Plan again: it rehearses."
        return Gate(name=REHEARSAL, says=says, shut=True, hint=hint, passed=skipped, database=name)
    age = now - done.at
    if done.verdict == "failed":
        says = f"the rehearsal {in_words(age)} ago failed"
        return Gate(name=REHEARSAL, says=says, shut=True, hint="Plan again: it rehearses once more.", passed=skipped, database=name)
    if age > most:
        says = f"the rehearsal was {in_words(age)} ago: longer than {in_words(most)}"
        return Gate(name=REHEARSAL, says=says, shut=True, hint="Plan again: it rehearses once more.", passed=skipped, database=name)
    took = f"; Bolt answered after {done.seconds} s" if done.seconds is not None else ""
    return Gate(name=REHEARSAL, says=f"passed {in_words(age)} ago with {done.pair.image}{took}", database=name)


def counts(done: Rehearsed | None, most: timedelta, now: datetime) -> bool:
    """Whether it need not be rehearsed again."""
    return done is not None and done.verdict == "passed" and now - done.at <= most
