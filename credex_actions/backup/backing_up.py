"""neo4j-backup, put together: read what is asked, look at what is there, work on the databases side by side, and say what came of it."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.who import run_id, who
from credex_actions.backup import ages, evidence, one_database, report, request
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.backup.outcome import Result, cut_off, exit_of
from credex_actions.backup.pruning import prune
from credex_actions.backup.reading import of_database, of_other_environments, read_all
from credex_actions.backup.request import Asked
from credex_actions.backup.sweep import sweep
from credex_actions.core.aws.clients import CONNECTIONS, Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.core.text import listed
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.databases.choosing import chosen
from credex_actions.databases.finding import find_all, require_one_each
from credex_actions.declarations.neo4j_backup import Inputs

DRILLED_AT_ONCE: Final = 16
"""Each is an instance."""
REACHES_INSTANCES: Final = frozenset(("backup", "drill", "verify", "sweep"))
BEFORE: Final = frozenset(("prune", "sweep"))
"""Modes before which ages are judged, so that nothing is changed if a backup is stale. The others read, or are what makes a stale one fresh."""


def back_up(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    """The outputs by name. Raises Failure, or Partial once there is something to hand on."""
    asked = request.read(inputs)
    own = SystemClock(hurried=runner.in_actions)
    clock = WorkerClock(own, heard=lambda: own.heard)
    with own.listening():
        clients = Clients(session=signed_in(inputs, runner, own), before_write=clock.check)
        try:
            missed = None if asked.mode == "backup" else runner.warning
            asked = replace(asked, databases=chosen(clients, asked.databases, asked.given.document, missed))
            context = _context(asked, runner, clock, clients)
            backups = read_all(clients, own, asked)
            if not backups and (asked.mode != "backup" or not asked.environment):
                _warn_of_others(asked, runner, of_other_environments(clients, own, asked.databases))
            context = of_its_database(context, backups)
            targets = _targets(context) if asked.mode in REACHES_INSTANCES else {}
            if asked.mode == "list" and not backups:
                find_all(clients, asked.databases, asked.given.document, stopped=True)  # is there such an environment?
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error) from None
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was changed")) from None
        return _carry_out(context, clock, backups, targets)


def _warn_of_others(asked: Asked, runner: Runner, others: Mapping[str, int]) -> None:
    """A backup is of an environment: by another one, or without it, a database that is backed up every night seems to have none."""
    if others:
        there = listed([f"{name or 'none'} ({number})" for name, number in sorted(others.items())])
        ours = f"no backup is of {asked.environment}" if asked.environment else "is not provided"
        hint = f"Did you mean {next(iter(others))}?" if len(others) == 1 else "Provide the one that you mean."
        runner.warning(Fault(f"{ours}; backups are of the environment {there}", hint, "environment"))


def _context(asked: Asked, runner: Runner, clock: WorkerClock, clients: Clients) -> Context:
    """Who we are, which proves the credentials, and what AWS's clock says: ages are its own."""
    caller = who(clients)
    clock.ahead = caller.ahead
    return Context(runner, clock, clients, asked, caller.arn, run_id(runner), clock.now() + asked.within)


def of_its_database(context: Context, backups: list[Backup]) -> Context:
    """With `backup`, only of the database that it is of: of the others it is none, which would be a failure next to a drill that is done."""
    asked = context.asked
    owners = {
        name: database
        for name, database in asked.databases.items()
        if any(asked.backup in (each.id, each.place) for each in of_database(backups, name))
    }
    return replace(context, asked=replace(asked, databases=owners)) if asked.backup and owners else context


def _targets(context: Context) -> dict[str, Target]:
    asked = context.asked
    found = find_all(context.clients, asked.databases, asked.given.document)
    if asked.mode == "backup" and (asked.method == "dump" or asked.configuration.backup.quiesce == "stop"):
        require_one_each(found, asked.given.document)
    return {name: Target(name, context.asked.databases[name], each) for name, each in found.items()}


def _carry_out(context: Context, clock: WorkerClock, backups: list[Backup], targets: dict[str, Target]) -> dict[str, Any]:
    asked, runner = context.asked, context.runner
    began = clock.now()
    if asked.mode in BEFORE:
        _require(context, backups, {})
    runner.info(f"{asked.mode}: {', '.join(asked.databases)}, as {context.caller}; run {context.run}.")
    progress = Progress(runner, clock)
    begun: dict[str, Result] = {}

    def one(name: str) -> Result:
        result = begun[name] = Result(name)
        kind = _kind(asked.mode)
        one_database.guarded(kind, result, context, targets.get(name), of_database(backups, name), progress.now)
        return result

    with progress.shown() if asked.mode in REACHES_INSTANCES else nullcontext():
        parallel = DRILLED_AT_ONCE if asked.mode == "drill" else CONNECTIONS
        results, cancelled = side_by_side(one, [list(asked.databases)], clock, parallel, hurried=runner.in_actions)
    if cancelled:
        ended = {result.name for result in results}
        results += [cut_off(name, begun.get(name), Exit.of(cancelled)) for name in asked.databases if name not in ended]
    results.sort(key=lambda result: list(asked.databases).index(result.name))
    if asked.mode in {"backup", "drill", "prune"} and not asked.dry_run and cancelled is None:
        backups = _read_again(context, backups)
    outputs = report.outputs(context, results, backups)
    if asked.mode == "drill" and not asked.dry_run and any(result.drilling for result in results):
        outputs["evidence"] = evidence.write(context, evidence.collected(context, results, began, clock.now()))
    report.say(context, results, backups, began, clock.now(), outputs)
    code = Exit.of(cancelled) if cancelled else exit_of(results)
    if code is not Exit.DONE:
        raise Partial(_failure(code, results), outputs, summarised=True)
    if asked.mode not in BEFORE:
        _require(context, backups, outputs)
    return outputs


def _kind(mode: str) -> Callable[..., None]:
    return {
        "list": lambda *_: None,
        "backup": one_database.take,
        "drill": one_database.drill,
        "verify": one_database.verify,
        "prune": lambda result, context, _target, backups, _say: prune(result, context, backups),
        "sweep": lambda result, context, target, _backups, say: sweep(result, context, target, say),
    }[mode]


def _read_again(context: Context, backups: list[Backup]) -> list[Backup]:
    """What was done is done: where it cannot be read again, what was read before is told."""
    try:
        return read_all(context.clients, context.clock, context.asked)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, Cancelled):
        context.runner.warning(Fault("the backups cannot be read again", "What is told of their ages is from before this run."))
        return backups


def _require(context: Context, backups: list[Backup], outputs: dict[str, Any]) -> None:
    """Raises Failure(REFUSED) for backups and drills that are older than the inputs allow."""
    asked, now = context.asked, context.clock.now()
    faults = []
    for name in asked.databases:
        own = of_database(backups, name)
        if asked.require_age is not None and (why := ages.stale(name, own, asked.require_age, now)):
            faults.append(Fault(f"refused: {why}", "Take a backup: --mode backup.", "require-age-hours"))
        if asked.require_drill is not None and (why := ages.undrilled(name, own, asked.require_drill, now)):
            faults.append(Fault(f"refused: {why}", "Drill one: --mode drill.", "require-drill-days"))
    if faults:
        done = asked.mode in {"backup", "drill"} and not asked.dry_run
        left = f"what {asked.mode} did is done, as reported above" if done else NOTHING_CHANGED
        outputs = outputs or report.outputs(context, [], backups)
        context.runner.report |= outputs["report"]
        raise Partial(Failure(Exit.REFUSED, *faults, left=left), outputs)


def _failure(code: Exit, results: list[Result]) -> Failure:
    faults = [fault for result in results for fault in result.faults]
    states = [f"{result.name}: {result.left}" for result in results if result.faults]
    return Failure(code, *faults, left="; ".join(states) or NOTHING_CHANGED)
