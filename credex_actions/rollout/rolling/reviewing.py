"""The plan that a roll-out rests on: made anew under the lock, compared with the one that was reviewed, and refused where a gate is shut."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from credex_actions.aws.tags import VERSION
from credex_actions.backup.context import Target
from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.progress import Say
from credex_actions.databases.finding import Found
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.before import before
from credex_actions.rollout.gates.gate import faults
from credex_actions.rollout.planning.plan import Plan, judge
from credex_actions.rollout.planning.planning import Planning, unfinished
from credex_actions.rollout.rolling.opening import Member, is_current
from credex_actions.rollout.swap.images import Target as Image


def reviewed(context: Context, found: Mapping[str, Found], there: Discovered | None, say: Say, run: Run) -> tuple[Plan, list[Fault]]:
    """The plan, and of a dry run what would refuse it. Raises Failure: REFUSED where it is another plan than the reviewed one, or a gate is shut."""
    planning = Planning(context, say, run)
    plan = planning.make(found, there)
    if left := unfinished(planning):
        raise left
    refused = judge(context.asked.plan_id, plan) if context.asked.plan_id else None
    gates = [*plan.gates, *([plan.window] if plan.window else [])]
    shut = [*(refused.faults if refused else ()), *faults(gates)]
    if shut and not context.asked.dry_run:
        raise Failure(Exit.REFUSED, *shut, left=run.state())
    for fault in shut:
        context.runner.warning(fault)
    return plan, shut


def require_told(every: Sequence[Member], target: Image, plan: Plan) -> None:
    """Raises Failure(REFUSED) where a database would be passed over as current that the plan says is moved: the AMI's tag names another version than it has."""
    moved = {change.name: change.basis for change in plan.changes}
    faults = [
        Fault(
            f"{member.name} has the root volume of {target.image} already, and runs Neo4j {moved[member.name].version}, not {target.version}",
            f"Correct the tag {VERSION} of {target.image}, or name another AMI by --image.",
        )
        for member in every
        if member.name in moved and is_current(member, target) and moved[member.name].version != str(target.version)
    ]
    if faults:
        raise Failure(Exit.REFUSED, *faults)


def between(context: Context, plan: Plan, target: Target) -> None:
    """Before each database but the first: what changes from one moment to the next stops between two of them. Raises Failure: REFUSED, or REMOTE where time is up."""
    if context.clock.now() >= context.give_up:
        what = f"{target.name} was not begun: timed out after {in_words(context.asked.within)} (wait-for-minutes)"
        raise Failure(Exit.REMOTE, Fault(what, "Run the same command again: it goes on with what is left."))
    if stopping := list(faults(before(context, target, expected(plan, target.name)))):
        raise Failure(Exit.REFUSED, *stopping)


def expected(plan: Plan, name: str) -> timedelta | None:
    return next((change.expected.span for change in plan.changes if change.name == name), None)
