"""What is done to the instance of one database, a request each, whichever way it moves."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import botocore.exceptions
import msgspec

from credex_actions.aws.heartbeat import held
from credex_actions.aws.lease import SLACK, is_over, own_lease, read_lease
from credex_actions.aws.run_command import Ended, succeeded
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.script import Script
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, ROLL, RUN, VERSION, as_list
from credex_actions.backup.archive import tags_of
from credex_actions.backup.taking import commands
from credex_actions.backup.taking.commands import RUNS, START, STARTS_WITHIN, STOPS_WITHIN
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.aws.clients import code_of, message_of, one_write
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost
from credex_actions.databases.finding import Found
from credex_actions.neo4j.configuration.groups import Member
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.context import Context
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.machine import Machine
from credex_actions.rollout.swap.note import KEYS, Note, UnreadableNoteError, read_note

NOTHING: Final[Mapping[str, str]] = {}
KEPT_ROOT: Final = "credex:kept-root"
"""A tag of a root volume that was replaced, or is about to be: the instance that it belongs to."""
AGENT_WITHIN: Final = 120.0
"""Seconds for the SSM agent of an instance that has booted."""
ONE_AT_A_TIME: Final = frozenset(("IncorrectState", "IncorrectInstanceState"))
"""What EC2 may answer to a second replacement: whether the first one is ours only a look tells."""


@dataclass
class Instance:
    """`found`: as it was at the beginning, or when its database went to another instance. `followers`: who else has to know of that. `holder`: the run that holds the lease."""

    context: Context
    found: Found
    database: Database
    lease: ExitStack = field(default_factory=ExitStack)
    holder: str = ""
    followers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.found.instance_id

    def look(self) -> Machine:
        return machine.look(self.context.clients, self.context.clock, self.id)

    def read_note(self, tags: Mapping[str, str]) -> Note | None:
        """Raises Failure where somebody has changed it."""
        try:
            return read_note(tags)
        except UnreadableNoteError as error:
            what = f"{self.found.name}: the tag {error} of {self.id} cannot be read: a roll-out notes there what it does"
            hint = f"Restore it, or remove the tags {', '.join(KEYS)} if no roll-out of it is half-done."
            raise Failure(Exit.REFUSED, Fault(what, hint)) from None

    def runs(self) -> bool:
        """Whether systemd says so; also while it starts or stops."""
        return self._command(RUNS, 60, "is Neo4j active").output.strip() not in {"inactive", "failed", "unknown"}

    def stop(self) -> None:
        """Until the roll-out has to have ended; from then on a timer on the instance starts it, if nobody else has: the machine of the run may be lost."""
        script = commands.stop(starts_after=self._starts_after)
        succeeded(self._command(script, STOPS_WITHIN, "stop Neo4j for a roll-out"), "stopping Neo4j")

    def stop_for_good(self) -> None:
        """Of another database than the one from before: nobody would find again what it takes."""
        succeeded(self._command(commands.stop_for_good(), STOPS_WITHIN, "stop Neo4j, which lacks its data"), "stopping Neo4j")

    def arm(self) -> None:
        """For one that is stopped: the timer of the run that has stopped it may be about to start it. That of this run takes its place."""
        script = commands.arm(self._starts_after)
        succeeded(self._command(script, STOPS_WITHIN, "keep Neo4j stopped for a roll-out"), "setting the timer that starts Neo4j")

    @property
    def _starts_after(self) -> int:
        left = (self.context.give_up - self.context.clock.now()).total_seconds()
        return max(int(left), 0) + commands.STARTS_BY_ITSELF

    def start(self, *, enabled: bool = False) -> None:
        """`enabled`: also at the next boot."""
        script = f"{commands.ENABLE}{START}" if enabled else START
        succeeded(self._command(script, STARTS_WITHIN, "start Neo4j"), "starting Neo4j")

    def disable(self) -> None:
        succeeded(self._command(commands.DISABLE, STOPS_WITHIN, "disable Neo4j for a restart"), "disabling the unit neo4j")

    def _command(self, text: str, within: float, comment: str) -> Ended:
        script, clock = Script(text, self.context.runner.redact), self.context.clock
        return run_command(self.context.clients, clock, self.id, script, within=within, comment=comment, online_within=AGENT_WITHIN)

    def note(self, note: Note, *, stops: bool, besides: Mapping[str, str] = NOTHING) -> None:
        """`stops`: also that its database is stopped, held by a lease: no backup starts or stops it meanwhile. `besides`: further tags."""
        if stops:
            self._require_nobody_at_work(note.run)
        mark = {STOPPED_BY: f"{note.run} {own_lease(self.context.clock.now())}"} if stops else {}
        self.tag([self.id], {**note.tags(), **mark, **besides})
        if stops:
            self._hold(note.run)

    def _hold(self, run: str) -> None:
        self.lease.close()
        self.lease.enter_context(held(self.context.clients, self.context.clock, [self.id], STOPPED_BY, f"{run} "))
        self.holder = run

    def goes_to(self, found: Found) -> None:
        """Its database has gone to another instance, which bears the notes already."""
        self.found = found
        if isinstance(self.database, Member):
            self.database = msgspec.structs.replace(self.database, instance=found.instance_id)
        if self.holder:
            self._hold(self.holder)
        for follow in self.followers:
            follow()

    def _require_nobody_at_work(self, run: str) -> None:
        """Raises Failure(REFUSED) where another run has stopped the database, and is alive."""
        if fault := at_work(self.found.name, self.look().tags, run, self.context.clock.now()):
            raise Failure(Exit.REFUSED, fault)

    def remove_stop(self) -> None:
        self._let_go()
        self.untag([self.id], [STOPPED_BY])

    def forget(self) -> None:
        self._let_go()
        self.untag([self.id], [*KEYS, STOPPED_BY])

    def _let_go(self) -> None:
        self.lease.close()
        self.holder = ""

    def keep_root(self, volume: str, note: Note, version: str) -> None:
        tags = {
            KEPT_ROOT: self.id,
            VERSION: version,
            DATABASE: self.found.name,
            ENVIRONMENT: self.context.asked.environment,
            RUN: note.run,
        }
        self.tag([volume], tags)

    def snapshot(self, note: Note, volume: str) -> None:
        """A good backup: it bears what every backup bears."""
        tags = tags_of(note.backup, self.found.name, self.context.asked.environment, note.run, note.before, str(note.old.version)) | {
            "Name": note.backup
        }
        specified = [{"ResourceType": "snapshot", "Tags": as_list(tags)}]
        with one_write():
            self.context.clients.write("ec2").create_snapshot(
                VolumeId=volume, Description=f"Backup {note.backup}", TagSpecifications=specified
            )

    def replace_root(self, note: Note, way: str, **by: str) -> None:
        """`by`: ImageId or VolumeId. The root volume that is replaced stays."""
        mark = mark_of(note, way)
        specified = [{"ResourceType": "replace-root-volume-task", "Tags": as_list({ROLL: mark, RUN: note.run})}]
        token = sha256(f"{note.run} {mark}".encode()).hexdigest()[:40]
        request: dict[str, Any] = {
            "InstanceId": self.id,
            "DeleteReplacedRootVolume": False,
            "ClientToken": token,
            "TagSpecifications": specified,
            **by,
        }
        try:
            with one_write():
                self.context.clients.write("ec2").create_replace_root_volume_task(**request)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in ONE_AT_A_TIME:
                raise Lost(message_of(error)) from error
            raise

    def tag(self, resources: list[str], tags: Mapping[str, str]) -> None:
        with one_write():
            self.context.clients.write("ec2").create_tags(Resources=resources, Tags=as_list(tags))

    def untag(self, resources: list[str], keys: list[str]) -> None:
        with one_write():
            self.context.clients.write("ec2").delete_tags(Resources=resources, Tags=[{"Key": key} for key in keys])


def at_work(name: str, tags: Mapping[str, str], run: str, now: datetime) -> Fault | None:
    """That another run than `run` has stopped the database: a backup, a move of its data, a roll-out under another --environment."""
    other, _, text = tags.get(STOPPED_BY, "").partition(" ")
    lease = read_lease(text)
    if other == run or lease is None or is_over(lease, now):
        return None
    what = f"refused: the database {name} is stopped by the run {other}, which is at work"
    return Fault(what, f"Wait for it. If it was killed: from {lease.until + SLACK:%H:%M:%S} UTC on, the same command continues.")


def mark_of(note: Note, way: str) -> str:
    """What a replacement task bears. `way`: `new` or `old`."""
    return f"{way} {note.run} {note.backup}"
