"""neo4j-ami-rollout, put together: read what is asked, ask the sources and the databases, and say what came of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.who import run_id, who
from credex_actions.core.aws.clients import CONNECTIONS, Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.databases.choosing import chosen
from credex_actions.databases.finding import find_all
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.github.connection.session import Session
from credex_actions.rollout import announcing, report, request
from credex_actions.rollout.around.sweeping import sweep_writes
from credex_actions.rollout.checking import Checked, Discovered, check, discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.differing import compare
from credex_actions.rollout.image import outcome, working
from credex_actions.rollout.image.outcome import Result
from credex_actions.rollout.moving import working as moving
from credex_actions.rollout.planning.working import planned
from credex_actions.rollout.request import Asked
from credex_actions.rollout.rolling import report as rolling_report
from credex_actions.rollout.rolling import rolling, status
from credex_actions.rollout.rolling.locating import locate
from credex_actions.rollout.rolling.outcome import Result as Rolling
from credex_actions.rollout.versions import sources

WORST_FIRST: Final = (Exit.BAD_INPUT, Exit.FAILED, Exit.REMOTE, Exit.REFUSED)


def roll_out(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    """The outputs by name. Raises Failure, or Partial once there is something to hand on."""
    asked = request.read(inputs)
    own = SystemClock(hurried=runner.in_actions)
    clock = WorkerClock(own, heard=lambda: own.heard)
    with own.listening():
        clients = Clients(session=signed_in(inputs, runner, own), before_write=clock.check)
        try:
            missed = runner.warning if asked.mode in request.WITHOUT_VERSION - {"migrate-data-volume"} else None
            asked = request.with_members(asked, chosen(clients, asked.databases, asked.given.document, missed))
            context = _context(asked, runner, clock, clients)
            if inputs.issue:
                return _check(context, announcing.session_of(inputs, context))
            return MODES[asked.mode](context)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error) from None
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was changed")) from None


def _context(asked: Asked, runner: Runner, clock: WorkerClock, clients: Clients) -> Context:
    caller = who(clients)
    clock.ahead = caller.ahead
    return Context(runner, clock, clients, asked, caller, run_id(runner), clock.now() + asked.within)


def _check(context: Context, session: Session | None = None) -> dict[str, Any]:
    """`session`: with the repository whose issue says what was found."""
    asked, hurried = context.asked, context.runner.in_actions
    found = find_all(context.clients, asked.databases, asked.given.document, stopped=True)
    context.runner.info(f"check: {', '.join(asked.databases)}, as {context.caller.arn}.")
    there = _discover(context)

    def one(name: str) -> Checked:
        checked = check(context, name, asked.databases[name], found[name], there)
        compare(context, checked, found[name])
        return checked

    results, cancelled = side_by_side(one, [list(asked.databases)], context.clock, CONNECTIONS, hurried=hurried)
    if cancelled:
        raise cancelled
    results.sort(key=lambda result: list(asked.databases).index(result.name))
    report.warn_of_user_data(context, results)
    outputs = report.outputs(context, there, results)
    report.say(context, there, results, outputs)
    if session:
        outputs |= announcing.announced(context, session, there, results, outputs)
    _judge(there, results, outputs)
    return outputs


def _discover(context: Context) -> Discovered:
    asked = context.asked
    published = sources.ask_all(sources.of(asked.image), context.clock, hurried=context.runner.in_actions)
    there = discovered(asked.series, asked.version, published)
    report.warn(context, there)
    return there


def _plan(context: Context) -> dict[str, Any]:
    asked, runner = context.asked, context.runner
    found = locate(context)
    runner.info(f"plan: {', '.join(asked.databases)}, as {context.caller.arn}; run {context.run}.")
    return planned(context, found, None if asked.image_id else _discover(context))


def _work(context: Context) -> dict[str, Any]:
    """The modes that change something."""
    asked, runner = context.asked, context.runner
    began = context.clock.now()
    runner.info(f"{asked.mode}, as {context.caller.arn}; run {context.run}.")
    progress = Progress(runner, context.clock)
    result = Result(working.run_of(context, progress.now))
    there = _discover(context) if asked.mode == "build" else None

    def sweep(result: Result) -> None:
        working.sweep(result, context)
        done, left = sweep_writes(context, partial(working.run_of, context, progress.now))
        if context.asked.dry_run:
            result.plan += tuple(done)
        elif done:
            result.says += "; what was stopped runs again"
            result.lines += done
        result.lines += left

    kinds: dict[str, Callable[[Result], None]] = {"sweep": sweep, "migrate-data-volume": lambda result: moving.move(result, context)}

    def work(_: str) -> None:
        working.guarded(lambda result: working.build(result, context, there) if there else kinds[asked.mode](result), result)

    with progress.shown():  # in a thread of its own: what a cancelled run still has to remove is cut off in time
        _, cancelled = side_by_side(work, [[asked.mode]], context.clock, 1, hurried=runner.in_actions)
    if cancelled and not result.outcome:
        working.cut_off(result, cancelled)
    outputs = outcome.outputs(context, result)
    outcome.say(context, result, began, outputs)
    if result.code is not Exit.DONE:
        raise Partial(Failure(result.code, *result.faults, left=result.left or NOTHING_CHANGED), outputs, summarised=True)
    return outputs


def _roll(context: Context) -> dict[str, Any]:
    """The modes that move databases, or back."""
    asked, runner = context.asked, context.runner
    began = context.clock.now()
    runner.info(f"{asked.mode}: {', '.join(asked.databases)}, as {context.caller.arn}; run {context.run}.")
    progress = Progress(runner, context.clock)
    result = Rolling()
    kind = rolling.apply if asked.mode == "apply" else rolling.roll_back

    def work(_: str) -> None:
        rolling.whole(lambda: kind(result, context, partial(_discover, context), progress.now), result)

    with progress.shown():  # in a thread of its own: what a cancelled run still has to undo is cut off in time
        _, cancelled = side_by_side(work, [[asked.mode]], context.clock, 1, hurried=runner.in_actions)
    if cancelled:
        rolling.cut_off(result, cancelled)
    outputs = rolling_report.outputs(context, result, began)
    rolling_report.say(context, result, began, outputs)
    if failure := rolling.failure_of(result):
        raise Partial(failure, outputs, summarised=True)
    return outputs


def _status(context: Context) -> dict[str, Any]:
    statuses = status.status(context)
    outputs = rolling_report.of_status(context, statuses)
    rolling_report.say_status(context, statuses, outputs)
    if faults := [each.fault for each in statuses.databases if each.fault]:
        code = next(each for each in WORST_FIRST if each in {one.code for one in statuses.databases})
        raise Partial(Failure(code, *faults), outputs, summarised=True)
    return outputs


MODES: Final[dict[str, Callable[[Context], dict[str, Any]]]] = {
    "check": _check,
    "build": _work,
    "sweep": _work,
    "migrate-data-volume": _work,
    "plan": _plan,
    "apply": _roll,
    "rollback": _roll,
    "status": _status,
}


def _judge(there: Discovered, results: list[Checked], outputs: dict[str, Any]) -> None:
    """Raises Partial where the question could not be answered."""
    faults = [result.fault for result in results if result.fault]
    codes = {result.code for result in results}
    if there.target is None:
        hint = "Check the warnings above and image.sources, then run the same command again."
        faults.append(Fault(f"the version to update to is not known: {there.doubt}", hint, "image.sources"))
        codes.add(Exit.REMOTE)
    if faults:
        code = next(each for each in WORST_FIRST if each in codes)
        raise Partial(Failure(code, *faults), outputs, summarised=True)
