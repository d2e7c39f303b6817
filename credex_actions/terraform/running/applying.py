"""One call of apply-terraform: is it the reviewed plan, is it safe, is it fresh; then Terraform applies it, and what it did is told."""

import os
from dataclasses import dataclass
from functools import partial
from typing import Any

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault, collected
from credex_actions.core.loop import Done, Operation, Refuse, Run, drive
from credex_actions.core.loop import plan as unrolled
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.declarations import guard_terraform_plan
from credex_actions.declarations.apply_terraform import Inputs, Outputs
from credex_actions.terraform import guarding
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.report import telling
from credex_actions.terraform.running import diagnostics, events, program, reporting, saved_plan, variables
from credex_actions.terraform.running.changes import Changes
from credex_actions.terraform.running.child import Ended
from credex_actions.terraform.running.program import Terraform
from credex_actions.terraform.running.steps import Apply, Seen, Want, after, decide
from credex_actions.terraform.running.story import Story
from credex_actions.terraform.running.verdict import verdict as judge


def apply(inputs: Inputs, runner: Runner) -> Outputs:
    """Raises Failure, with the outputs as far as they are known."""
    clock = SystemClock(hurried=runner.in_actions)
    terraform, known = _request(inputs, runner, clock)
    work = Work(inputs, runner, terraform, known)
    with clock.listening():
        try:
            return work.carry_out()
        except Cancelled as cancelled:
            what = f"{cancelled} was received before anything was applied"
            raise Failure(Exit.of(cancelled), Fault(what, "Run the same command again.")) from None


def _request(inputs: Inputs, runner: Runner, clock: SystemClock) -> tuple[Terraform, exceptions.Exceptions]:
    """Raises Failure(BAD_INPUT) with all that is wrong."""
    faults: list[Fault] = []
    if inputs.plan_id is None and inputs.changes_id is None:
        hint = "Set plan-id to the output of plan-terraform: only the plan that was reviewed is applied."
        faults.append(Fault("is missing, and so is changes-id", hint, "plan-id"))
    if not os.path.isdir(inputs.directory):
        faults.append(Fault("is not a directory", "Set it to the directory of the root module.", "directory", inputs.directory))
    secret = inputs.secret_vars or {}
    faults += variables.faults({}, secret, (), inputs.directory)
    if fault := program.lock_timeout(inputs.lock_timeout):
        faults.append(fault)
    collected(faults, lambda: saved_plan.read(inputs.plan_file))
    known = collected(faults, lambda: exceptions.read(inputs.protect, inputs.allow, inputs.config))
    terraform = program.opened(inputs.binary, inputs.directory, variables.environment(secret), runner, clock, inputs.plugin_cache)
    if isinstance(terraform, Fault):
        faults.append(terraform)
    if faults or isinstance(terraform, Fault) or known is None:
        raise Failure(Exit.BAD_INPUT, *faults)
    return terraform, known


@dataclass
class Work:
    inputs: Inputs
    runner: Runner
    terraform: Terraform
    known: exceptions.Exceptions
    verdict: guarding.Verdict | None = None
    story: Story | None = None

    def carry_out(self) -> Outputs:
        if not self.terraform.initialized:
            self.terraform.initialize(self.inputs.backend_config)
        want = Want(self.inputs.plan_id, self.inputs.changes_id, self.inputs.plan_file)
        seen = self.observe()
        operation = Operation(lambda: after(seen, Apply("")) if self.story else seen, partial(decide, want), self.act, after)
        if self.inputs.dry_run:
            return self._dry_run(operation, seen)
        try:
            done = drive(operation, Run(self.terraform.clock, on_step=lambda step: self.runner.info(f"- {step}")))
        except Partial:
            raise
        except Failure as failure:  # refused
            raise Partial(failure, self._outputs(None)) from None
        return self._told(done)

    def observe(self) -> Seen:
        """The state comes last: it is what may change meanwhile, and Terraform compares it once more under its lock."""
        changes = Changes()
        guard = guard_terraform_plan.Inputs(self.inputs.plan_file, self.inputs.directory)
        saved = saved_plan.read(self.inputs.plan_file)
        self.verdict = judge(guard, self.runner, self.known, self.terraform, changes)
        for fault in self.verdict.unused:
            self.runner.warning(fault)
        refusals = tuple(telling.faults(guard, self.verdict.shown))
        applyable = reporting.applyable(self.verdict, changes)
        return Seen(saved.id, changes.id(saved.basis), saved.basis, self.terraform.basis(), applyable, refusals)

    def act(self, step: Apply) -> None:
        """Raises Failure for everything but a complete apply, Cancelled if it has not begun."""
        if saved_plan.read(self.inputs.plan_file).id != step.plan_id:
            what = "was replaced while it was judged"
            raise Failure(Exit.REFUSED, Fault(what, "Nothing else may write to the file of a plan.", "plan-file", self.inputs.plan_file))
        self.story = story = Story(self.inputs.directory)
        progress = Progress(self.runner, self.terraform.clock)

        def on_line(line: str) -> None:
            if event := events.read(line):
                for sentence in story.take(event):
                    progress.line(sentence)
                if now := story.now(event):
                    progress.now(now)

        command = ["apply", "-input=false", "-json", f"-lock-timeout={self.inputs.lock_timeout}", os.path.abspath(self.inputs.plan_file)]
        try:
            with progress.shown():
                ended = self.terraform.run(command, on_line, lambda cancelled: progress.line(_stopping(cancelled)))
        except Cancelled:
            raise
        except KeyboardInterrupt as interrupt:  # the second one in a terminal: whoever sends it does not wait any longer
            raise Partial(_left_alone(interrupt, story), self._outputs("interrupted")) from None
        for fault in story.warnings:
            self.runner.warning(fault)
        if ended.code != 0 or story.faults:
            self._failed(story, ended)

    def _failed(self, story: Story, ended: Ended) -> None:
        running = ended.code is None
        if ended.cancelled:
            outcome, failure = "interrupted", _interrupted(ended, story)
        else:
            faults = story.faults or diagnostics.of_text(ended.told, self.inputs.directory)
            stale = [each for each in faults if each.what.startswith(diagnostics.STALE)]
            if stale:
                raise Failure(Exit.REFUSED, stale[0]._replace(hint="Plan again, and have the new plan reviewed.", where="plan-file"))
            outcome, failure = "failed", diagnostics.failure(faults, story.locked, "apply", left=_left(story))
        begun = bool(story.applied or story.failed or story.open)
        if begun:
            reporting.applied(self.runner, story, _sentence(outcome, story), good=False)
        raise Partial(failure, self._outputs(outcome if begun or running else None), summarised=False)

    def _told(self, done: Done) -> Outputs:
        story = self.story or Story(self.inputs.directory)
        sentence = _sentence(done.outcome, story)
        reporting.applied(self.runner, story, sentence, good=True)
        self.runner.result(sentence)
        for name, value in story.outputs.items():
            self.runner.info(f"{name} = {value}")
        return self._outputs(done.outcome)

    def _dry_run(self, operation: Operation[Seen, Apply], seen: Seen) -> Outputs:
        moves: list[Any] = list(unrolled(operation, seen))
        last = moves[-1]
        if isinstance(last, Refuse):
            raise Partial(Failure(last.code, *last.faults), self._outputs(None))
        steps = [str(each) for each in moves[:-1]] or ["nothing: the plan changes nothing"]
        self.runner.result(f"Dry run: nothing was changed. This would be done: {'; '.join(steps)}")
        self.runner.report["plan"] = steps
        return self._outputs(None)

    def _outputs(self, outcome: str | None) -> Outputs:
        verdict = self.verdict
        return Outputs(
            outcome=outcome,
            applied=len(self.story.applied) if self.story else 0,
            verdict=verdict.word if verdict else None,
            findings=[each.public() for each in verdict.shown] if verdict else None,
        )


def _left(story: Story) -> str:
    if story.applied or story.failed or story.open:
        return f"{story.left()}. Terraform has written the state; plan again to see what is left to do"
    return NOTHING_CHANGED


def _interrupted(ended: Ended, story: Story) -> Failure:
    assert ended.cancelled
    fault = Fault(f"{ended.cancelled} was received while Terraform applied", "Plan again to see what is left to do.")
    if ended.code is None:
        left = (
            f"{story.left(running=True)}. Terraform (process {ended.process.pid}) has not ended yet: it holds the state's lock until it does. "
            "If the machine ends first, terraform force-unlock releases it"
        )
    elif ended.code == 0:
        left = f"{story.left()}. Terraform had finished"
    else:
        left = f"{story.left()}. Terraform has written the state and released the lock"
    return Failure(Exit.of(ended.cancelled), fault, *story.faults, left=left)


def _left_alone(interrupt: KeyboardInterrupt, story: Story) -> Failure:
    fault = Fault("interrupted while Terraform applied", "Plan again once it has ended, to see what is left to do.")
    left = f"{story.left(running=True)}. Terraform continues by itself: it ends what is in progress, writes the state and releases its lock"
    return Failure(Exit.of(interrupt), fault, left=left)


def _stopping(cancelled: KeyboardInterrupt) -> str:
    return f"{cancelled} was received: Terraform ends what is in progress, writes the state and releases its lock."


def _sentence(outcome: str, story: Story) -> str:
    if outcome == "nothing-to-do":
        return "Nothing to do: the plan changes nothing."
    number = len(story.applied)
    counted = f"{number:,} {'action' if number == 1 else 'actions'}"
    match outcome:
        case "applied":
            return f"Applied: {counted} on resources."
        case "interrupted":
            return f"Interrupted: {counted} on resources were applied before."
        case _:
            return f"Failed: {counted} on resources were applied, {len(story.failed):,} failed."
