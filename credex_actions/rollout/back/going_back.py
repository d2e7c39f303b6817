"""One database moved back: the effects at the edge of deciding.py."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal

from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, as_mapping
from credex_actions.backup.context import Target as Reached
from credex_actions.backup.reaching import live as reach
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Decision, Done, NoEffect, Operation, Refuse, Run, Step, drive, plan
from credex_actions.rollout.back.data_volumes import KEPT_DATA, DataVolumes
from credex_actions.rollout.back.deciding import after_note, decide
from credex_actions.rollout.back.losses import Losses
from credex_actions.rollout.back.preparing import undo
from credex_actions.rollout.back.steps import (
    AttachData,
    BackStep,
    DetachData,
    HoldDatabase,
    KeepData,
    NoteBack,
    NoteBacked,
    NoteStays,
    RestoreVolume,
    SetAside,
    TakeTags,
)
from credex_actions.rollout.back.world import UNUSABLE, Seen, Want
from credex_actions.rollout.successor.steps import HandOver, SuccessorStep
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.deciding import another_database, started_by_others
from credex_actions.rollout.swap.images import has_image
from credex_actions.rollout.swap.instance import KEPT_ROOT, Instance, mark_of
from credex_actions.rollout.swap.machine import Machine
from credex_actions.rollout.swap.not_undone import FAILED, UNDONE, not_undone
from credex_actions.rollout.swap.note import Note, State
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import (
    ForgetRoll,
    KeepRoot,
    LeaveStopped,
    RemoveStop,
    ReplaceRoot,
    StartDatabase,
    StopDatabase,
    TakeOver,
)
from credex_actions.rollout.swap.succession import Succession
from credex_actions.rollout.user_data.changing import Changing
from credex_actions.rollout.user_data.content import short
from credex_actions.rollout.user_data.keeping import name_of
from credex_actions.rollout.user_data.steps import KeepUserData, SetUserData, StartAgain, StartInstance, StopBeforeRestart, StopInstance


@dataclass(kw_only=True)
class GoingBack:
    """`guard`: raises Failure where going back is not to be, asked directly before it is noted and before the stop; answers what would be lost.

    `running`: whether Neo4j runs, None as long as nobody has asked. `held`: whether its unit is disabled. `unstoppable`: whether the stop was tried in vain.
    `known`: the note, as it was seen last. `lines`: what else a person reads.
    `former`: the state that this run has found, and noted over; "" if it has not.
    """

    instance: Instance
    proof: Proof
    want: Want
    run: Run
    guard: Callable[[], Losses | None] = lambda: None
    lost: Losses | None = None
    former: State | Literal[""] = ""
    running: bool | None = None
    held: bool = False
    unstoppable: bool = False
    stopped_at: datetime | None = None
    last: Seen | None = None
    known: Note | None = None
    there: Machine | None = None
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.succession, self.rootless = Succession(self.instance), machine.Rootless()

    def go(self) -> Done:
        """Raises Failure, Cancelled and AWS's own errors: the same command continues."""
        with self.instance.lease:
            try:
                return drive(self._operation(partial(decide, self.want)), self.run)
            except UNDONE:
                if self._replaced_nothing():
                    self._undo()
                raise

    def finish(self) -> None:
        """Once its address was followed: a run that is cut off before goes on from here. Raises what `go` raises."""
        if not self.want.followed:
            drive(self._operation(partial(decide, replace(self.want, followed=True))), self.run)

    def _replaced_nothing(self) -> bool:
        """Since this run has noted that it goes back."""
        last, sent = self.last, self.run.sent
        if last is None or not any(isinstance(step, NoteBack | TakeOver) for step in sent):
            return False
        failed = last.task is not None and last.task.state.startswith("failed")
        return failed or not any(isinstance(step, ReplaceRoot | HandOver) for step in sent)

    def _undo(self) -> None:
        try:
            with self.run.clock.last_asks():
                drive(self._operation(partial(undo, self.want, former=self.former)), self.run)
        except FAILED as error:
            raise not_undone(
                self.want.name, self.want.instance, error, last=self.last, home=self.instance.id, left=self.run.state()
            ) from None

    def require(self) -> None:
        """Raises Failure where `go` would be refused at once."""
        first = decide(self.want, self.observe())
        if isinstance(first, Refuse):
            raise Failure(first.code, *first.faults)

    def plan(self) -> list[str]:
        to_the_end = partial(decide, replace(self.want, followed=True))
        return [str(move) for move in plan(self._operation(to_the_end), self.observe()) if isinstance(move, Step)]

    def _operation(self, by: Callable[[Seen], Decision[BackStep]]) -> Operation[Seen, BackStep]:
        return Operation(self.observe, by, self.act, partial(after_note, self.want))

    def observe(self) -> Seen:
        context, clock = self.instance.context, self.run.clock
        tasks = machine.tasks(context.clients, clock, self.want.instance)
        there = self.there = self.instance.look()
        note = self.instance.read_note(there.tags)
        known = self.known = note or self.known
        on_new = note is not None and there.root == note.new.root
        task = machine.task_of(tasks, mark_of(note, "old" if note.state == "going-back" else "new")) if note else None
        back = note is not None and note.state == "going-back" and not on_new
        data = self._data
        restored = data.restored(note) if note and self.want.snapshot else None
        before = note is not None and note.state == "rolling" and there.root == note.old.root
        moved = note is not None and note.state == "rolled"  # its note comes first: then it is asked for
        asks = before or (on_new and not task and not moved)
        running = self._running(there) if asks else moved or (self._may_run(there) if back else bool(self.running))
        whole = back and (not self.want.snapshot or (restored is not None and bool(restored.attached)))
        answers = self._answers() if (whole and there.state == "running") or (before and running) else False
        if note and answers and self.proof.wrong is None:
            self._judge(note)
        former = machine.volume(context.clients, clock, note.volume) if note and self.want.snapshot else None
        pair = self.succession.look(known.former, known.volume, known.backup) if known and known.former else None
        old_root = data.old_root(note, there) if note and on_new and not pair else "available"
        changes = note is not None and note.changes_user_data and (on_new or before or back)
        has = self._changing.has() if changes else ""
        self.last = Seen(
            now=clock.now(),
            note=note,
            stopped=STOPPED_BY in there.tags,
            state=there.state,
            root=there.root,
            old_root=old_root,
            old_image=note is None or old_root not in UNUSABLE or has_image(self.instance.context, note.old.image),
            kept=self._is_kept(there),
            data=note is not None and bool(pair.data_on if pair else there.device_of(note.volume)),
            data_found=former is not None and data.finds(former),
            data_kept=former is not None and KEPT_DATA in as_mapping(former.get("Tags")),
            running=running,
            answers=answers,
            task=task,
            restored=restored,
            down_since=self.proof.since,
            why_not=self.proof.why_not,
            wrong=self.proof.wrong,
            user_data=has,
            user_data_known=note is None or not changes or has == note.old.user_data or self._changing.is_kept(note.old.user_data),
            user_data_kept=note is not None
            and changes
            and has not in {note.old.user_data, note.new.user_data}
            and self._changing.is_kept(has),
            held=self.held,
            handed=any(isinstance(step, HandOver) and step.to == self.instance.id for step in self.run.sent),
            started=any(isinstance(step, StartInstance | StartAgain | StartDatabase) for step in self.run.sent),
            pair=pair,
            rootless=self.rootless.seconds(there, clock.now()),
        )
        return self.last

    @property
    def _data(self) -> DataVolumes:
        return DataVolumes(self.instance, self.want, self.run.clock)

    @property
    def _changing(self) -> Changing:
        return Changing(self.instance.context.clients, self.run.clock, self.want.name, self.instance.id, {})

    def _running(self, there: Machine) -> bool:
        """By Bolt, not by systemd: an AMI that went wrong may have no SSM agent that responds."""
        if there.state != "running":
            return False
        if self.running is None:
            self.running = not self.proof.live.silence()
        return self.running

    def _may_run(self, there: Machine) -> bool:
        """On the old root, where the boot starts it: as long as this run has not stopped it."""
        return there.state == "running" and self.running is not False

    def _stop(self) -> None:
        """Going back does not end here: what cannot be stopped is shut down with the instance's system, and Neo4j recovers its store when it starts."""
        if self.proof.wrong:
            self._stop_another(self.proof.wrong)
            return
        self.stopped_at, self.running = self.stopped_at or self.run.clock.now(), False
        try:
            self.instance.stop()
        except Failure as failure:
            self.unstoppable = True
            self.lines.append(
                f"Neo4j was not stopped cleanly before its root volume or its user data were changed: {failure.faults[0].what}"
            )

    def _stop_another(self, how: str) -> None:
        """Raises Failure where it cannot be stopped: then it takes writes."""
        try:
            self.instance.stop_for_good()
        except Failure as failure:
            runs = another_database(self.want.name, self.want.instance, how, stopped=False)
            raise Failure(Exit.FAILED, *runs.faults, *failure.faults, left=self.run.state()) from None
        self.running = False

    def _answers(self) -> bool:
        """From when the old root was seen with the instance running, it has its time to start."""
        self.proof.since = self.proof.since or self.run.clock.now()
        return self.proof.responds()

    def _judge(self, note: Note) -> None:
        try:
            self.proof.judge(note.before, str(note.old.version), "the roll-out")
        except Failure as failure:
            if failure.code is Exit.BAD_INPUT:
                raise
            self.proof.why_not = failure.faults[0].what

    def _is_kept(self, there: Machine) -> bool:
        record = there.volumes.get(there.root_device, {})
        return KEPT_ROOT in as_mapping(record.get("Tags"))

    def act(self, step: BackStep) -> None:
        instance = self.instance
        match step:
            case RestoreVolume() | KeepData() | DetachData() | AttachData() | TakeTags() | SetAside():
                assert self.there
                self._data.act(step, self._note(), self.there)
            case NoteBack() | TakeOver() | NoteBacked() | NoteStays():
                self._write(step)
            case StopDatabase() | StopBeforeRestart():
                if self.last and self.last.root != self._note().old.root:  # on the old one nothing can be lost any more
                    self.lost = self.guard()
                self._stop()
            case HoldDatabase():
                instance.disable()
                self.held = True
            case StartDatabase():
                instance.start(enabled=self._note().changes_user_data)  # also where another run has disabled it
                self.running, self.held = True, False
            case KeepRoot():
                instance.keep_root(step.volume, self._note(), step.version)
            case ReplaceRoot():
                self._replace_root(step)
            case KeepUserData() | StopInstance() | SetUserData() | StartInstance() | StartAgain():
                self._change_user_data(step)
            case RemoveStop() | LeaveStopped():
                instance.remove_stop()
            case ForgetRoll():
                instance.forget()
            case _:
                self._succeed(step)

    def _replace_root(self, step: ReplaceRoot) -> None:
        self._require_stopped()
        self._count_again()
        kept = step.by.startswith("vol-")
        if not kept:
            self.lines.append(
                f"its root volume is made of the AMI {step.by}: {self._note().old.root} is gone, or not encrypted as this one is"
            )
        self.instance.replace_root(self._note(), "old", **{"VolumeId" if kept else "ImageId": step.by})
        self.proof.since, self.running = None, None

    def _succeed(self, step: SuccessorStep) -> None:
        self.succession.act(step, self._note())
        if isinstance(step, HandOver):
            self.proof.live = reach(self.instance.context, Reached(self.want.name, self.instance.database, self.instance.found))
            self.running, self.proof.since = None, None

    def _require_stopped(self) -> None:
        """It may have begun to respond since it was looked at, and what is acknowledged then would be lost: it is stopped first. By Bolt, as `_running`."""
        if self.unstoppable or self.proof.live.silence():
            return
        if any(isinstance(step, StopDatabase) for step in self.run.sent):
            raise Failure(Exit.REMOTE, started_by_others(self.want.name), left=self.run.state())
        self.running = True
        raise NoEffect(f"Neo4j on {self.want.instance} has begun to respond")

    def _count_again(self) -> None:
        """Of one that could not be stopped: it has taken writes for as long as that was tried. Raises Failure where they are not to be lost."""
        if self.unstoppable and self.want.snapshot and self._on_new:
            self.lost = self.guard()

    def _change_user_data(self, step: KeepUserData | StopInstance | SetUserData | StartInstance | StartAgain) -> None:
        changing = replace(self._changing, instance=step.instance)
        match step:
            case KeepUserData():
                tags = {RUN: self.want.run, DATABASE: self.want.name, ENVIRONMENT: self.instance.context.asked.environment}
                changing.keep(step.digest, tags)
                self.lines.append(
                    f"somebody else had set the user data {short(step.digest)}: they are kept in the launch template {name_of(self.want.name, step.digest)}"
                )
            case StopInstance():
                self._count_again()
                changing.stop_instance()
            case SetUserData():
                changing.set(step.digest)
            case StartInstance() | StartAgain():
                changing.start_instance()
                self.proof.since = self.proof.wrong = None  # a boot may have mounted less than the first one
                self.running = not self.held if self._on_new else None  # a boot of the new root starts it, unless it is disabled

    @property
    def _on_new(self) -> bool:
        return self.last is not None and self.last.root == self._note().new.root

    def _write(self, step: NoteBack | TakeOver | NoteBacked | NoteStays) -> None:
        now = self.run.clock.now()
        match step:
            case NoteBack():
                assert self.last
                self.lost = self.guard()
                self.former = self._note().state
                note = self._note().becomes("going-back", self.want.run, now)
                self.instance.note(replace(note, new=replace(note.new, root=self.last.root)), stops=True)
            case TakeOver():
                state: State = "rolling" if self._note().state == "rolling" else "going-back"
                self.instance.note(self._note().becomes(state, self.want.run, now), stops=True)
            case NoteBacked():
                self.instance.note(self._note().becomes("rolled-back", self.want.run, now), stops=False)
            case NoteStays():
                self.instance.note(self._note().becomes(self.former or "rolled", self.want.run, now), stops=False)

    def _note(self) -> Note:
        assert self.last
        assert self.last.note
        return self.last.note
