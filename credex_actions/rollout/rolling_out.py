"""neo4j-ami-rollout, put together: read what is asked, ask the sources and the databases, and say what came of it."""

from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.who import run_id, who
from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.databases.finding import find_all
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import report, request
from credex_actions.rollout.checking import Checked, Discovered, check, discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.image import outcome, working
from credex_actions.rollout.image.outcome import Result
from credex_actions.rollout.request import Asked
from credex_actions.rollout.versions import sources

PARALLEL: Final = 16
WORST_FIRST: Final = (Exit.BAD_INPUT, Exit.FAILED, Exit.REMOTE, Exit.REFUSED)


def roll_out(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    """The outputs by name. Raises Failure, or Partial once there is something to hand on."""
    asked = request.read(inputs)
    own = SystemClock(hurried=runner.in_actions)
    clock = WorkerClock(own, heard=lambda: own.heard)
    with own.listening():
        clients = Clients(session=signed_in(inputs, runner, own), before_write=clock.check)
        try:
            context = _context(asked, runner, clock, clients)
            return _check(context) if asked.mode == "check" else _work(context)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error) from None
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was changed")) from None


def _context(asked: Asked, runner: Runner, clock: WorkerClock, clients: Clients) -> Context:
    caller = who(clients)
    clock.ahead = caller.ahead
    return Context(runner, clock, clients, asked, caller, run_id(runner), clock.now() + asked.within)


def _check(context: Context) -> dict[str, Any]:
    asked, hurried = context.asked, context.runner.in_actions
    found = find_all(context.clients, asked.given, asked.databases, stopped=True)
    context.runner.info(f"check: {', '.join(asked.databases)}, as {context.caller.arn}.")
    there = _discover(context)

    def one(name: str) -> Checked:
        return check(context, name, asked.databases[name], found[name], there)

    results, cancelled = side_by_side(one, [list(asked.databases)], context.clock, PARALLEL, hurried=hurried)
    if cancelled:
        raise cancelled
    results.sort(key=lambda result: list(asked.databases).index(result.name))
    outputs = report.outputs(context, there, results)
    report.say(context, there, results, outputs)
    _judge(there, results, outputs)
    return outputs


def _discover(context: Context) -> Discovered:
    asked = context.asked
    published = sources.ask_all(sources.of(asked.image), context.clock, hurried=context.runner.in_actions)
    there = discovered(asked.series, asked.version, published)
    report.warn(context, there)
    return there


def _work(context: Context) -> dict[str, Any]:
    """The modes that change something."""
    asked, runner = context.asked, context.runner
    began = context.clock.now()
    runner.info(f"{asked.mode}, as {context.caller.arn}; run {context.run}.")
    there = _discover(context) if asked.mode == "build" else None
    progress = Progress(runner, context.clock)
    result = Result(working.run_of(context, progress.now))

    def work(_: str) -> None:
        working.guarded(lambda result: working.build(result, context, there) if there else working.sweep(result, context), result)

    with progress.shown():  # in a thread of its own: what a cancelled run still has to remove is cut off in time
        _, cancelled = side_by_side(work, [[asked.mode]], context.clock, 1, hurried=runner.in_actions)
    if cancelled and not result.outcome:
        working.cut_off(result, cancelled)
    outputs = outcome.outputs(context, result)
    outcome.say(context, result, began, outputs)
    if result.code is not Exit.DONE:
        raise Partial(Failure(result.code, *result.faults, left=result.left or NOTHING_CHANGED), outputs, summarised=True)
    return outputs


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
