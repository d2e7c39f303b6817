"""What is asked of whoever reaches a database, or reads its backups: a backup and a roll-out both have it."""

from typing import Protocol

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.runner import Runner
from credex_actions.neo4j.configuration.model import Backup
from credex_actions.neo4j.configuration.reading import ReadConfiguration


class KeptWhere(Protocol):
    """Where the backups of one environment are. `bucket`: "" without dumps."""

    @property
    def environment(self) -> str: ...
    @property
    def bucket(self) -> str: ...
    @property
    def prefix(self) -> str: ...


class Given(Protocol):
    @property
    def given(self) -> ReadConfiguration: ...


class Surroundings(Protocol):
    @property
    def runner(self) -> Runner: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def asked(self) -> Given: ...


def prefix_of(configured: Backup, environment: str) -> str:
    """Of the objects of this environment."""
    return f"{configured.prefix}{environment}/" if environment else configured.prefix
