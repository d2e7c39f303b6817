"""A database that was restored to a scratch instance: seen, examined as soon as it answers, and removed with all that was made for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from credex_actions.aws.run_command import Ended
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.scratch.holding import Leases, removed
from credex_actions.aws.scratch.instance import AGENT_WITHIN, ScratchInstance
from credex_actions.aws.scratch.machine import Machine
from credex_actions.aws.script import Script
from credex_actions.backup.archive import Backup
from credex_actions.backup.checks import Answered
from credex_actions.backup.context import Target
from credex_actions.backup.drill import commands
from credex_actions.backup.drill.endings import carried_out, inconsistent
from credex_actions.backup.drill.judging import Comparison, compare
from credex_actions.backup.live import Live
from credex_actions.backup.reaching import copy
from credex_actions.backup.surroundings import Surroundings
from credex_actions.core.loop import Run
from credex_actions.core.text import one_line
from credex_actions.databases.refusals import NotOnlineError
from credex_actions.neo4j.fingerprint import Fingerprint


@dataclass(kw_only=True)
class RestoredCopy:
    """`live_of`: the copy, by the id and the address of its instance. `marked`: what everything that was made for it is marked with.

    `refused`: why Neo4j does not bring the database online, in its words. `left`: what may be left after a failure, in words.
    """

    context: Surroundings
    target: Target
    backup: Backup
    scratch: ScratchInstance
    marked: str
    run: Run
    live_of: Callable[[str, str], Live]
    refused: str = ""
    answered: datetime | None = None
    found: Fingerprint | None = None
    comparison: Comparison | None = None
    checks: tuple[Answered, ...] = ()
    consistency: Ended | None = None
    left: str = ""
    leases: Leases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = Leases(self.context.clients, self.run.clock)

    @property
    def compared(self) -> bool | None:
        """Whether it is the database that was backed up and passed the checks; None until it was examined."""
        return None if self.comparison is None else self.comparison.same and all(each.passed for each in self.checks)

    @property
    def consistent(self) -> bool | None:
        return None if self.consistency is None else self.consistency.code == 0

    @property
    def proven(self) -> str:
        """What an examination that passed says."""
        assert self.comparison
        checks = f", {len(self.checks)} of {len(self.checks)} checks passed" if self.checks else ""
        return f"{self.comparison.sentence}; its store is consistent{checks}"

    @property
    def seconds(self) -> float | None:
        """From the launch of its instance until the database answered."""
        return (self.answered - self.scratch.launched).total_seconds() if self.answered and self.scratch.launched else None

    def see(self) -> Machine | None:
        """The instance, whose lease is held from now on; None before its launch."""
        machine = self.scratch.look() if self.scratch.asked else None
        if machine and not self.leases.known:
            self.leases.hold([machine.instance, *machine.volumes])
        return machine

    def examine(self, machine: Machine) -> str:
        """Why the database does not answer yet; where it does, what it is is read."""
        live = self.live_of(machine.instance, self.scratch.address)
        try:
            why_not = live.answers()
        except NotOnlineError as error:
            self.refused = error.faults[0].what
            return self.refused
        if not why_not:
            self.answered = self.answered or self.run.clock.now()
            self.found = live.fingerprint()
            self.checks = tuple(live.checks())
            self.comparison = compare(self.backup, self.found)
        return why_not

    def check_consistency(self, instance: str) -> None:
        text = commands.check(self.target.database.database)
        ended = self.command(instance, text, commands.CHECKS_WITHIN, "check the store of")
        self.consistency = ended if inconsistent(ended) else carried_out(ended, "checking the consistency of the store")

    def command(self, instance: str, text: str, within: float, what: str) -> Ended:
        script = Script(text, self.context.runner.redact)
        comment = f"{what} {self.backup.id}"
        clients = self.context.clients
        return run_command(clients, self.run.clock, instance, script, within=within, comment=comment, online_within=AGENT_WITHIN)

    def remove(self, work: Callable[[], object]) -> None:
        """Does `work`, which removes all of it, also after a signal."""
        if self.scratch.asked is not None:
            self.left = removed(work, self.run.clock, str(self.scratch), self.marked)


def restored_copy(context: Surroundings, target: Target, backup: Backup, scratch: ScratchInstance, marked: str, run: Run) -> RestoredCopy:
    return RestoredCopy(
        context=context,
        target=target,
        backup=backup,
        scratch=scratch,
        marked=marked,
        run=run,
        live_of=cache(lambda instance, address: copy(context, target, instance, address, backup.taken)),
    )


def failed_checks(restored: RestoredCopy) -> list[str]:
    """A sentence for each check that it did not pass, the consistency check last."""
    told = [
        f"check {each.query} returned {each.trouble or in_json(each.answer)}, expected {in_json(each.expected)}"
        for each in restored.checks
        if not each.passed
    ]
    return told + ["the consistency check found inconsistencies"] * (restored.consistent is False)


def in_json(value: object) -> str:
    return one_line(json.dumps(value, default=str), 200)
