"""What every group of checks is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credex_actions.core.aws.clients import Clients
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock


@dataclass(frozen=True)
class Context:
    """`give_up`: when it has to have ended. `settings`: by check, then by setting: what the configuration says, or the default."""

    runner: Runner
    clock: WorkerClock
    give_up: datetime
    settings: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Scope:
    """One region of one account, with clients that are signed in to it. `owner_tags`: the tags that name an owner, the first present one counts."""

    account: str
    region: str
    clients: Clients
    owner_tags: tuple[str, ...] = ("Owner", "owner", "Team", "team")
