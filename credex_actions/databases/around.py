"""What the ways to a database have in common."""

from typing import NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.runner import Runner


class Around(NamedTuple):
    clients: Clients
    clock: Clock
    runner: Runner
