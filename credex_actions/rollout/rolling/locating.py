"""Where each database is, also one whose roll-out was cut off, so that neo4j.yml alone does not find it: the note on its instance does."""

from dataclasses import replace

import msgspec

from credex_actions.core.faults import Failure
from credex_actions.databases.finding import Finder, Found, all_of, require_one_each
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.context import Context
from credex_actions.rollout.swap.note import UnreadableNoteError, read_note


def locate(context: Context) -> dict[str, Found]:
    """Raises Failure with every fault of all."""
    finder = Finder(context.clients, context.asked.given.document)
    found = all_of(context.asked.databases, lambda name: locate_one(finder, name, context.asked.databases[name]))
    require_one_each(found, context.asked.given.document)
    return found


def locate_one(finder: Finder, name: str, database: Database) -> Found:
    """Raises Failure."""
    try:
        return finder.find(name, database, stopped=True)
    except Failure as failure:
        half_way = _by_note(finder, name, database)
        if half_way is None:
            raise failure from None
        return half_way


def _by_note(finder: Finder, name: str, database: Database) -> Found | None:
    """Between two volumes, while one is restored, neither is attached, or both have the tags."""
    alone = msgspec.structs.replace(database, data="root")
    try:
        found = finder.find(name, alone, stopped=True)
        note = read_note(found.tags)
    except (Failure, UnreadableNoteError):
        return None
    return replace(found, volume_id=note.volume) if note and note.unfinished else None
