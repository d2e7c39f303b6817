"""Which groups of checks are to be run, and in which accounts: by the configuration alone, so that all machines of a run plan the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from credex_actions.core.shard import Shard
from credex_actions.maintenance.configuration.model import Configuration
from credex_actions.maintenance.finding import NOT_CHOSEN, Ran
from credex_actions.maintenance.groups import Group

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Piece:
    """One group, in one account where it is run by account. `checks`: names of those that are to run. `account`: its name in the configuration, "" for the job's own."""

    name: str
    group: Group
    checks: tuple[str, ...]
    account: str = ""

    @property
    def key(self) -> Key:
        return self.name, self.account

    def __str__(self) -> str:
        return f"{self.name} of {self.account}" if self.account else self.name


@dataclass(frozen=True)
class Planned:
    """`pieces` are to be run; `ran` says of all other checks why they are not."""

    pieces: tuple[Piece, ...]
    ran: tuple[Ran, ...]

    def share(self, shard: Shard) -> tuple[Piece, ...]:
        """By turns: neighbours are the same group in different accounts, and take about as long as each other. Each piece is in one share."""
        return self.pieces[shard.number - 1 :: shard.of]

    def owner(self, index: int, count: int) -> Shard:
        """Whose share the piece with this index is in."""
        return Shard(index % count + 1, count)


def plan(groups: Mapping[str, Group], chosen: Sequence[str], configuration: Configuration) -> Planned:
    """Pure."""
    accounts = [each.name for each in configuration.accounts] or [""]
    pieces: list[Piece] = []
    ran: list[Ran] = []
    for name, group in groups.items():
        ran += [Ran(check.name, "skipped", NOT_CHOSEN) for check in group.checks if check.name not in chosen]
        lacks = {check.name: group.lacks(configuration, check.name) for check in group.checks if check.name in chosen}
        ran += [Ran(check, "skipped", why, configured=False) for check, why in lacks.items() if why]
        checks = tuple(check for check, why in lacks.items() if not why)
        if checks:
            pieces += [Piece(name, group, checks, account) for account in (accounts if group.by_account else [""])]
    return Planned(tuple(pieces), tuple(ran))
