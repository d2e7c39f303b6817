"""What a killed run has left of a database: it is started, and writes to it are let in again."""

from collections.abc import Callable

import botocore.exceptions

from credex_actions.backup.context import Target
from credex_actions.backup.sweeping import StartAgain, start_if_left_stopped, stopped_by
from credex_actions.core.aws.clients import explain
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Run
from credex_actions.databases.finding import find
from credex_actions.rollout.around.stopping_writes import let_in_again, noted
from credex_actions.rollout.context import Context


def sweep_writes(context: Context, runs: Callable[[], Run]) -> tuple[list[str], list[str]]:
    """What was done, and what is left, in words; a database that cannot be reached keeps nobody from the others. In a dry run: what would be done.

    Raises Failure(FAILED) for a database that was stopped and does not start.
    """
    done: list[str] = []
    left: list[str] = []
    for name, database in context.asked.databases.items():
        try:
            found = find(context.clients, name, database, context.asked.given.document, stopped=True)
            target = Target(name, database, found)
            done += _started(context, target, runs())
            done += noted(context, target, runs) if context.asked.dry_run else let_in_again(context, target, runs)
        except Failure as failure:
            if failure.code is Exit.FAILED:
                raise
            left.append(f"{name}: {failure.faults[0].what}")
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            left.append(f"{name}: {explain(error).faults[0].what}")
    return done, left


def _started(context: Context, target: Target, run: Run) -> list[str]:
    """Before its gate is opened, which may need it. One that is half-way to another root volume is booted by EC2."""
    found = target.found
    if found.state != "running":
        return []
    if context.asked.dry_run:
        who, _ = stopped_by(found.tags, context.clock.now())
        return [str(StartAgain(found.instance_id, who))] if who else []
    return [str(step) for step in run.sent] if start_if_left_stopped(context, target, run) else []
