"""One drill from its launch to its verdict, and the removal of what it made: the effects at the edge of steps.py."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import botocore.exceptions

from credex_actions.aws.heartbeat import held
from credex_actions.aws.run_command import Ended
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.script import Script
from credex_actions.backup.archive import Backup, Drill
from credex_actions.backup.checks import Answered
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill import commands
from credex_actions.backup.drill.endings import carried_out, inconsistent, last_line, too_small
from credex_actions.backup.drill.judging import Comparison, compare
from credex_actions.backup.drill.recording import record
from credex_actions.backup.drill.scratch import ScratchInstance
from credex_actions.backup.drill.steps import (
    CheckConsistency,
    DeleteVolume,
    DrillStep,
    Launch,
    Load,
    Record,
    Scratch,
    Seen,
    Terminate,
    Want,
    after,
    decide,
    remove,
)
from credex_actions.backup.live import Live
from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, NoEffect, Operation, Run, Step, drive, plan
from credex_actions.databases.refusals import NotOnlineError
from credex_actions.neo4j.fingerprint import Fingerprint

SHOWS_WITHIN: Final = timedelta(seconds=30)
"""For an instance whose launch was not answered."""
AGENT_WITHIN: Final = 300.0
"""Seconds for the SSM agent of an instance that has just started."""


@dataclass(kw_only=True)
class Drilling:
    """`live_of`: the restored database, by the id and the address of its instance. `unusable`: why nothing can be restored from the backup, in words."""

    context: Context
    target: Target
    backup: Backup
    scratch: ScratchInstance
    want: Want
    run: Run
    live_of: Callable[[str, str], Live]
    unusable: str = ""
    launched: datetime | None = None
    answered: datetime | None = None
    loaded: bool = False
    restored: Fingerprint | None = None
    comparison: Comparison | None = None
    checks: tuple[Answered, ...] = ()
    consistency: Ended | None = None
    recorded: bool = False
    asked: datetime | None = None
    left: str = ""
    lease: ExitStack = field(default_factory=ExitStack)
    leased: bool = False

    def drill(self) -> Done:
        """Raises Failure and Cancelled, and AWS's own errors. Whatever happens, what it made is removed; else `left` names it."""
        try:
            with self.lease:
                return drive(Operation(self.observe, partial(decide, self.want), self.act, after), self.run)
        finally:
            self._remove()

    def plan(self) -> list[str]:
        """What `drill` would do, and what would remove it."""
        moves = plan(Operation(self.observe, partial(decide, self.want), self.act, after), self.observe())
        scratch = Seen(
            now=self.run.clock.now(),
            scratch=Scratch(instance="the scratch instance", state="running"),
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
        if self.asked is None:
            return
        try:
            with self.run.clock.last_asks():
                drive(Operation(self._observe_leftovers, remove, self.act, after), self.run)
        except (Cancelled, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            instance = self.scratch.record["InstanceId"] if self.scratch.record else "a scratch instance, if it was launched,"
            why = (
                explain(error).faults[0].what
                if isinstance(error, botocore.exceptions.ClientError | botocore.exceptions.BotoCoreError)
                else ""
            )
            self.left = f"{instance} may be left{f' ({why})' if why else ''}: --mode sweep removes what the run {self.want.run} made"

    def observe(self) -> Seen:
        scratch = self.scratch.look() if self.asked else None
        if scratch and not self.leased:
            self.leased = True
            self.lease.enter_context(held(self.context.clients, self.run.clock, [scratch.instance, *scratch.volumes]))
        why_not = ""
        if scratch and scratch.state == "running" and self.restored is None and (self.loaded or not self.want.loads):
            why_not = self._examine(scratch)
        return self._seen(scratch, why_not)

    def _examine(self, scratch: Scratch) -> str:
        """Why the restored database does not answer yet; where it does, what it is is read."""
        live = self.live_of(scratch.instance, self.scratch.address)
        try:
            why_not = live.answers()
        except NotOnlineError as error:
            self.unusable = error.faults[0].what
            return self.unusable
        if not why_not:
            self.answered = self.answered or self.run.clock.now()
            self.restored = live.fingerprint()
            self.checks = tuple(live.checks())
            self.comparison = compare(self.backup, self.restored)
        return why_not

    def _observe_leftovers(self) -> Seen:
        scratch = self.scratch.look()
        gone = scratch is None or scratch.state == "terminated"
        return replace(self._seen(scratch, ""), leftovers=self.scratch.leftovers() if gone else ())

    def _seen(self, scratch: Scratch | None, why_not: str) -> Seen:
        return Seen(
            now=self.run.clock.now(),
            scratch=scratch,
            loaded=self.loaded,
            answers=self.restored is not None,
            why_not=why_not,
            unusable=self.unusable,
            compared=None if self.comparison is None else self.comparison.same and all(each.passed for each in self.checks),
            consistent=None if self.consistency is None else self.consistency.code == 0,
            recorded=self.recorded,
            launching=scratch is None and self.asked is not None and self.run.clock.now() - self.asked < SHOWS_WITHIN,
        )

    def act(self, step: DrillStep) -> None:
        match step:
            case Launch():
                self._launch()
            case Load():
                self._load(step.instance)
            case CheckConsistency():
                self.consistency = self._check_consistency(step.instance)
            case Record():
                record(self.context, self.backup, Drill(self.run.clock.now(), step.verdict == "proven"))
                self.recorded = True
            case Terminate():
                self.scratch.terminate(step.instance)
            case DeleteVolume():
                self.scratch.delete_volume(step.volume)

    def _launch(self) -> None:
        self.launched = self.launched or self.run.clock.now()
        try:
            self.scratch.launch()
        except (NoEffect, Failure, botocore.exceptions.ClientError):
            raise
        except BaseException:
            self.asked = self.run.clock.now()  # it may have worked
            raise
        self.asked = self.run.clock.now()

    def _load(self, instance: str) -> None:
        database = self.target.database.database
        ended = self._command(instance, commands.load(database, self.backup.place, self.backup.checksum), commands.LOADS_WITHIN, "load")
        if ended.code == commands.CORRUPT:
            self.unusable = f"{self.backup.place} is corrupt: its SHA-256 is not that of the dump that was uploaded"
        elif ended.code == commands.NOT_LOADED and too_small(ended):
            what = f"the scratch instance is too small to load {self.backup.place}: {last_line(ended)}"
            hint = "Nothing is known of the backup. Drill it with an instance, and an AMI, whose disk and memory hold the database."
            raise Failure(Exit.REMOTE, Fault(what, hint))
        elif ended.code == commands.NOT_LOADED:
            self.unusable = f"neo4j-admin does not load {self.backup.place}: {last_line(ended)}"
        else:
            carried_out(ended, f"loading {self.backup.place}")
        self.loaded = True

    def _check_consistency(self, instance: str) -> Ended:
        ended = self._command(instance, commands.check(self.target.database.database), commands.CHECKS_WITHIN, "check the store of")
        return ended if inconsistent(ended) else carried_out(ended, "checking the consistency of the store")

    def _command(self, instance: str, text: str, within: float, what: str) -> Ended:
        script = Script(text, self.context.runner.redact)
        comment = f"{what} {self.backup.id}"
        clients = self.context.clients
        return run_command(clients, self.run.clock, instance, script, within=within, comment=comment, online_within=AGENT_WITHIN)
