"""neo4j-ami-rollout, put together: read what is asked, ask the sources and the databases, and say what came of it."""

from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.who import run_id, who
from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.databases.finding import find_all
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import report, request
from credex_actions.rollout.checking import Checked, Discovered, check, discovered
from credex_actions.rollout.context import Context
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
            return _check(context)
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
    there = discovered(asked.series, asked.version, sources.ask_all(sources.of(asked.image), context.clock, hurried=hurried))
    report.warn(context, there)

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
