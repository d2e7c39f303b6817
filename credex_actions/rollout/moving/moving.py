"""The data of one database, moved to a volume of its own: the effects at the edge of deciding.py."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

import botocore.exceptions

from credex_actions.aws.heartbeat import held
from credex_actions.aws.lease import is_over, own_lease, read_lease
from credex_actions.aws.run_command import Ended, succeeded
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.script import Script
from credex_actions.aws.tags import as_mapping
from credex_actions.backup.context import Target
from credex_actions.backup.live import Live
from credex_actions.backup.taking.commands import START, STARTS_WITHIN, STOPS_WITHIN, stop
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.aws.clients import explain, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Decision, Done, Operation, Run, Step, drive, plan
from credex_actions.neo4j.difference import Later, Same, difference_by_tag
from credex_actions.neo4j.fingerprint import read_tag, tag_of
from credex_actions.rollout.context import Context
from credex_actions.rollout.moving import commands
from credex_actions.rollout.moving.commands import Where
from credex_actions.rollout.moving.deciding import back, decide, nothing_written, prepare
from credex_actions.rollout.moving.steps import (
    AttachVolume,
    CopyData,
    CreateVolume,
    Format,
    MoveStep,
    NoteBefore,
    NoteMoved,
    NoteStop,
    RemoveNote,
    StartDatabase,
    StopDatabase,
    SwitchBack,
    SwitchOver,
)
from credex_actions.rollout.moving.volumes import Volumes
from credex_actions.rollout.moving.world import Place, Seen, Want, after

SAID: Final = re.compile(r"^([a-z]+)=([01])$", re.MULTILINE)
COPIED: Final = re.compile(r"^([0-9]+) ([0-9]+) ([0-9a-f]{64})$", re.MULTILINE)
"""What the script of a copy prints: files, KiB, and the SHA-256 of the list of their SHA-256."""
TROUBLE: Final = (Cancelled, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


@dataclass(kw_only=True)
class Moving:
    """`starts_after`: seconds after which a stopped database starts by itself, if this machine is lost. `where`: None as long as there is no volume. `quiet`: whether what is written to the database was stopped, so that its fingerprint is the last one.

    `started`: since when Bolt is waited for. `answered`: whether it has responded from the volume.
    """

    context: Context
    target: Target
    live: Live
    volumes: Volumes
    want: Want
    path: str
    starts_after: int
    run: Run
    where: Where | None = None
    quiet: bool = False
    now_is: str = ""
    started: datetime | None = None
    answered: bool = False
    proven: str | None = None
    copied: str = ""
    lease: ExitStack = field(default_factory=ExitStack)

    def prepare(self) -> Seen:
        """All that can be done while the database serves. Answers what there is then."""
        drive(self._operation(partial(prepare, self.want)), self.run)
        return self.observe()

    def move(self) -> Done:
        """Raises Failure and Cancelled: the database runs then, or the failure says that it does not."""
        self.quiet = True
        with self.lease:
            try:
                return drive(self._operation(partial(decide, self.want)), self.run)
            except TROUBLE as error:
                self._back(error)
                raise

    def plan(self) -> list[str]:
        return [str(move) for move in plan(self._operation(partial(decide, self.want)), self.observe()) if isinstance(move, Step)]

    def _back(self, error: BaseException) -> None:
        """The database runs again, or the Failure that is raised says so before anything else."""
        broken = isinstance(error, Failure) and error.code is Exit.FAILED
        failed = broken and nothing_written(self.run.sent, answered=self.answered) and self.live.unheard()
        if isinstance(error, Failure) and error.code is Exit.REFUSED:
            return  # another run is at work: nothing was changed
        own = Run(self.run.clock, on_step=self.run.on_step, on_wait=self.run.on_wait)  # what was done once may have to be done again
        try:
            with self.run.clock.last_asks():
                drive(self._operation(partial(back, self.want, failed=failed)), own)
        except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as trouble:
            why = trouble if isinstance(trouble, Failure) else explain(trouble)
            stopped = any(isinstance(step, StopDatabase) for step in self.run.sent)
            told = "was stopped to move its data, and is not known to run again" if stopped else "does not respond, or is not known to run"
            what = f"{self.want.name} may be down: Neo4j on {self.want.instance} {told}"
            hint = "Run the same command again: it looks where everything is, and continues; or start neo4j on the instance."
            causes = error.faults if isinstance(error, Failure) else ()
            raise Failure(Exit.FAILED, Fault(what, hint), *causes, *why.faults, left=f"{self.want.name} may be down") from None
        finally:
            self.run.sent |= own.sent
        if failed and isinstance(error, Failure):
            left = f"{self.want.name} runs from the root volume, as before; the volume is kept"
            raise Failure(error.code, *error.faults, left=left) from None
        if broken and isinstance(error, Failure):
            left = f"{self.want.name} stays where it is: it may have been written to there; {self.run.state()}"
            raise Failure(error.code, *error.faults, left=left) from None

    def _operation(self, by: Callable[[Seen], Decision[MoveStep]]) -> Operation[Seen, MoveStep]:
        return Operation(self.observe, by, self._act, after)

    def observe(self) -> Seen:
        volume = self.volumes.look()
        if volume and (self.where is None or self.where.volume != volume.id):
            self.where = Where(self.want.name, self.path, volume.id, self.want.device)
        place = self._place() if volume and volume.attached else Place()
        noted, until = self._note()
        answers = True
        if place.running and (self.started or place.mounted):
            answers = not self.live.answers()
            self.answered = self.answered or (answers and place.mounted)
            self.started = self.started or (None if answers else self.run.clock.now())
        if place.running and answers and place.mounted and self.proven is None and volume and volume.before:
            self.proven = self._compare(volume.before)
        if place.running and place.staged and not place.mounted and self.quiet and not self.now_is:
            self.now_is = str(tag_of(self.live.fingerprint()))
        return Seen(
            now=self.run.clock.now(),
            volume=volume,
            place=place,
            noted=noted,
            held=until,
            now_is=self.now_is,
            answers=answers,
            started=self.started,
            proven=self.proven,
        )

    def _compare(self, before: str) -> str:
        verdict = difference_by_tag(read_tag(before), tag_of(self.live.fingerprint()))
        return "" if isinstance(verdict, Same | Later) else str(verdict)

    def _place(self) -> Place:
        assert self.where
        ended = self._command(self.where.look(self.want.run), commands.LOOKS_WITHIN, "where are the data")
        said = {name: value == "1" for name, value in SAID.findall(succeeded(ended, "looking for the data").output)}
        return replace(Place(), **said)

    def _note(self) -> tuple[str, datetime | None]:
        ec2 = self.context.clients.read("ec2")
        answer = look_again(self.run.clock, lambda: ec2.describe_instances(InstanceIds=[self.want.instance]))
        tags = as_mapping(answer["Reservations"][0]["Instances"][0].get("Tags"))
        run, _, text = tags.get(STOPPED_BY, "").partition(" ")
        lease = read_lease(text)
        return run, None if lease is None or is_over(lease, self.run.clock.now()) else lease.until

    def _act(self, step: MoveStep) -> None:
        match step:
            case CreateVolume():
                self.volumes.create(step.size, step.zone)
            case AttachVolume():
                self.volumes.attach(step.volume, step.device)
            case NoteBefore():
                self.volumes.note_before(step.volume, step.fingerprint)
            case NoteMoved():
                self.volumes.note_moved(step.volume)
            case NoteStop() | RemoveNote():
                self._note_stop(step)
            case StopDatabase():
                self.started, self.proven = None, None
                self._do(stop(self.starts_after), STOPS_WITHIN, "stopping Neo4j")
            case StartDatabase():
                self.started = self.run.clock.now()
                self._do(START, STARTS_WITHIN, "starting Neo4j")
            case Format() | CopyData() | SwitchOver() | SwitchBack():
                self._on_instance(step)

    def _on_instance(self, step: Format | CopyData | SwitchOver | SwitchBack) -> None:
        assert self.where
        match step:
            case Format():
                self._do(self.where.format(), commands.FORMATS_WITHIN, f"formatting {step.volume}")
            case CopyData():
                # a timer of a run that was lost may be about to start it
                ended = self._do(
                    f"{stop(self.starts_after)}\n{self.where.copy(self.want.run)}",
                    commands.COPIES_WITHIN,
                    f"copying the data of {self.want.name}",
                )
                if found := COPIED.search(ended.output):
                    self.copied = f"{int(found[1]):,} files, {int(found[2]):,} KiB, compared by SHA-256 (sum of the sums {found[3][:12]}…)"
            case SwitchOver():
                self._do(self.where.switch(self.want.run), commands.SWITCHES_WITHIN, f"mounting {step.volume}")
            case SwitchBack():
                self._do(self.where.switch_back(), commands.SWITCHES_WITHIN, "putting the data on the root volume back")

    def _note_stop(self, step: NoteStop | RemoveNote) -> None:
        ec2, clock = self.context.clients.write("ec2"), self.run.clock
        self.lease.close()
        with one_write():
            if isinstance(step, NoteStop):
                ec2.create_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY, "Value": f"{step.run} {own_lease(clock.now())}"}])
            else:
                ec2.delete_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY}])
        if isinstance(step, NoteStop):
            self.lease.enter_context(held(self.context.clients, clock, [step.instance], STOPPED_BY, f"{step.run} "))

    def _do(self, text: str, within: float, what: str) -> Ended:
        return succeeded(self._command(text, within, what), what)

    def _command(self, text: str, within: float, comment: str) -> Ended:
        script = Script(text, self.context.runner.redact)
        return run_command(self.context.clients, self.run.clock, self.want.instance, script, within=within, comment=comment)
