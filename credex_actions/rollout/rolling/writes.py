"""Writes to a database around what is done to it, and what a run that is over has stopped: let in again whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final

import botocore.exceptions

from credex_actions.backup.context import Target as Reached
from credex_actions.backup.reaching import live as reach
from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run
from credex_actions.rollout.around.stopping_writes import Writes, access_mode, let_in_again, open_writes
from credex_actions.rollout.context import Context
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.together import Together
from credex_actions.rollout.running import running

TROUBLE = (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
ENTERPRISE: Final = "enterprise"


def reached(member: Member) -> Reached:
    return Reached(member.name, member.instance.database, member.instance.found)


@contextmanager
def writes_stopped(rolled: Rolled, member: Member, of: Reached, begin: Callable[[], Run], together: Together) -> Iterator[None]:
    context = member.instance.context

    def stop() -> AbstractContextManager[Done]:
        return _followed(member, open_writes(context, of, running(context, of.found, of.database).edition, begin())).stopped()

    with together.stopped(member.name, stop) as done:
        rolled.lines.append(done.why)
        yield


def _followed(member: Member, writes: Writes) -> Writes:
    """Wherever the database goes meanwhile."""
    instance = member.instance
    instance.followers.append(lambda: writes.follow(reach(instance.context, reached(member)), instance.id))
    return writes


@contextmanager
def kept_out(member: Member, of: Reached, begin: Callable[[], Run], together: Together) -> Iterator[str]:
    """Where a gate can, and the database responds: how that ended, "" where nothing was stopped. What is counted behind it is all that is lost; and what is restored
    from a snapshot of a read-only database becomes again what this one was.
    """
    context = member.instance.context
    if reach(context, of).answers():
        yield ""
        return
    writes = _followed(member, open_writes(context, of, running(context, of.found, of.database).edition, begin()))
    if writes.gate is None:
        yield ""
        return
    with together.stopped(member.name, writes.stopped) as done:
        yield done.outcome


def require_open(member: Member, of: Reached, begin: Callable[[], Run]) -> None:
    """A snapshot from while writes were stopped is one of a read-only database. Raises Failure(FAILED) where it was not opened again."""
    context, database = member.instance.context, of.database.database
    if running(context, of.found, of.database).edition != ENTERPRISE or not access_mode(context, of, begin()).closed:
        return
    what = f"{member.name} went back, and {database} is read-only: the snapshot was taken while writes to it were stopped"
    name = database.replace("`", "``")
    raise Failure(Exit.FAILED, Fault(what, f"Unless it was so before: ALTER DATABASE `{name}` SET ACCESS READ WRITE"))


@contextmanager
def let_in(member: Member, begin: Callable[[], Run], together: Together) -> Iterator[None]:
    """What a run has stopped that is over. Where the database is is asked at the end: it may have gone to another instance."""
    context = member.instance.context
    try:
        yield
    except (Cancelled, *TROUBLE) as error:
        together.out(member.name)
        together.owe(partial(_let_in_after_all, context, member, begin))
        raise error from None
    together.through(member.name)
    with together.lock:  # of what they share there is one note: the first one that reads it removes it
        let_in_again(context, reached(member), begin)


def _let_in_after_all(context: Context, member: Member, begin: Callable[[], Run]) -> None:
    try:
        with context.clock.last_asks():
            let_in_again(context, reached(member), begin)
    except TROUBLE as trouble:
        why = trouble if isinstance(trouble, Failure) else explain(trouble)
        hint = "If a run has stopped them, the same command lets them in again, and --mode sweep does."
        context.runner.warning(Fault(f"whether writes to {member.name} are let in is not known: {why.faults[0].what}", hint))
