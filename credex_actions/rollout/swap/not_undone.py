"""What is said where a database that was stopped for nothing is not known to run again. Pure."""

from typing import Final, Protocol

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.successor.deciding import AGAIN
from credex_actions.rollout.successor.world import Pair
from credex_actions.rollout.user_data.stopped import how_to_start

FAILED: Final = (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
UNDONE: Final = (Cancelled, *FAILED)
"""After which is undone what was begun."""


class Looked(Protocol):
    """Of what a run sees, whichever way it goes."""

    @property
    def state(self) -> str: ...

    @property
    def pair(self) -> Pair | None: ...


def not_undone(
    name: str,
    instance: str,
    error: Failure | botocore.exceptions.ClientError | botocore.exceptions.BotoCoreError,
    *,
    last: Looked | None,
    home: str,
    left: str,
) -> Failure:
    """`error`: that ended the undoing. `last`: what was seen last; None if nothing was. `home`: the instance that its data volume is to be on. `left`: what the run has done."""
    why = error if isinstance(error, Failure) else explain(error)
    stopped = last is not None and last.state in {"stopping", "stopped"}
    away = last is not None and last.pair is not None and last.pair.data_on != home
    what = f"{name} may be down: {'its instance' if stopped else 'Neo4j on'} {instance} was stopped, and is not known to run again"
    hint = AGAIN if away else how_to_start(instance, stopped=stopped)
    return Failure(Exit.FAILED, Fault(what, hint), *why.faults, left=f"{name} may be down; {left}")
