"""The modes build and sweep: nothing is raised, what became of it is the result."""

from collections.abc import Callable
from typing import Final

import botocore.exceptions

from credex_actions.core.aws.clients import code_of, explain, message_of
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.image import pruning, sweeping
from credex_actions.rollout.image.opening import open_build
from credex_actions.rollout.image.outcome import Result
from credex_actions.rollout.image.states import named

MOST_TRIES: Final = 3


def guarded(kind: Callable[[Result], None], result: Result) -> None:
    try:
        kind(result)
    except Failure as failure:
        _failed(result, failure)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        _failed(result, explain(error, left=result.run.state()))
    except Cancelled as cancelled:
        cut_off(result, cancelled)


def cut_off(result: Result, cancelled: Cancelled) -> None:
    left = getattr(cancelled, "left", "") or result.run.state()
    _failed(
        result, Failure(Exit.of(cancelled), Fault("cancelled", "The same command continues; --mode sweep removes what is left."), left=left)
    )


def _failed(result: Result, failure: Failure) -> None:
    result.outcome = "cancelled" if failure.code in {Exit.INTERRUPTED, Exit.TERMINATED} else "failed"
    result.code, result.faults, result.says = failure.code, failure.faults, failure.faults[0].what
    rest = "" if result.left == NOTHING_CHANGED else result.left
    done = result.run.state() if failure.left == NOTHING_CHANGED else failure.left
    result.left = "; ".join(dict.fromkeys(part for part in (done, rest) if part))


def build(result: Result, context: Context, there: Discovered) -> None:
    named(context.clients, context.clock, context.asked.image.terraform_state)  # one that cannot be read is told before anything is made
    building = open_build(context, there, result.run)
    result.version, result.recipe = building.recipe.version, building.recipe.digest
    result.lines += building.recipe.told()
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", (*building.plan(), *_pruned(context, 1))
        result.image = building.image.id if building.image else None
        return
    try:
        building.build()
    finally:
        result.left = building.left
    assert building.image
    result.outcome, result.image = "built", building.image.id
    name = building.want.name
    result.says = f"{name} is {result.image}" + (
        "; it boots, and Neo4j responds" if building.made else ", which exists already and was not built again"
    )
    if building.left:
        raise Failure(Exit.REMOTE, Fault(building.left), left=result.run.state())
    _prune(result, context)


def _pruned(context: Context, more: int) -> tuple[str, ...]:
    """What would go, with `more` AMIs built before."""
    chosen = _chosen(context, max(context.asked.image.keep - more, 1))
    return tuple(str(pruning.RemoveImage(each.id, each.version)) for each in chosen.goes)


def _chosen(context: Context, keep: int) -> pruning.Chosen:
    """Raises Failure where a Terraform state cannot be read."""
    found = pruning.candidates(context)
    stays = named(context.clients, context.clock, context.asked.image.terraform_state)
    return pruning.choose(found, keep, stays | pruning.used(context.clients, [each.id for each in found]))


def _prune(result: Result, context: Context) -> None:
    """What cannot be removed stays, is told, and stops no other: the AMI is built."""
    try:
        chosen = _chosen(context, context.asked.image.keep)
    except Failure as failure:
        context.runner.warning(Fault(f"no AMI was deregistered: {failure.faults[0].what}", failure.faults[0].hint))
        result.lines.append(f"no AMI was deregistered: {failure.faults[0].what}")
        return
    result.lines += [f"kept: {each.id} of Neo4j {each.version} ({why})" for each, why in chosen.stays if each.id != result.image]
    for each in chosen.goes:
        step = pruning.RemoveImage(each.id, each.version)
        try:
            for _ in range(MOST_TRIES):
                with result.run.sending(step):
                    pruning.remove(context, step)
                if (sent := result.run.sent.get(step)) and sent.ended:
                    result.lines.append(f"deregistered: {each.id} of Neo4j {each.version}")
                    break
        except botocore.exceptions.ClientError as error:
            what = f"{each.id} was not deregistered: {code_of(error)}: {message_of(error)}"
            context.runner.warning(Fault(what, "It stays; the next build tries again."))
            result.lines.append(what)


def sweep(result: Result, context: Context) -> None:
    work = sweeping.Sweep(context, result.run, sweeping.in_image_builder(context))
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", tuple(work.plan())
        return
    work.sweep()
    removed = len(result.run.sent)
    result.outcome = "swept"
    result.says = f"{removed} {'thing' if removed == 1 else 'things'} removed" if removed else "nothing was left"
    result.lines += [*(str(step) for step in result.run.sent), *work.left]


def run_of(context: Context, say: Callable[[str], None]) -> Run:
    return Run(context.clock, on_step=lambda step: say(str(step)), on_wait=lambda wait: say(wait.why))
