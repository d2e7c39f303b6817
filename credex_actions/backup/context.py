"""What all backups of a run share."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from credex_actions.backup.request import Asked
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.runner import Runner
from credex_actions.databases.finding import Found
from credex_actions.neo4j.configuration.model import Database


@dataclass(frozen=True)
class Context:
    """`caller`: the ARN of who runs it. `run`: what it marks everything with that it makes. `give_up`: when it has to have ended."""

    runner: Runner
    clock: Clock
    clients: Clients
    asked: Asked
    caller: str
    run: str
    give_up: datetime

    @property
    def partition(self) -> str:
        """`aws`, `aws-us-gov`, `aws-cn`."""
        return self.caller.split(":")[1]

    @property
    def account(self) -> str:
        return self.caller.split(":")[4]


class Target(NamedTuple):
    """One database, as it is configured and as it was found."""

    name: str
    database: Database
    found: Found
