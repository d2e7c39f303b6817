"""Carries out what was decided for an issue of ours, or says what would be done; what GitHub refuses in a user's words."""

from typing import Final, TypeVar

from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Operation, Run, Step, drive, plan
from credex_actions.core.runner import Runner
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.session import Session
from credex_actions.github.connection.words import in_words

DISABLED: Final = 410
"""GitHub's answer where a repository has no issues."""

S = TypeVar("S")
T = TypeVar("T", bound=Step)


def carry_out(operation: Operation[S, T], session: Session, runner: Runner, clock: Clock, *, dry_run: bool) -> list[str] | None:
    """What a dry run would do, in words; None if it was done. Raises Failure."""
    steps = Run(clock, on_step=lambda step: runner.info(f"- {step}"))
    try:
        with in_words(steps.state):
            if dry_run:
                return [str(move) for move in plan(operation, operation.observe()) if not isinstance(move, Done)]
            drive(operation, steps)
    except Refused as error:
        raise _refused(error, session, steps.state()) from None
    except Cancelled as cancelled:
        raise Failure(Exit.of(cancelled), Fault(f"{cancelled} was received"), left=steps.state()) from None
    return None


def not_done(moves: list[str]) -> str:
    """A dry run's line."""
    return f"Dry run: the issue was not changed. This would be done: {'; '.join(moves) or 'nothing'}."


def _refused(error: Refused, session: Session, left: str) -> Failure:
    if error.status == DISABLED:
        fault = Fault("the repository has no issues", "Enable them in its settings, or omit issue.", "issue")
        return Failure(Exit.BAD_INPUT, fault, left=left)
    if "not accessible" in error.message:
        what = f"the token lacks the permission issues: write: {error}"
        return Failure(Exit.BAD_INPUT, Fault(what, "In Actions, add `permissions: {issues: write}` to the job.", "token"), left=left)
    failure = session.refused(error, "issue")
    return Failure(failure.code, *failure.faults, left=left)
