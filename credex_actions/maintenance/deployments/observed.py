"""What is seen of deployments: values, before anything is measured."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["success", "failure", "open"]


class Deployed(NamedTuple):
    """`ended`: when its outcome was known. One that was replaced later has succeeded all the same."""

    id: int
    sha: str
    created: datetime
    outcome: Outcome
    ended: datetime | None


class Change(NamedTuple):
    sha: str
    at: datetime
    subject: str


class Between(NamedTuple):
    """Commits that one has and the other lacks, the oldest first. `total`: all of them; `changes` may be the first hundreds."""

    total: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Environment:
    """`deployed`: the newest first, as far as it is looked back. `cut`: there are more than were read."""

    name: str
    deployed: tuple[Deployed, ...]
    cut: bool = False

    @property
    def serving(self) -> Deployed | None:
        return next((each for each in self.deployed if each.outcome == "success"), None)

    @property
    def finished(self) -> list[Deployed]:
        return [each for each in self.deployed if each.outcome != "open"]
