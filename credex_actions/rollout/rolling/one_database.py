"""What is done with one database of a roll-out. Nothing is raised: what became of it is the result."""

from collections.abc import Callable

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.command.edge import bug
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.rollout.rolling.backwards import go_back, require
from credex_actions.rollout.rolling.left_down import down_first
from credex_actions.rollout.rolling.moving import move, planned
from credex_actions.rollout.rolling.opening import Member, is_current
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.together import Together
from credex_actions.rollout.swap.images import Target
from credex_actions.rollout.swap.note import rollback_of

AGAIN = "Run the same command again: it continues."


def guarded(kind: Callable[[], None], rolled: Rolled) -> None:
    try:
        kind()
    except Failure as failure:
        failed(rolled, failure)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        failed(rolled, explain(error, left=rolled.state()))
    except Cancelled as cancelled:
        left = getattr(cancelled, "left", "") or rolled.state()
        failed(rolled, Failure(Exit.of(cancelled), Fault(f"{rolled.name}: cancelled", AGAIN), left=left))
    except Exception as error:  # noqa: BLE001 - in a thread: what is raised here would be missing from the results, and pass for a success
        failed(
            rolled, Failure(Exit.REMOTE, bug(error), left=f"{rolled.state()}; --mode apply continues, {rollback_of(rolled.name)} goes back")
        )


def failed(rolled: Rolled, failure: Failure) -> None:
    done = rolled.state()
    known = done if failure.left == NOTHING_CHANGED or failure.left in done else failure.left
    rolled.left = known if done == NOTHING_CHANGED or done in known else f"{known}; {done}"
    rolled.outcome = "cancelled" if failure.code in {Exit.INTERRUPTED, Exit.TERMINATED} else "failed"
    changed = rolled.left != NOTHING_CHANGED
    rolled.code = Exit.REMOTE if changed and failure.code in {Exit.BAD_INPUT, Exit.REFUSED} else failure.code
    rolled.faults = down_first(rolled, failure.faults)
    rolled.says = rolled.faults[0].what


def roll(rolled: Rolled, member: Member, target: Target, runs: Callable[[], Run], together: Together, *, dry: bool) -> None:
    if member.note and member.note.state == "going-back":
        _end_the_rollback(rolled, member, runs, together, dry=dry)
        return
    if is_current(member, target):
        rolled.outcome, rolled.says = "current", f"it runs from {target.image} already (Neo4j {target.version})"
        return
    if dry:
        run = runs()
        rolled.runs.append(run)
        swapping, steps = planned(member, target, run)
        rolled.outcome, rolled.plan = "planned", steps
        rolled.says = f"from {swapping.old.image} (Neo4j {swapping.old.version}) to {target.image} (Neo4j {target.version})"
        return
    move(rolled, member, target, runs, together)


def _end_the_rollback(rolled: Rolled, member: Member, runs: Callable[[], Run], together: Together, *, dry: bool) -> None:
    """One that a run before this one has begun: first the database is to be well."""
    require([member], (), "--mode rollback ")
    go_back(rolled, member, runs, (), together, dry=dry)
    if not dry:
        what = f"{rolled.name}: a rollback was half-done, and was ended: {rolled.says}"
        rolled.code, rolled.faults = Exit.FAILED, (Fault(what, "Find out why it had begun; then run the same command again."),)
        rolled.left = what
