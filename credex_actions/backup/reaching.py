"""From a database of the configuration, or a restored copy of it, to what can be asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from math import ceil

import msgspec

from credex_actions.backup.context import Target
from credex_actions.backup.live import Live
from credex_actions.backup.surroundings import Surroundings
from credex_actions.databases.around import Around
from credex_actions.databases.connection import reached
from credex_actions.databases.login import Login, logins
from credex_actions.neo4j.queries import Queries


def live(context: Surroundings, target: Target) -> Live:
    """The database in use."""
    return _live(context, target, None)


def copy(context: Surroundings, target: Target, instance: str, address: str, taken: datetime) -> Live:
    """What was restored to `instance` from a backup that was taken then: logged in to as it was at that time, and never at the address of the one in use."""
    return _live(context, target._replace(found=replace(target.found, instance_id=instance, address=address)), taken)


def _live(context: Surroundings, target: Target, taken: datetime | None) -> Live:
    around = Around(context.clients, context.clock, context.runner)
    document = context.asked.given.document

    @cache
    def who() -> tuple[Login, ...]:
        return logins(context.clients, target.database, taken, mask=context.runner.mask, name=target.name, document=document)

    @contextmanager
    def opened(seconds: float) -> Iterator[Queries]:
        connect = msgspec.structs.replace(target.database.connect, patience=f"{ceil(seconds)}s")
        database = msgspec.structs.replace(target.database, connect=connect)
        with reached(target.found, database, who(), around, copy=taken is not None) as queries:
            yield queries

    return Live(target.name, target.database, context.clock, opened)
