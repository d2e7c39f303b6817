"""One verification: read the input -> open the checks -> look until there is a verdict -> roll back to the previous revision, if asked to."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from credex_actions.core.clock import Cancelled, Clock, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, Wait, drive
from credex_actions.core.runner import Runner
from credex_actions.declarations.verify_deployment import Inputs
from credex_actions.ecs.verification import request
from credex_actions.ecs.verification.checks import chosen as checks
from credex_actions.ecs.verification.history import History
from credex_actions.ecs.verification.judgement import Look, Seen, Want
from credex_actions.ecs.verification.looking import Looking
from credex_actions.ecs.verification.verdict import Verdict

if TYPE_CHECKING:
    from boto3.session import Session


OUTCOMES: Final = {"healthy": "healthy", "never-healthy": "unhealthy", "became-unhealthy": "unhealthy"}
EXITS: Final = {"healthy": Exit.DONE, "never-healthy": Exit.FAILED, "became-unhealthy": Exit.FAILED}


def verify(
    inputs: Inputs,
    *,
    sign_in: checks.SignIn = lambda: None,
    clock: Clock | None = None,
    tell: Callable[[str], None] = lambda _: None,
    on_wait: Callable[[Wait], None] = lambda _: None,
) -> Verdict:
    """Verifies as `inputs` say; `sign_in` gives the session that AWS is asked with, `tell` gets a line for what changes, `on_wait` what is waited for.

    Raises Failure: BAD_INPUT before the first look, with every fault; REMOTE where a check cannot be read for good.
    """
    asked, clock = request.read(inputs), clock or SystemClock()
    return _Verification(asked, clock, Run(clock, on_step=lambda step: tell(f"- {step}"), on_wait=on_wait), tell).carry_out(sign_in)


def verify_and_report(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    """`verify` for people and runners: shows it, writes the job summary, answers the outputs. Raises Failure for every end but a healthy one."""
    from credex_actions.core.progress import Progress

    clock = SystemClock(hurried=runner.in_actions)
    progress = Progress(runner, clock)
    with clock.listening(), progress.shown():
        verdict = verify(
            inputs,
            sign_in=partial(_signed_in, inputs, runner, clock),
            clock=clock,
            tell=progress.line,
            on_wait=lambda wait: progress.now(wait.why),
        )
    report = verdict.report()
    outputs: dict[str, Any] = {"outcome": verdict.outcome or None, "report": report}
    runner.report.update(report)
    runner.summary(verdict.markdown(runner.redact))
    for note in verdict.notes:
        runner.warning(Fault(note))
    if verdict.code == Exit.DONE:
        if failed := verdict.history.failed_looks:
            hint = "See the list in the job summary; with successes: 1 a single failure counts."
            runner.warning(Fault(f"{failed} of {verdict.history.looks} checks failed: {verdict.history.last_fault}", hint))
        runner.result(f"{verdict.sentence}.")
        return outputs
    fault = Fault(f"{verdict.sentence}{f': {verdict.why}' if verdict.why else ''}", verdict.hint)
    raise Partial(Failure(verdict.code, fault, left=verdict.left), outputs, summarised=True)


def _signed_in(inputs: Inputs, runner: Runner, clock: Clock) -> "Session | None":
    from credex_actions.core.aws.sign_in import signed_in

    return signed_in(inputs, runner, clock)


class _Verification:
    def __init__(self, asked: request.Request, clock: Clock, run: Run, tell: Callable[[str], None]) -> None:
        self._asked, self._clock, self._run, self._tell = asked, clock, run, tell
        self._history = History(clock.now())
        self._checks = checks.Checks()

    def carry_out(self, sign_in: checks.SignIn) -> Verdict:
        try:
            self._checks = checks.opened(self._asked, self._clock, sign_in)
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("cancelled before the first check")) from None
        self._history = History(self._clock.now())
        try:
            done = drive(self._looking().operation(), self._run)
        except Cancelled as cancelled:
            return self._verdict(Done("cancelled", f"{cancelled} was received"), "", Exit.of(cancelled))
        except Failure:
            raise
        except Exception as error:
            raise _explained(error) from error
        code = EXITS.get(done.outcome, Exit.REMOTE)
        if code != Exit.FAILED or self._checks.back_to is None:
            return self._verdict(done, OUTCOMES.get(done.outcome, ""), code)
        return self._put_back(done)

    def _looking(self) -> Looking:
        asked = self._asked
        want = Want(successes=asked.successes, give_up=self._clock.now() + asked.timeout, watch=asked.watch, poll=asked.poll)
        return Looking(self._checks.each, want, self._clock, self._on_look)

    def _on_look(self, look: Look, seen: Seen) -> None:
        was_healthy = self._history.healthy_since is not None
        changed = self._history.add(look, seen.healthy_since)
        if seen.healthy_since and not was_healthy:
            watched = f"; watching it for {self._asked.watch.total_seconds() / 60:g} min" if self._asked.watch else ""
            checks = f"{seen.streak} consecutive good checks, the last" if seen.streak > 1 else "1 good check,"
            self._tell(f"healthy: {checks} with {look.words('good')}{watched}")
        elif was_healthy and look.state != "good":
            self._tell(f"{look.at:%H:%M:%S}  {look.words(look.state)}")
        elif was_healthy and changed:
            self._tell(f"{look.at:%H:%M:%S}  all is well again")

    def _put_back(self, done: Done) -> Verdict:
        from credex_actions.ecs.arns import short
        from credex_actions.ecs.verification.rollback import Rollback, roll_back

        found = self._checks
        assert found.clients
        assert found.service
        assert found.back_to
        to = found.back_to["taskDefinitionArn"]
        self._tell(f"{self._subject} is unhealthy: {done.why}")
        if self._asked.dry_run:
            return self._verdict(
                done, "unhealthy", Exit.FAILED, f"nothing was changed (dry run); the service would be rolled back to {short(to)}"
            )
        self._tell(f"Rolling back to {short(to)}.")
        asked = Rollback(
            clients=found.clients,
            clock=self._clock,
            cluster=self._asked.cluster,
            service=str(self._asked.service),
            revision=found.service.revision,
            to=to,
            definition=found.back_to,
            settings=self._asked.rollback_settings,
            poll=self._asked.poll,
        )
        back = roll_back(asked, self._run, self._tell)
        return self._verdict(done, "rolled-back" if back.done else "unhealthy", back.code, back.words)

    @property
    def _subject(self) -> str:
        service = self._checks.service
        if service:
            return f"{service.revision.rpartition('/')[2]} in {self._asked.service}" if service.revision else str(self._asked.service)
        return str(self._asked.url) if self._asked.url else "the deployment"

    def _verdict(self, done: Done, outcome: str, code: Exit, rollback: str = "") -> Verdict:
        return Verdict(
            outcome=outcome,
            ended=done.outcome,
            why=done.why,
            subject=self._subject,
            code=code,
            history=self._history,
            at=self._clock.now(),
            run=self._run,
            rollback=rollback,
        )


def _explained(error: Exception) -> Exception:
    """An error of AWS in words; any other is a fault of ours, and passes as it is."""
    import sys

    if "botocore" not in sys.modules:  # nothing asked AWS, so it is none of its errors
        return error
    import botocore.exceptions

    from credex_actions.core.aws.clients import explain

    return (
        explain(error, "the checks changed nothing")
        if isinstance(error, botocore.exceptions.ClientError | botocore.exceptions.BotoCoreError)
        else error
    )
