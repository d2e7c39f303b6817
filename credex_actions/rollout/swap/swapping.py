"""One database moved to another AMI: the effects at the edge of steps.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN
from credex_actions.backup.context import Target as Reached
from credex_actions.backup.reaching import live as reach
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Decision, Done, Operation, Run, Step, drive, plan
from credex_actions.neo4j.fingerprint import tag_of
from credex_actions.rollout.successor.steps import AttachTo, HandOver, SuccessorStep
from credex_actions.rollout.successor.world import Former, Pair
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.deciding import decide, started_by_others, undo
from credex_actions.rollout.swap.downtime import downtime_tag
from credex_actions.rollout.swap.instance import KEPT_ROOT, Instance, mark_of
from credex_actions.rollout.swap.not_undone import FAILED, UNDONE, not_undone
from credex_actions.rollout.swap.note import Note, Side
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import (
    ForgetRoll,
    KeepRoot,
    KeepStopped,
    LeaveStopped,
    NoteRoll,
    NoteRolled,
    RemoveStop,
    ReplaceRoot,
    RestartStep,
    StartDatabase,
    StopDatabase,
    SwapStep,
    TakeOver,
    TakeSnapshot,
)
from credex_actions.rollout.swap.succession import Succession
from credex_actions.rollout.swap.world import Seen, Want, after_note
from credex_actions.rollout.user_data.changing import Changing
from credex_actions.rollout.user_data.steps import (
    KeepUserData,
    NoteRestarted,
    SetUserData,
    StartAgain,
    StartInstance,
    StopBeforeRestart,
    StopInstance,
)


@dataclass(kw_only=True)
class Swapping:
    """`old`, `new`: from where to where, as this run found it. `image_root`: the root snapshot of the AMI that is wanted. `known`: user data by their digest.
    `former`: of a roll-out that begins now, if a new instance takes the place of the old one. `ours`: the note of this roll-out, as it was seen last. `running`: None as long as nobody has asked.
    """

    instance: Instance
    proof: Proof
    want: Want
    run: Run
    old: Side
    new: Side
    image_root: str
    known: Mapping[str, bytes] = field(default_factory=dict)
    former: Former | None = None
    running: bool | None = None
    timed: bool = False
    booted: bool = False
    last: Seen | None = None
    ours: Note | None = None
    stopped_at: datetime | None = None

    def __post_init__(self) -> None:
        self.succession, self.rootless = Succession(self.instance, self.known), machine.Rootless()

    def roll(self) -> Done:
        """Until it is back on its new root volume, and is the one from before. Raises Failure, Cancelled and AWS's own errors; if nothing was replaced until then, the database runs again, or the failure says that it does not."""
        with self.instance.lease:
            try:
                return drive(self._operation(partial(decide, self.want)), self.run)
            except UNDONE:
                if self.run.sent and not self._replaced():
                    self._undo()
                raise

    def finish(self) -> None:
        """Once it was watched, and runs well. Raises what `roll` raises."""
        drive(self._operation(partial(decide, replace(self.want, baked=True))), self.run)

    def _replaced(self) -> bool:
        """Or about to be: a replacement that was sent may take a while to show, and so may a volume that was attached to another instance."""
        sent = any(
            isinstance(step, ReplaceRoot) or (isinstance(step, AttachTo) and step.instance != self.instance.id) for step in self.run.sent
        )
        failed = self.last is not None and self.last.task is not None and self.last.task.state.startswith("failed")
        return (self.last is not None and self.last.swapped) or (sent and not failed)

    @property
    def backup(self) -> str:
        return self.last.note.backup if self.last and self.last.note else ""

    def _undo(self) -> None:
        self.running = self.proof.sure or bool(self.proof.another)  # where it only may run it is started, which changes nothing if it does
        try:
            with self.run.clock.last_asks():
                drive(self._operation(partial(undo, self.want)), self.run)
        except FAILED as error:
            raise not_undone(
                self.want.name, self.want.instance, error, last=self.last, home=self.instance.id, left=self.run.state()
            ) from None

    def _operation(self, by: Callable[[Seen], Decision[SwapStep]]) -> Operation[Seen, SwapStep]:
        return Operation(self.observe, by, self.act, self._after)

    def _after(self, seen: Seen, move: object) -> Seen:
        return after_note(self.want, self._note(), seen, move)  # type: ignore[arg-type]

    def plan(self) -> list[str]:
        """What `roll` would do."""
        moves = plan(self._operation(partial(decide, self.want)), self.observe())
        return [str(move) for move in moves if isinstance(move, Step)]

    def _note(self) -> Note:
        """Of a roll that begins now. The fingerprint is read once: as late as it can be."""
        first = self.proof.first = self.proof.first or self.proof.live.fingerprint()
        note = Note(
            state="rolling",
            run=self.want.run,
            since=self.run.clock.now(),
            old=self.old,
            new=self.new,
            volume=self.want.volume,
            backup=self.want.backup,
            before=tag_of(first),
            former=self.former,
        )
        return replace(note, restarted=note.changes_user_data and self.last is not None and self.last.user_data == self.new.user_data)

    def observe(self) -> Seen:
        clients, clock = self.instance.context.clients, self.run.clock
        tasks = machine.tasks(clients, clock, self.want.instance)
        there = self.instance.look()
        note = self.instance.read_note(there.tags)
        unfinished = note if note and note.unfinished else None
        pair = self._pair(note)
        swapped = unfinished is not None and there.root not in {"", unfinished.old.root}
        task = machine.task_of(tasks, mark_of(unfinished, "new")) if unfinished else None
        snapshot = machine.snapshot(clients, clock, unfinished.backup) if unfinished and not swapped else None
        inherited = unfinished is not None and not swapped and task is None
        running = self._running(there.state, inherited=inherited, snapshot=snapshot is not None)
        changes = unfinished is not None and unfinished.changes_user_data and not swapped
        has = self._changing.has() if changes else self.old.user_data
        answers = self._answers(running and there.state == "running", unfinished, swapped=swapped, has=has)
        if answers and swapped and unfinished and self.proof.wrong is None:
            self._judge(unfinished)
        self.last = Seen(
            now=clock.now(),
            note=note,
            stopped=STOPPED_BY in there.tags,
            state=there.state,
            root=there.root,
            swapped=swapped,
            current=bool(there.root_of) and there.root_of == self.image_root and self._has_booted_with_it(note, there.root),
            kept=unfinished is not None and self._kept(there, unfinished),
            running=running,
            answers=answers,
            timed=self.timed,
            down_since=self.proof.since,
            why_not=self.proof.why_not,
            snapshot=snapshot,
            task=task,
            wrong=self.proof.wrong,
            user_data=has,
            user_data_kept=changes and unfinished is not None and has == unfinished.old.user_data and self._changing.is_kept(has),
            another=self.proof.another,
            pair=pair,
            rootless=self.rootless.seconds(there, clock.now()),
        )
        return self.last

    def _pair(self, note: Note | None) -> Pair | None:
        """None where the root volume is replaced."""
        ours = note if note and (note.unfinished or note.run == self.want.run) else None
        ours = self.ours = ours or (self.ours if note is None else None)
        former = ours.former if ours else self.former
        if former is None:
            return None
        of = ours or self.want
        return self.succession.look(former, of.volume, of.backup)

    @property
    def _changing(self) -> Changing:
        return Changing(self.instance.context.clients, self.run.clock, self.want.name, self.want.instance, self.known)

    def _has_booted_with_it(self, note: Note | None, root: str) -> bool:
        booted = (note.booted_with(root) if note else "") or self.old.user_data
        return not (booted and self.new.user_data) or booted == self.new.user_data

    def _running(self, state: str, *, inherited: bool, snapshot: bool) -> bool:
        """Where another run may have stopped the database: a stop that it did not wait for may still go on. Before its snapshot there was one that had ended."""
        if self.running is None and inherited and state == "running":
            self.running = self.instance.runs() if snapshot else True
            self.proof.since = None if self.running else self.run.clock.now()
        return bool(self.running)

    def _answers(self, running: bool, note: Note | None, *, swapped: bool, has: str) -> bool:
        if swapped:
            self.proof.since = self.proof.since if self.booted else self.run.clock.now()
            self.booted = True
            return self.proof.responds()
        if note and self._has_to_prove_itself(note, has):
            return running and self.proof.is_the_one(note.before)
        return running and (self.proof.sure or not self.proof.live.answers())

    def _has_to_prove_itself(self, note: Note, has: str) -> bool:
        """On its old root: after the restart for its user data, or with its volume attached again, and after whatever happened since another run has noted it. Its volume may have been mounted by the first boot alone."""
        started = note.former is not None and any(isinstance(step, StartAgain) for step in self.run.sent)
        return note.run != self.want.run or started or (note.changes_user_data and not note.restarted and has == note.new.user_data)

    def _judge(self, note: Note) -> None:
        try:
            self.proof.judge(note.before, str(note.new.version), "the stop")
        except Failure as failure:
            self.proof.why_not = failure.faults[0].what

    def _kept(self, there: machine.Machine, note: Note) -> bool:
        if there.root != note.old.root:
            return True
        record = there.volumes.get(there.root_device, {})
        return any(each["Key"] == KEPT_ROOT for each in record.get("Tags", ()))

    def act(self, step: SwapStep) -> None:
        instance = self.instance
        match step:
            case NoteRoll():
                instance.note(self._note(), stops=True)
                self.running = self.proof.sure = True  # its fingerprint was read just now
            case TakeOver():
                instance.note(self._current().becomes("rolling", self.want.run, self.run.clock.now()), stops=True)
            case StopDatabase() | StopBeforeRestart():
                self._stop()
            case KeepStopped():
                instance.arm()
                self.timed = True
            case TakeSnapshot():
                instance.snapshot(self._current(), step.volume)
            case KeepRoot():
                instance.keep_root(step.volume, self._current(), step.version)
            case ReplaceRoot():
                self._replace_root(step)
            case RemoveStop() | LeaveStopped():
                instance.remove_stop()
            case NoteRolled():
                assert self.last
                done = self._current().becomes("rolled", self.want.run, self.run.clock.now())
                down = downtime_tag(self.stopped_at, self.proof.back_at)
                instance.note(replace(done, new=replace(done.new, root=self.last.root)), stops=False, besides=down)
            case StartDatabase():
                instance.start()
                self.running, self.proof.since = True, self.run.clock.now()
            case ForgetRoll():
                instance.forget()
            case _:
                self._change_instances(step)

    def _succeed(self, step: SuccessorStep) -> None:
        self.succession.act(step, self._current())
        if isinstance(step, HandOver):
            self.proof.live = reach(self.instance.context, Reached(self.want.name, self.instance.database, self.instance.found))
            self.running, self.proof.sure = True, False

    def _replace_root(self, step: ReplaceRoot) -> None:
        if self.instance.runs():  # since it was stopped it may have been started: by a reboot, a backup, a timer
            raise Failure(Exit.REMOTE, started_by_others(self.want.name), left=self.run.state())
        self.instance.replace_root(self._current(), "new", ImageId=step.by)

    def _change_instances(self, step: RestartStep | SuccessorStep) -> None:
        match step:
            case KeepUserData():
                tags = {RUN: self.want.run, DATABASE: self.want.name, ENVIRONMENT: self.instance.context.asked.environment}
                self._changing.keep(step.digest, tags)
            case StopInstance():
                self._changing.stop_instance()
            case SetUserData():
                self._changing.set(step.digest)
            case StartInstance() | StartAgain():
                self._changing.start_instance()
                self.running, self.timed = True, False
                self.proof.sure, self.proof.since = False, self.run.clock.now()
            case NoteRestarted():
                assert self.proof.first
                self.instance.note(replace(self._current(), before=tag_of(self.proof.first), restarted=True), stops=True)
            case _ if isinstance(step, SuccessorStep):
                self._succeed(step)

    def _stop(self) -> None:
        now = self.run.clock.now()
        self.stopped_at, self.proof.since = self.stopped_at or now, now
        self.running = self.proof.sure = False  # also where it is not known: it is started then, which changes nothing where it runs
        if self.proof.another:
            self.instance.stop_for_good()
            return
        self.instance.stop()
        self.timed = True

    def _current(self) -> Note:
        assert self.last
        assert self.last.note
        return self.last.note
