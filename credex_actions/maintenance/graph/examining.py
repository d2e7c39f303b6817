"""Looks at the databases of neo4j.yml: each is asked, its instance too, and its backups are counted."""

from collections.abc import Iterator
from typing import NoReturn

from credex_actions.core.faults import Failure
from credex_actions.databases.choosing import chosen
from credex_actions.maintenance.catalogue.databases import CHECKS
from credex_actions.maintenance.checking import Checking, Wanted, everything
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.graph import working
from credex_actions.maintenance.graph.looks import Looks, Shared
from credex_actions.maintenance.graph.one_database import OneDatabase
from credex_actions.neo4j.configuration.groups import asked_for
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.configuration.reading import ReadConfiguration


def examine(context: Context, scope: Scope, given: ReadConfiguration, environment: str = "", *, wanted: Wanted = everything) -> Examined:
    """`environment`: what stood for {environment} when `given` was read. Never raises but Cancelled."""
    checking = Checking(context, wanted, scope.account, scope.region)
    shared = Shared(context, scope, given, environment)
    slow = int(checking.setting(working.SLOW, "milliseconds"))
    for name, database in _databases(checking, scope, given):
        OneDatabase(checking, Looks(shared, name, database, slow)).examine()
    return checking.examined()


def _databases(checking: Checking, scope: Scope, given: ReadConfiguration) -> Iterator[tuple[str, Database]]:
    """A group whose instances are not what is configured keeps nobody from hearing about the others."""
    for name, entry in asked_for(given.configuration.databases, given.configuration).items():
        try:
            found = chosen(scope.clients, {name: entry}, given.document)
        except Failure as failure:
            _tell(checking, failure)
            continue
        yield from found.items()


def _tell(checking: Checking, failure: Failure) -> None:
    def look() -> NoReturn:
        raise failure

    checking.run([each.name for each in CHECKS], look)
