"""One call of plan-terraform: init, plan, and the guard's verdict on what was saved."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.private_file import temporary_path
from credex_actions.core.runner import Runner
from credex_actions.declarations import guard_terraform_plan
from credex_actions.declarations.plan_terraform import Inputs, Outputs
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.report import telling
from credex_actions.terraform.running import diagnostics, events, program, reporting, saved_plan, variables
from credex_actions.terraform.running.changes import Changes
from credex_actions.terraform.running.program import Terraform
from credex_actions.terraform.running.story import Story
from credex_actions.terraform.running.verdict import verdict as judge

PROGRESS: Final = frozenset(("refresh_start", "refresh_complete", "version", "planned_change", "outputs"))
"""What Terraform says on the way to a plan, and the plan itself says better."""


class Request(NamedTuple):
    terraform: Terraform
    known: exceptions.Exceptions
    arguments: list[str]


def plan(inputs: Inputs, runner: Runner) -> Outputs:
    """Raises Failure, with the outputs where the verdict is `refused`; KeyboardInterrupt on a signal."""
    clock = SystemClock(hurried=runner.in_actions)
    request = _request(inputs, runner, clock)
    target = inputs.plan_file or temporary_path(runner.environment, "tfplan").removesuffix(".json")
    with clock.listening(), _interrupted():
        request.terraform.initialize(inputs.backend_config)
        with _beside(target) as beside:
            story = _planned(request, beside, inputs.lock_timeout, runner)
            return _told(request, inputs, runner, beside, target, story)


def _request(inputs: Inputs, runner: Runner, clock: SystemClock) -> Request:
    """Raises Failure(BAD_INPUT) with all that is wrong."""
    faults: list[Fault] = []
    if not os.path.isdir(inputs.directory):
        faults.append(Fault("is not a directory", "Set it to the directory of the root module.", "directory", inputs.directory))
    public, secret = inputs.vars or {}, inputs.secret_vars or {}
    faults += variables.faults(public, secret, inputs.var_files, inputs.directory)
    if fault := program.lock_timeout(inputs.lock_timeout):
        faults.append(fault)
    terraform = program.opened(inputs.binary, inputs.directory, variables.environment(secret), runner, clock, inputs.plugin_cache)
    known = collected(faults, lambda: exceptions.read(inputs.protect, inputs.allow, inputs.config))
    if isinstance(terraform, Fault):
        faults.append(terraform)
    if faults or isinstance(terraform, Fault) or known is None:
        raise Failure(Exit.BAD_INPUT, *faults)
    return Request(terraform, known, variables.arguments(public, inputs.var_files))


def _planned(request: Request, into: str, lock_timeout: str, runner: Runner) -> Story:
    """Raises Failure with Terraform's own errors."""
    story = Story(request.terraform.directory)

    def on_line(line: str) -> None:
        event = events.read(line)
        if event and event.type not in PROGRESS:
            for sentence in story.take(event):
                runner.info(sentence)

    command = ["plan", "-input=false", "-json", f"-lock-timeout={lock_timeout}", f"-out={into}", *request.arguments]
    ended = request.terraform.run(command, on_line)
    if ended.cancelled:
        raise ended.cancelled
    if ended.code:
        faults = story.faults or diagnostics.of_text(ended.told, request.terraform.directory)
        raise diagnostics.failure(faults, story.locked, "plan", left="nothing was changed, and no plan was saved")
    return story


def _told(request: Request, inputs: Inputs, runner: Runner, beside: str, target: str, story: Story) -> Outputs:
    changes = Changes()
    guard = guard_terraform_plan.Inputs(beside, inputs.directory)
    verdict = judge(guard, runner, request.known, request.terraform, changes)
    saved = saved_plan.read(beside)
    _put(beside, target)
    outputs = Outputs(
        plan_file=target,
        plan_id=saved.id,
        changes_id=changes.id(saved.basis),
        verdict=verdict.word,
        findings=[each.public() for each in verdict.shown],
        changes=verdict.judgement.changes,
        applyable=reporting.applyable(verdict, changes),
        markdown_file=inputs.markdown_file,
    )
    reporting.planned(inputs, runner, verdict, changes, outputs)
    for fault in (*story.warnings, *verdict.unused):
        runner.warning(fault)
    if verdict.refused:
        raise Partial(Failure(Exit.REFUSED, *telling.faults(guard, verdict.shown)), outputs, summarised=True)
    return outputs


@contextmanager
def _beside(target: str) -> Iterator[str]:
    """A path in a private folder next to `target`: a plan that is not complete, or errored, never stands there."""
    folder = os.path.join(os.path.dirname(os.path.abspath(target)), f".tfplan.{os.urandom(6).hex()}")
    try:
        if os.path.isdir(target):
            raise IsADirectoryError(21, "it is a directory")
        os.mkdir(folder, 0o700)
    except OSError as error:
        fault = Fault(f"cannot be written: {error.strerror}", "Provide a path in an existing folder.", "plan-file", target)
        raise Failure(Exit.BAD_INPUT, fault) from None
    try:
        yield os.path.join(folder, "tfplan")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(beside: str, target: str) -> None:
    try:
        os.chmod(beside, 0o600)
        os.replace(beside, target)
    except OSError as error:
        fault = Fault(f"cannot be written: {error.strerror}", "Provide a path that may be written.", "plan-file", target)
        raise Failure(Exit.BAD_INPUT, fault) from None


@contextmanager
def _interrupted() -> Iterator[None]:
    """A plan changes nothing, however it ends."""
    try:
        yield
    except Cancelled as cancelled:
        what = f"{cancelled} was received while Terraform planned"
        raise Failure(
            Exit.of(cancelled), Fault(what, "Run the same command again."), left="nothing was changed, and no plan was saved"
        ) from None
