"""What is said where a database that was stopped for nothing is not known to run again. Pure."""

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.successor.deciding import AGAIN
from credex_actions.rollout.user_data.stopped import how_to_start


def not_undone(
    name: str,
    instance: str,
    error: Failure | botocore.exceptions.ClientError | botocore.exceptions.BotoCoreError,
    *,
    state: str,
    away: bool,
    left: str,
) -> Failure:
    """`error`: that ended the undoing. `state`: of the instance, as it was seen last; "" if it was not. `away`: whether its data volume is elsewhere. `left`: what the run has done."""
    why = error if isinstance(error, Failure) else explain(error)
    stopped = state in {"stopping", "stopped"}
    what = f"{name} may be down: {'its instance' if stopped else 'Neo4j on'} {instance} was stopped, and is not known to run again"
    hint = AGAIN if away else how_to_start(instance, stopped=stopped)
    return Failure(Exit.FAILED, Fault(what, hint), *why.faults, left=f"{name} may be down; {left}")
