"""What is looked at of the databases: each look once, however many checks need it, and one that failed is not tried again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import botocore.exceptions

from credex_actions.backup.archive import Backup
from credex_actions.backup.reading import dumps, of_database, snapshots
from credex_actions.core.aws.clients import explain
from credex_actions.core.durations import duration
from credex_actions.core.faults import Failure
from credex_actions.core.text import one_line
from credex_actions.databases.around import Around
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import Found, find
from credex_actions.databases.login import logins
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.graph import backups, on_disk
from credex_actions.maintenance.graph.asking import ask
from credex_actions.maintenance.graph.observed import Size, Told
from credex_actions.maintenance.graph.on_disk import OnDisk
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.configuration.reading import ReadConfiguration
from credex_actions.rollout.checking import Discovered, discovered
from credex_actions.rollout.versions import sources
from credex_actions.rollout.versions.version import read_series

PATIENCE: Final = "10s"
"""For which a database is waited for: one that does not answer is not restarted by waiting."""


@dataclass
class Shared:
    """What is read once for all databases; what cannot be read raises each time."""

    context: Context
    scope: Scope
    given: ReadConfiguration
    environment: str

    @cached_property
    def backups(self) -> list[Backup]:
        wanted = self.given.configuration.backup
        found = list(snapshots(self.scope.clients, self.environment))
        if isinstance(wanted.bucket, str):
            prefix = f"{wanted.prefix}{self.environment}/" if self.environment else wanted.prefix
            found += dumps(self.scope.clients, wanted.bucket, prefix, self.environment)
        return found

    @cached_property
    def releases(self) -> Discovered:
        image = self.given.configuration.image
        published = tuple(sources.ask(each) for each in sources.of(image))
        return discovered(read_series(image.series), None, published)


@dataclass
class Looks:
    """At one database. `milliseconds`: from which on a query of its log is slow."""

    shared: Shared
    name: str
    database: Database
    milliseconds: int
    _failed: dict[str, Exception] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        return f"{self.shared.environment}/{self.name}" if self.shared.environment else self.name

    @property
    def around(self) -> Around:
        return Around(self.shared.scope.clients, self.shared.context.clock, self.shared.context.runner)

    @cached_property
    def own(self) -> list[Backup]:
        return list(of_database(self.shared.backups, self.name))

    @cached_property
    def found(self) -> Found:
        """Raises Skipped each time, at no further cost, where it was not found once."""
        with self._once("found"):
            return find(self.around.clients, self.name, self.database, self.shared.given.document)

    @cached_property
    def told(self) -> Told:
        with self._once("told"):
            patient = _impatient(self.database)
            given = logins(self.around.clients, patient, mask=self.around.runner.mask, name=self.name, document=self.shared.given.document)
            with reached(self.found, patient, given, self.around) as queries:
                return ask(queries, self.database.database)

    @cached_property
    def on_disk(self) -> OnDisk:
        told = self.told
        with self._once("on_disk"):
            return on_disk.look(self.around, self.found, self.database.database, told, self.milliseconds)

    @contextmanager
    def _once(self, look: str) -> Iterator[None]:
        if look in self._failed:
            raise self._failed[look]
        try:
            yield
        except Failure as failure:
            fault = failure.faults[0]
            self._failed[look] = Skipped(
                one_line(f"{self.resource}: {fault.what}. {fault.hint}" if fault.hint else f"{self.resource}: {fault.what}", 600)
            )
            raise self._failed[look] from None
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            self._failed[look] = Skipped(one_line(f"{self.resource}: {explain(error).faults[0].what}", 600))
            raise self._failed[look] from None
        except Skipped as skipped:
            self._failed[look] = skipped
            raise

    def sizes(self) -> Sequence[Size]:
        """Growth is half of it: without the backups, the disk is judged all the same."""
        try:
            return backups.sizes(self.own)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return ()

    def part(self, *parts: str) -> Told:
        """Raises Skipped where the database has not told one of `parts`."""
        told = self.told
        for part in parts:
            if part in told.troubles:
                raise Skipped(f"{self.resource} does not tell its {part}: {told.troubles[part]}")
        return told


def _impatient(database: Database) -> Database:
    """Once it is known not to answer, nothing is won by waiting longer."""
    from msgspec.structs import replace

    shorter = min(duration(database.connect.patience), duration(PATIENCE))
    return replace(database, connect=replace(database.connect, patience=f"{max(int(shorter.total_seconds()), 1)}s"))
