"""rotate-secrets, put together: who rotates what, side by side, and what is said of it."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, Clock, SystemClock
from credex_actions.core.command.kinds import mapping
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.redaction import short
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.declarations.rotate_secrets import Inputs
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials, choose, masked
from credex_actions.github.connection.place import Place, place
from credex_actions.rotation import one_credential, programs, report
from credex_actions.rotation.consumers.ecs_service import Follow
from credex_actions.rotation.fleet import Asked, chosen, in_order, opener, permissions
from credex_actions.rotation.live_view import FleetView
from credex_actions.rotation.manifest.model import Copied, Manifest
from credex_actions.rotation.manifest.reading import read_manifest
from credex_actions.rotation.outcome import Result, exit_of
from credex_actions.rotation.surroundings import Caller, Surroundings

WORK: Final = {
    "plan": one_credential.foresee,
    "apply": one_credential.rotate,
    "finish": one_credential.rotate,
    "emergency": one_credential.rotate,
    "status": one_credential.look,
    "verify": one_credential.verify,
}


def rotate(inputs: Inputs, runner: Runner, follow: Callable[[Clients, Clock, str, str], None]) -> dict[str, str | None]:
    """The outputs by name. Raises Failure, or Partial where some of it was done. `follow` follows the deployment of a service."""
    given = read_manifest(inputs.manifest).manifest
    names, faults = chosen(given, inputs.credentials, inputs.shard)
    copied = _copied(inputs, given, runner, faults)
    created_before = _time(inputs.created_before, faults)
    if inputs.mode == "emergency" and not inputs.credentials:
        faults.append(Fault("an emergency rotation needs the names of credentials", "Provide them: --credentials NAME.", "credentials"))
    who = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    for secret in masked(who, runner.environment):
        runner.mask(secret.reveal())
    around = _surroundings(inputs, given, names, who, runner, faults)
    around.copied = copied
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    clock = SystemClock(hurried=runner.in_actions)
    worker = WorkerClock(clock, heard=lambda: clock.heard)
    around.clock = worker
    with clock.listening():
        try:
            around.own = signed_in(inputs, runner, clock)
            caller = _caller(around, clock)
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was changed")) from None
        worker.ahead = caller.ahead
        return _carry_out(
            inputs,
            given,
            names,
            around,
            worker,
            caller,
            created_before,
            lambda clients, cluster, service: follow(clients, worker, cluster, service),
        )


def _copied(inputs: Inputs, given: Manifest, runner: Runner, faults: list[Fault]) -> dict[str, str]:
    """The values that were provided, by variable; masked before anything is said."""
    found: dict[str, str] = {}
    if inputs.copied_values is not None:
        for line in inputs.copied_values.reveal().splitlines():
            runner.mask(line)
        try:
            found = mapping(inputs.copied_values.reveal())
            for text in found.values():
                runner.mask(text)
        except ValueError as error:
            faults += [
                Fault(str(sentence), "Expected: name=value lines, or a JSON or YAML mapping.", "copied-values") for sentence in error.args
            ]
    for variable in (each.variable for each in given.credentials.values() if isinstance(each, Copied)):
        if value := found.get(variable) or runner.environment.get(variable):
            runner.mask(value)
            for warning in short(variable, value, "copied-values"):
                runner.warning(warning)
            found[variable] = value
    return found


def _time(text: str | None, faults: list[Fault]) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        faults.append(Fault("is not a time", "Write it as 2026-03-01T12:00:00Z.", "created-before"))
        return None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > datetime.now(UTC) + timedelta(minutes=5):
        faults.append(
            Fault(
                "is in the future: new values would be rotated again",
                "Provide the time at which the values were last safe.",
                "created-before",
            )
        )
    return time


def _surroundings(
    inputs: Inputs, given: Manifest, names: list[str], who: GivenCredentials, runner: Runner, faults: list[Fault]
) -> Surroundings:
    """GitHub's part is only asked for where a chosen credential needs it."""
    needed = Manifest(credentials={name: given.credentials[name] for name in names}) if names else given
    wants_github = permissions(needed, "")
    where: Place | None = None
    credentials = None
    if wants_github and not faults:
        found = place(inputs.repository, runner.environment)
        chosen_credentials = choose(who, runner.environment)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            where = found
        if isinstance(chosen_credentials, list):
            faults.extend(chosen_credentials)
        else:
            credentials = chosen_credentials
    home = where.repository if where else ""
    return Surroundings(runner, SystemClock(), where, credentials, permissions(needed, home))


def _caller(around: Surroundings, clock: SystemClock) -> Caller:
    try:
        caller = around.caller()
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error, NOTHING_CHANGED) from None
    clock.check()
    return caller


def _carry_out(
    inputs: Inputs,
    given: Manifest,
    names: list[str],
    around: Surroundings,
    clock: WorkerClock,
    caller: Caller,
    created_before: datetime | None,
    follow: Follow,
) -> dict[str, str | None]:
    began = clock.now()
    mode = inputs.mode if inputs.mode in ("finish", "emergency") else "apply"
    if mode == "emergency" and created_before is None:
        created_before = began
    patience = timedelta(minutes=inputs.wait_minutes) if mode != "emergency" else timedelta(minutes=max(inputs.wait_minutes, 10))
    asked = Asked(mode, created_before, began + patience, f"{uuid4()}", inputs.replace_inactive, around.own_key())  # type: ignore[arg-type] # one of the three
    work = WORK["plan" if inputs.dry_run and inputs.mode in ("apply", "finish", "emergency") else inputs.mode]
    around.runner.info(f"{inputs.mode}: {len(names)} {'credential' if len(names) == 1 else 'credentials'}, as {caller.arn}.")

    begun: dict[str, Result] = {}
    view = FleetView(around.runner, clock, names)

    def one(name: str) -> Result:
        result = begun[name] = Result(name, _kind(given, name))
        view.begins(name)
        work(result, opener(given, name, asked, around, clock, follow), clock, view.say)
        view.ends(result)
        return result

    with view.shown() if work is one_credential.rotate else nullcontext():
        results, cancelled = side_by_side(
            one, in_order(given, names, caller.user), clock, inputs.parallel, hurried=around.runner.in_actions
        )
    if cancelled:
        ended = {result.name for result in results}
        results += [one_credential.cut_off(result, cancelled) for name, result in begun.items() if name not in ended]
        programs.end_all()
    results.sort(key=lambda result: names.index(result.name))
    told = report.told(results, given, caller, began, clock.now(), inputs.mode)
    report.say(around.runner, told, results)
    outputs = report.outputs(told, results)
    code = Exit.of(cancelled) if cancelled else exit_of(results)
    if code is not Exit.DONE:
        raise _failure(code, results, created_before, outputs)
    return outputs


def _failure(code: Exit, results: list[Result], created_before: datetime | None, outputs: dict[str, str | None]) -> Failure:
    faults = [fault for result in results for fault in result.faults]
    states = [f"{result.name}: {result.left}" for result in results if result.faults and result.left != NOTHING_CHANGED]
    others = sum(1 for result in results if not result.faults)
    left = "; ".join(states) or NOTHING_CHANGED
    left += f"; {others} other {'credential is' if others == 1 else 'credentials are'} as listed above" if others else ""
    if created_before and any(result.code in {Exit.REMOTE, Exit.INTERRUPTED, Exit.TERMINATED} for result in results):
        left += f"; to continue without rotating anything twice, add --created-before {created_before:%Y-%m-%dT%H:%M:%SZ}"
    return Partial(Failure(code, *faults, left=left), outputs, summarised=True)


def _kind(given: Manifest, name: str) -> str:
    return str(type(given.credentials[name]).__struct_config__.tag)
