"""Has the checks run: signs in, opens the accounts that they look at, and runs them side by side."""

from collections.abc import Sequence
from functools import partial

import botocore.exceptions

from credex_actions.aws.who import who
from credex_actions.core.aws.clients import Clients, explain, own_session
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import SystemClock
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.accounts import OWN, SignedIn, at_home
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.examining.gathering import Home, Seen
from credex_actions.maintenance.examining.planning import Piece, Planned
from credex_actions.maintenance.examining.running import run
from credex_actions.maintenance.github_access import GitHubAccess
from credex_actions.maintenance.groups import Given
from credex_actions.maintenance.request import Asked


def look(
    asked: Asked, inputs: Inputs, planned: Planned, runner: Runner, own: SystemClock, clock: WorkerClock, github: GitHubAccess
) -> Seen:
    """What this machine is to examine: all of it, or its share. Raises Failure, and Cancelled before the first check."""
    pieces = planned.share(asked.shard) if asked.shard else planned.pieces
    signed = _signed_in(asked, pieces, inputs, runner, own, clock)
    began, monotonic = clock.now(), clock.monotonic()
    context = Context(runner, clock, began + asked.within, asked.settings)
    progress = Progress(runner, clock)
    with progress.shown():
        outcomes, cancelled = run(
            pieces,
            signed,
            partial(_given, context, asked, signed, github),
            clock,
            asked.within.total_seconds(),
            progress.now,
            runner.redact,
            hurried=runner.in_actions,
        )
    home = Home(signed.home.account, signed.home.region) if signed.home else None
    return Seen(outcomes, began, clock.monotonic() - monotonic, home, (), cancelled)


def _signed_in(asked: Asked, pieces: Sequence[Piece], inputs: Inputs, runner: Runner, own: SystemClock, clock: WorkerClock) -> SignedIn:
    """In the accounts that `pieces` look at. A role that was asked for and is refused is a Failure: it is an error of the inputs."""
    if not any(piece.group.aws for piece in pieces):
        return SignedIn(why="no check of AWS is selected")
    session = signed_in(inputs, runner, own)
    try:
        caller = who(Clients(session=session or own_session()))
        clock.ahead = caller.ahead
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        if inputs.role_to_assume:
            raise explain(error) from None
        return SignedIn(why=one_line(explain(error).faults[0].what))
    runner.info(f"Signed in to account {caller.account}.")
    names = {piece.account for piece in pieces if piece.group.by_account}
    accounts = [each for each in asked.configuration.accounts or [OWN] if each.name in names]
    return at_home(session, caller, accounts, tuple(asked.configuration.owner_tags), clock, runner.mask)


def _given(context: Context, asked: Asked, signed: SignedIn, github: GitHubAccess, piece: Piece, scopes: tuple[Scope, ...]) -> Given:
    kept = asked.earlier.kept if asked.earlier else None
    return Given(
        context, asked.given, signed.home, scopes, asked.databases, lambda name: name in piece.checks, github.session, github.api, kept
    )
