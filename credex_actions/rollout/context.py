"""What all parts of a run share."""

from dataclasses import dataclass
from datetime import datetime

from credex_actions.aws.who import Who
from credex_actions.core.aws.clients import Clients
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.rollout.request import Asked


@dataclass(frozen=True)
class Context:
    """`run`: what it marks everything with that it makes. `give_up`: when it has to have ended."""

    runner: Runner
    clock: WorkerClock
    clients: Clients
    asked: Asked
    caller: Who
    run: str
    give_up: datetime
