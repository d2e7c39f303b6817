"""One drill from its launch to its verdict, and the removal of what it made: the effects at the edge of steps.py."""

from dataclasses import dataclass, replace
from functools import partial

from credex_actions.aws.scratch.instance import delete_volume, terminate
from credex_actions.aws.scratch.machine import Machine
from credex_actions.aws.scratch.steps import DeleteVolume, Terminate
from credex_actions.backup.archive import Drill
from credex_actions.backup.context import Context
from credex_actions.backup.drill import commands
from credex_actions.backup.drill.endings import carried_out, last_line, too_small
from credex_actions.backup.drill.recording import record
from credex_actions.backup.drill.restored import RestoredCopy
from credex_actions.backup.drill.steps import (
    CheckConsistency,
    DrillStep,
    Launch,
    Load,
    Record,
    Seen,
    Want,
    after,
    decide,
    remove,
)
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Operation, Step, drive, plan


@dataclass
class Drilling:
    """`unloadable`: why its dump cannot be loaded, in words."""

    context: Context
    want: Want
    copy: RestoredCopy
    unloadable: str = ""
    loaded: bool = False
    recorded: bool = False

    @property
    def unusable(self) -> str:
        """Why nothing can be restored from the backup, in words."""
        return self.unloadable or self.copy.refused

    def drill(self) -> Done:
        """Raises Failure and Cancelled, and AWS's own errors. Whatever happens, what it made is removed; else `left` names it."""
        try:
            with self.copy.leases:
                return drive(Operation(self.observe, partial(decide, self.want), self.act, after), self.copy.run)
        finally:
            self._remove()

    def plan(self) -> list[str]:
        """What `drill` would do, and what would remove it."""
        moves = plan(Operation(self.observe, partial(decide, self.want), self.act, after), self.observe())
        scratch = Seen(
            now=self.copy.run.clock.now(),
            scratch=Machine(instance="the scratch instance", state="running", launched=self.copy.run.clock.now()),
            loaded=True,
            answers=True,
            why_not="",
            compared=True,
            consistent=True,
            recorded=True,
        )
        removal = plan(Operation(self.observe, remove, self.act, after), scratch)
        return [str(move) for move in (*moves, *removal) if isinstance(move, Step)]

    def _remove(self) -> None:
        removal: Operation[Seen, DrillStep] = Operation(self._observe_leftovers, remove, self.act, after)
        self.copy.remove(lambda: drive(removal, self.copy.run))

    def observe(self) -> Seen:
        scratch = self.copy.see()
        due = self.copy.found is None and (self.loaded or not self.want.loads)
        why_not = self.copy.examine(scratch) if due and scratch and scratch.state == "running" else ""
        return self._seen(scratch, why_not)

    def _observe_leftovers(self) -> Seen:
        scratch = self.copy.scratch.look()
        return replace(self._seen(scratch, ""), leftovers=self.copy.scratch.leftovers(scratch))

    def _seen(self, scratch: Machine | None, why_not: str) -> Seen:
        return Seen(
            now=self.copy.run.clock.now(),
            scratch=scratch,
            loaded=self.loaded,
            answers=self.copy.found is not None,
            why_not=why_not,
            unusable=self.unusable,
            compared=self.copy.compared,
            consistent=self.copy.consistent,
            recorded=self.recorded,
            launching=scratch is None and self.copy.scratch.launching,
        )

    def act(self, step: DrillStep) -> None:
        match step:
            case Launch():
                self.copy.scratch.launch()
            case Load():
                self._load(step.instance)
            case CheckConsistency():
                self.copy.check_consistency(step.instance)
            case Record():
                record(self.context, self.copy.backup, Drill(self.copy.run.clock.now(), step.verdict == "proven"))
                self.recorded = True
            case Terminate():
                terminate(self.context.clients, step.instance)
            case DeleteVolume():
                delete_volume(self.context.clients, step.volume)

    def _load(self, instance: str) -> None:
        backup, database = self.copy.backup, self.copy.target.database.database
        ended = self.copy.command(instance, commands.load(database, backup.place, backup.checksum), commands.LOADS_WITHIN, "load")
        if ended.code == commands.CORRUPT:
            self.unloadable = f"{backup.place} is corrupt: its SHA-256 is not that of the dump that was uploaded"
        elif ended.code == commands.NOT_LOADED and too_small(ended):
            what = f"the scratch instance is too small to load {backup.place}: {last_line(ended)}"
            hint = "Nothing is known of the backup. Drill it with an instance, and an AMI, whose disk and memory hold the database."
            raise Failure(Exit.REMOTE, Fault(what, hint))
        elif ended.code == commands.NOT_LOADED:
            self.unloadable = f"neo4j-admin does not load {backup.place}: {last_line(ended)}"
        else:
            carried_out(ended, f"loading {backup.place}")
        self.loaded = True
