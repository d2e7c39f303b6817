"""Keeps the issue up to date, or says what would be done."""

from typing import Final

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.github.connection.credentials import GivenCredentials, choose, masked
from credex_actions.github.connection.place import place
from credex_actions.github.connection.session import Session, open_session
from credex_actions.github.issues.carrying_out import carry_out, not_done
from credex_actions.github.issues.client import Issues
from credex_actions.github.issues.ours import Ours
from credex_actions.github.issues.steps import Want, mark, marked

NEEDED: Final = {"issues": "write"}
PATIENCE: Final = 120.0
"""Seconds for which an outage or a rate limit is borne."""


def opened(given: GivenCredentials, repository: str | None, runner: Runner, clock: Clock) -> Session:
    """Raises Failure."""
    for secret in masked(given, runner.environment):
        runner.mask(secret.reveal())
    where, who = place(repository, runner.environment), choose(given, runner.environment)
    faults = [each for each in (where, *(who if isinstance(who, list) else ())) if isinstance(each, Fault)]
    if faults or isinstance(where, Fault) or isinstance(who, list):
        raise Failure(Exit.BAD_INPUT, *faults)
    session = open_session(where, who, NEEDED, clock, runner.info, runner.mask)
    for api in session.apis:
        api.bears = lambda _: PATIENCE
    return session


def keep(session: Session, key: str, title: str, about: str, text: str, runner: Runner, clock: Clock, *, dry_run: bool = False) -> str:
    """The issue's URL, "" if there is none. `about`: "" closes it. Raises Failure."""
    issues = Issues(Ours(session, mark(key)), Want(title, about, marked(key, about, runner.redact(text))))
    moves = carry_out(issues.operation(), session, runner, clock, dry_run=dry_run)
    if moves is not None:
        runner.info(not_done(moves))
    return issues.last.ours[0].url if issues.last.ours else ""
