"""Writes to a database, stopped before it stops and let in again whatever happens: the effects at the edge of writes.py."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import botocore.exceptions

from credex_actions.backup.context import Target
from credex_actions.backup.live import Live
from credex_actions.backup.reaching import live as reach
from credex_actions.core.aws.clients import explain
from credex_actions.core.durations import duration
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Decision, Done, Operation, Run, Step, drive, plan
from credex_actions.neo4j.configuration.model import Service
from credex_actions.rollout.around.access_mode import READ_ONLY, AccessMode
from credex_actions.rollout.around.desired_count import DesiredCount
from credex_actions.rollout.around.gates import Gate, State
from credex_actions.rollout.around.transactions import in_words, open_transactions
from credex_actions.rollout.around.writes import (
    CloseGate,
    NoteGate,
    OpenGate,
    RemoveGateNote,
    Seen,
    Want,
    WriteStep,
    after,
    decide_resume,
    decide_stop,
    way_of,
)
from credex_actions.rollout.context import Context

OPEN: State = State(None, "", closed=False)


@dataclass
class Writes:
    """Of one database. `run`: of this use alone, since equal steps of a former one would count as sent. `at_first`: transactions that were open then."""

    run: Run
    want: Want
    live: Live
    gate: Gate | None
    draining_since: datetime | None = None
    at_first: dict[str, str] = field(default_factory=dict)

    def follow(self, live: Live, instance: str) -> None:
        """The database has gone to another instance, and its access mode with it."""
        self.live = live
        if isinstance(self.gate, AccessMode):
            self.gate.instance, self.gate.opened = instance, live.opened

    @contextmanager
    def stopped(self) -> Iterator[Done]:
        """Around what is done to the database meanwhile. Whatever happens there, writes are let in again; where that fails too, the Failure says so."""
        try:
            yield self.stop()
        except BaseException as error:
            self._let_in_after(error)
            raise
        self.resume()

    def stop(self) -> Done:
        """Raises Failure and Cancelled; nothing is let in again then."""
        return drive(self._operation(partial(decide_stop, self.want), self._observe_draining), self.run)

    def resume(self) -> Done:
        """Needs the database, where its access mode was changed."""
        try:
            return drive(self._operation(partial(decide_resume, self.want), self._observe), self.run)
        finally:
            if self.gate:
                self.gate.held.let_go()

    def plan(self) -> list[str]:
        moves = plan(self._operation(partial(decide_stop, self.want), self._observe), self._observe())
        return [str(move) for move in moves if isinstance(move, Step)]

    def _let_in_after(self, error: BaseException) -> None:
        try:
            with self.run.clock.last_asks():
                self.resume()
        except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as trouble:
            why = trouble if isinstance(trouble, Failure) else explain(trouble)
            what = f"writes to {self.want.database} may still be stopped ({self.want.closing})"
            hint = (
                f"They are let in again by the same command, by --mode sweep, or by hand: {self.want.opening.format(before='what it was')}."
            )
            causes = error.faults if isinstance(error, Failure) else (Fault(f"{self.want.database}: {type(error).__name__}: {error}"),)
            code = error.code if isinstance(error, Failure) and error.code is Exit.FAILED else Exit.REMOTE
            besides = f"; {error.left}" if isinstance(error, Failure) and error.left != NOTHING_CHANGED else ""
            raise Failure(code, *causes, Fault(what, hint), *why.faults, left=f"{what}{besides}") from None

    def _operation(self, by: Callable[[Seen], Decision[WriteStep]], observe: Callable[[], Seen]) -> Operation[Seen, WriteStep]:
        return Operation(observe, by, self._act, after)

    def _observe(self) -> Seen:
        state = self.gate.look() if self.gate else OPEN
        return Seen(now=self.run.clock.now(), note=state.note, state=state.state, closed=state.closed)

    def _observe_draining(self) -> Seen:
        """Transactions count that were open when the gate was first seen closed: new ones only read then, or, without a gate, come for ever."""
        state = self.gate.look() if self.gate else OPEN
        now = self.run.clock.now()
        seen = Seen(now=now, note=state.note, state=state.state, closed=state.closed, draining_since=self.draining_since)
        if self.want.way == "none" or (self.gate and not state.closed):
            return seen
        if self.want.way == "service":
            busy = state.busy
        else:
            still = open_transactions(self.live.opened, self.live.database.database)
            if self.draining_since is None:
                self.at_first = still
            busy = in_words([still[each] for each in self.at_first if each in still])
        self.draining_since = self.draining_since or now
        return replace(seen, busy=busy, draining_since=self.draining_since)

    def _act(self, step: WriteStep) -> None:
        assert self.gate
        match step:
            case NoteGate():
                self.gate.held.write(step.run, step.before)
            case CloseGate():
                self.gate.close()
            case OpenGate():
                self.gate.open(step.before)
            case RemoveGateNote():
                self.gate.held.remove()


def open_writes(context: Context, target: Target, edition: str, run: Run) -> Writes:
    """As configured. `edition`: of the database, in Neo4j's word."""
    rollout = context.asked.given.configuration.rollout
    live, way = reach(context, target), way_of(rollout.drain, edition)
    within = duration(rollout.drain_within).total_seconds()
    if way == "read-only":
        return _by_access_mode(context, target, live, run, within)
    if way == "service":
        assert isinstance(rollout.service, Service)
        return _by_desired_count(context, target, live, run, rollout.service, within)
    return Writes(run, Want(database=target.name, place="", run=context.run, way=way, within=within), live, None)


def access_mode(context: Context, target: Target, run: Run) -> State:
    """Raises Failure. Of Enterprise Edition."""
    gate = _by_access_mode(context, target, reach(context, target), run, 0.0).gate
    assert gate
    return gate.look()


def noted(context: Context, target: Target, run: Callable[[], Run]) -> list[str]:
    """What `let_in_again` would do. Raises nothing while a run is at work."""
    found = [(each.gate.noted(), each.want) for each in _gates(context, target, run) if each.gate]
    return [f"let writes to {want.database} in again: {want.opening.format(before=note.before)}" for note, want in found if note]


def let_in_again(context: Context, target: Target, run: Callable[[], Run]) -> list[str]:
    """Opens the gates that a run has closed which is over, whatever is configured now. Answers what was done. Raises Failure(REFUSED) while it is at work."""
    found = _gates(context, target, run)
    return [str(step) for each in found if each.gate and each.gate.noted() and each.resume() for step in each.run.sent]


def _gates(context: Context, target: Target, run: Callable[[], Run]) -> list[Writes]:
    rollout = context.asked.given.configuration.rollout
    live = reach(context, target)
    found = [_by_access_mode(context, target, live, run(), 0.0)]
    if isinstance(rollout.service, Service):
        found.append(_by_desired_count(context, target, live, run(), rollout.service, 0.0))
    return found


def _by_access_mode(context: Context, target: Target, live: Live, run: Run, within: float) -> Writes:
    instance, database = target.found.instance_id, target.database.database
    want = Want(
        database=target.name,
        place=instance,
        run=context.run,
        way="read-only",
        closing=f"{database} becomes {READ_ONLY}",
        opening=f"{database} becomes {{before}}",
        within=within,
    )
    return Writes(run, want, live, AccessMode(context.clients, context.clock, instance, database, live.opened))


def _by_desired_count(context: Context, target: Target, live: Live, run: Run, service: Service, within: float) -> Writes:
    want = Want(
        database=target.name,
        place=service.name,
        run=context.run,
        way="service",
        closing=f"{service.name} is scaled to 0",
        opening=f"{service.name} is scaled to {{before}}",
        within=within,
    )
    return Writes(run, want, live, DesiredCount(context.clients, context.clock, service.cluster, service.name))
