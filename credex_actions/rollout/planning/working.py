"""One call of the mode plan, from the databases that were found to the outputs."""

from collections.abc import Mapping
from typing import Any

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.progress import Progress
from credex_actions.core.workers import side_by_side
from credex_actions.databases.finding import Found
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.gate import faults
from credex_actions.rollout.planning import report
from credex_actions.rollout.planning.plan import Plan
from credex_actions.rollout.planning.planning import Planning, unfinished


def planned(context: Context, found: Mapping[str, Found], there: Discovered | None) -> dict[str, Any]:
    """The outputs. Raises Failure, or Partial where a gate is shut: the plan is written all the same."""
    began = context.clock.now()
    progress = Progress(context.runner, context.clock)
    run = Run(context.clock, on_step=lambda step: progress.now(str(step)), on_wait=lambda wait: progress.now(wait.why))
    planning = Planning(context, progress.now, run)
    ended: list[Plan | Failure] = []

    def work(_: str) -> None:
        ended.append(_guarded(planning, found, there))

    with progress.shown():  # in a thread of its own: what a cancelled run still has to remove is cut off in time
        _, cancelled = side_by_side(work, [["plan"]], context.clock, 1, hurried=context.runner.in_actions)
    result = ended[0] if ended else _cut_off(planning, cancelled or Cancelled(2))
    if isinstance(result, Failure):
        raise result
    path = report.write(context, result)
    outputs = report.outputs(context, result, path)
    report.say(context, result, planning, began, path)
    if left := unfinished(planning):
        raise Partial(left, outputs, summarised=True)
    if result.shut:
        left_state = "nothing was changed but the notes of rehearsals, and the plan was written"
        raise Partial(Failure(Exit.REFUSED, *faults(result.gates), left=left_state), outputs, summarised=True)
    return outputs


def _guarded(planning: Planning, found: Mapping[str, Found], there: Discovered | None) -> Plan | Failure:
    try:
        return planning.make(found, there)
    except Failure as failure:
        return failure
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        return explain(error, left=planning.run.state())
    except Cancelled as cancelled:
        return _cut_off(planning, cancelled)


def _cut_off(planning: Planning, cancelled: Cancelled) -> Failure:
    stories = [run.state() for run in (planning.run, *planning.runs.values())]
    told = [each for each in dict.fromkeys((*stories, *planning.left)) if each != NOTHING_CHANGED]
    left = "; ".join(told) or NOTHING_CHANGED
    fault = Fault("cancelled", "The same command continues; --mode sweep removes what is left.")
    return Failure(Exit.of(cancelled), fault, left=left)
