"""The modes apply and rollback: under the lock, one database after the other, groups in batches; the first one that does not come back well ends it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import botocore.exceptions

from credex_actions.backup.context import Target as Database
from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Run, Wait
from credex_actions.core.progress import Say
from credex_actions.databases.finding import Found
from credex_actions.rollout.around.gates import read_note
from credex_actions.rollout.batches import Batch, batches, begun_together
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.lock.holding import Lock, lock_of
from credex_actions.rollout.planning.plan import Plan
from credex_actions.rollout.rolling import backwards
from credex_actions.rollout.rolling.in_batches import in_batches
from credex_actions.rollout.rolling.left_down import down_first
from credex_actions.rollout.rolling.locating import locate
from credex_actions.rollout.rolling.one_database import AGAIN, roll
from credex_actions.rollout.rolling.opening import Member, continued, members, require
from credex_actions.rollout.rolling.outcome import UNTOUCHED, Result, Rolled, exit_of
from credex_actions.rollout.rolling.reviewing import between, require_told, reviewed
from credex_actions.rollout.rolling.together import Together
from credex_actions.rollout.swap import images
from credex_actions.rollout.swap.images import Target

Discover = Callable[[], Discovered]


def apply(result: Result, context: Context, discover: Discover, say: Say) -> None:
    """`discover`: which version is the newest, asked only if nothing else says where to. Raises Failure, Cancelled and AWS's own errors as long as no database was begun."""
    found = locate(context)
    if context.asked.dry_run:
        _forwards(result, context, found, discover, say, None)
        return
    result.lock = run_of(context, say, "", None)
    lock = lock_of(context, result.lock)
    with lock.held():
        _forwards(result, context, found, discover, say, lock)  # under the lock: nobody else changes them from here on


def _forwards(result: Result, context: Context, found: Mapping[str, Found], discover: Discover, say: Say, lock: Lock | None) -> None:
    every = members(context, found)
    try:
        _all(result, context, found, every, discover, say, lock)
    except Failure:
        if not any(each.runs for each in result.databases):
            _say_what_is_stopped(context, every)
        raise


def _say_what_is_stopped(context: Context, every: list[Member]) -> None:
    """Of a run that is over: nothing that would let writes in again was begun."""
    for each in every:
        note = read_note(each.machine.tags, context.clock.now())
        if note and note.held is None:
            what = f"writes to {each.name} are still stopped by the run {note.run}, which is over; it was {note.before} before"
            context.runner.warning(Fault(what, "--mode sweep lets them in again."))


def _all(
    result: Result,
    context: Context,
    found: Mapping[str, Found],
    every: list[Member],
    discover: Discover,
    say: Say,
    lock: Lock | None,
) -> None:
    half_way = [each for each in every if each.half_way]
    result.databases += [Rolled(each.name) for each in half_way]
    result.databases += [Rolled(each.name) for each in every if not each.half_way]
    if half_way:
        size = context.asked.configuration.rollout.batch
        target = _chosen(result, context, half_way, continued(context, half_way))
        _each(result, half_way, begun_together([each.name for each in half_way], size), target, context, say, lock, None)
        if any(each.code is not Exit.DONE for each in result.databases):
            return
        if result.image and not context.asked.version:  # the others follow to where the first ones went
            context = replace(context, asked=replace(context.asked, image_id=result.image))
        databases = {
            **context.asked.databases,
            **{each.name: each.instance.database for each in half_way},
        }  # of a group by its instance, which may be a new one
        context = replace(context, asked=replace(context.asked, databases=databases))
        found = locate(context)  # what was half-way is no longer
    rest = [each for each in every if not each.half_way]
    if not rest:
        return
    preparing = run_of(context, say, "", lock)
    result.preparing = preparing
    plan, result.refused = reviewed(context, found, None if context.asked.image_id else discover(), say, preparing)
    result.plan_id = plan.id
    target = images.asked_for(context, plan.image)
    require_told(rest, target, plan)
    target = _chosen(result, context, rest, target)
    current = [(each.name,) for each in rest if each.name in plan.current]
    _each(result, rest, current, target, context, say, lock, None)
    names = {each.name for each in rest}  # one that was half-way comes to another AMI in the next run
    changing = [change.name for change in plan.changes if change.name in names]
    _each(result, rest, batches(changing, plan.batch), target, context, say, lock, plan)


def _chosen(result: Result, context: Context, every: list[Member], target: Target) -> Target:
    result.image, result.version = target.image, target.version
    require(context, every, target)
    return target


def _each(
    result: Result,
    every: list[Member],
    of: Sequence[Batch],
    target: Target,
    context: Context,
    say: Say,
    lock: Lock | None,
    plan: Plan | None,
) -> None:
    """`plan`: None for what was begun under another one, or is not changed."""

    def one(rolled: Rolled, member: Member, together: Together) -> None:
        roll(rolled, member, target, partial(run_of, context, say, rolled.name, lock), together, dry=lock is None)

    def gates(member: Member) -> None:
        assert plan
        between(context, plan, Database(member.name, member.instance.database, member.instance.found))

    in_batches(result, context, every, of, one, say, gates if plan and lock else None)


def roll_back(result: Result, context: Context, _: Discover, say: Say) -> None:
    """The most critical one first. Raises as `apply` does."""
    found = locate(context)
    accepted = context.asked.accept_lost

    def all_of_them(lock: Lock | None) -> None:
        every = members(context, found)[::-1]
        backwards.require(every, accepted)
        result.databases += [Rolled(member.name) for member in every]

        def one(rolled: Rolled, member: Member, together: Together) -> None:
            backwards.go_back(rolled, member, partial(run_of, context, say, rolled.name, lock), accepted, together, dry=lock is None)

        of = begun_together([each.name for each in every], context.asked.configuration.rollout.batch)
        in_batches(result, context, every, of, one, say)

    if context.asked.dry_run:
        all_of_them(None)
        return
    result.lock = run_of(context, say, "", None)
    lock = lock_of(context, result.lock)
    with lock.held():
        all_of_them(lock)


def run_of(context: Context, say: Say, name: str, lock: Lock | None) -> Run:
    def on_step(step: object) -> None:
        say(f"{name}: {step}" if name else str(step), name)
        if lock:
            lock.check()

    def on_wait(wait: Wait) -> None:
        say(wait.why if not name or name in wait.why else f"{name}: {wait.why}", name)

    return Run(context.clock, on_step=on_step, on_wait=on_wait)


def failure_of(result: Result) -> Failure | None:
    """None where all went well."""
    code = exit_of(result)
    if code is Exit.DONE:
        return None
    faults = [*result.faults, *(fault for each in result.databases for fault in each.faults)]
    return Failure(code, *faults, left="; ".join(_states(result)) or NOTHING_CHANGED)


def _states(result: Result) -> Iterator[str]:
    """Also of what went well, and of what was prepared, before something else failed."""
    prepared = result.preparing.state() if result.preparing else NOTHING_CHANGED
    if prepared != NOTHING_CHANGED:
        yield prepared
    for each in result.databases:
        if each.faults:
            yield f"{each.name}: {each.left}"
    if result.left:
        yield result.left


def whole(work: Callable[[], None], result: Result) -> None:
    """What fails before a database was begun, or besides it. Nothing is raised."""
    try:
        work()
    except Failure as failure:
        result.code, result.faults = failure.code, failure.faults
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        explained = explain(error)
        result.code, result.faults = explained.code, explained.faults
    except Cancelled as cancelled:
        result.code, result.faults = Exit.of(cancelled), (Fault("cancelled", AGAIN),)


def cut_off(result: Result, cancelled: Cancelled) -> None:
    """Of work that did not end before the process has to, or that noticed the signal by itself."""
    result.code = Exit.of(cancelled)
    for each in result.databases:
        if each.outcome == UNTOUCHED and each.runs:
            each.outcome, each.code = "cancelled", Exit.of(cancelled)
            each.says = f"{each.name}: cancelled in the middle of its work: the runner does not wait for its end"
            each.faults, each.left = down_first(each, (Fault(each.says, AGAIN),)), each.state()
            each.says = each.faults[0].what
    if not result.faults and not any(each.faults for each in result.databases):
        result.faults = (Fault("cancelled", AGAIN),)
