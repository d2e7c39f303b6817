"""One rehearsal from its launch to its verdict, and the removal of what it made: the effects at the edge of steps.py."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from credex_actions.aws.scratch.instance import delete_volume, terminate
from credex_actions.aws.scratch.machine import Machine
from credex_actions.aws.scratch.steps import DeleteVolume, Terminate
from credex_actions.backup.drill.restored import RestoredCopy, failed_checks
from credex_actions.backup.taking.sources import tag_snapshot
from credex_actions.core.loop import Done, Operation, drive
from credex_actions.core.text import one_line
from credex_actions.rollout.context import Context
from credex_actions.rollout.rehearsal.commands import INSPECT, STOPPED, WITHIN, reason
from credex_actions.rollout.rehearsal.note import REHEARSED, Pair, Rehearsed, Verdict
from credex_actions.rollout.rehearsal.steps import (
    CheckConsistency,
    Inspect,
    Launch,
    Note,
    RehearsalStep,
    Seen,
    Want,
    after,
    decide,
    remove,
)


@dataclass
class Rehearsing:
    """`since`: from when on its instance has been seen to run. `halted`: why Neo4j does not run there, as the instance says."""

    context: Context
    want: Want
    pair: Pair
    copy: RestoredCopy
    since: datetime | None = None
    halted: str = ""
    inspected: int = 0
    inspected_at: datetime | None = None
    note: Rehearsed | None = None

    @property
    def stopped(self) -> str:
        """Why Neo4j does not run there, in words."""
        return self.halted or self.copy.refused

    def rehearse(self) -> Done:
        """Raises Failure and Cancelled, and AWS's own errors. Whatever happens, what it made is removed; else `left` names it."""
        try:
            with self.copy.leases:
                return drive(Operation(self.observe, partial(decide, self.want), self.act, after), self.copy.run)
        finally:
            self._remove()

    def wrong(self) -> Iterator[str]:
        """Why it failed, a sentence each."""
        if self.stopped:
            yield f"Neo4j does not run on {self.want.image}: {self.stopped}"
        if self.copy.comparison and not self.copy.comparison.same:
            yield f"the clone is not the database that was backed up: {self.copy.comparison.sentence}"
        yield from failed_checks(self.copy)

    @property
    def seconds(self) -> int | None:
        """From the launch until Bolt answered."""
        return None if self.copy.seconds is None else round(self.copy.seconds)

    def _remove(self) -> None:
        removal: Operation[Seen, RehearsalStep] = Operation(self._observe_leftovers, remove, self.act, after)
        self.copy.remove(lambda: drive(removal, self.copy.run))

    def observe(self) -> Seen:
        machine = self.copy.see()
        why_not = ""
        if machine and machine.state == "running":
            self.since = self.since or self.copy.run.clock.now()
            if self.copy.found is None and not self.stopped:
                why_not = self.copy.examine(machine)
        return self._seen(machine, why_not)

    def _observe_leftovers(self) -> Seen:
        machine = self.copy.scratch.look()
        return replace(self._seen(machine, ""), leftovers=self.copy.scratch.leftovers(machine))

    def _seen(self, machine: Machine | None, why_not: str) -> Seen:
        return Seen(
            now=self.copy.run.clock.now(),
            machine=machine,
            since=self.since,
            answers=self.copy.found is not None,
            why_not=why_not,
            stopped=self.stopped,
            inspected=self.inspected,
            inspected_at=self.inspected_at,
            compared=self.copy.compared,
            consistent=self.copy.consistent,
            noted=self.note is not None,
            launching=machine is None and self.copy.scratch.launching,
        )

    def act(self, step: RehearsalStep) -> None:
        match step:
            case Launch():
                self.copy.scratch.launch()
            case Inspect():
                self._inspect(step)
            case CheckConsistency():
                self.copy.check_consistency(step.instance)
            case Note():
                self._note(step.verdict)
            case Terminate():
                terminate(self.context.clients, step.instance)
            case DeleteVolume():
                delete_volume(self.context.clients, step.volume)

    def _inspect(self, step: Inspect) -> None:
        ended = self.copy.command(step.instance, INSPECT, WITHIN, "see whether Neo4j runs on the copy of")
        self.inspected, self.inspected_at = step.number, self.copy.run.clock.now()
        if ended.code == STOPPED:
            self.halted = one_line(self.context.runner.redact(reason(ended.output)), 400)

    def _note(self, verdict: Verdict) -> None:
        note = Rehearsed(verdict, self.copy.run.clock.now(), self.pair, self.seconds)
        tag_snapshot(self.context.clients, self.copy.backup.place, {REHEARSED: str(note)})
        self.note = note
