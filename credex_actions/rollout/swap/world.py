"""What is wanted and seen of one database that is moved to another AMI, and what each step makes of it: pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from credex_actions.core.loop import Wait
from credex_actions.rollout.successor import deciding as succession
from credex_actions.rollout.successor.steps import HandOver, SuccessorStep
from credex_actions.rollout.successor.world import Pair
from credex_actions.rollout.swap.note import Note
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
from credex_actions.rollout.user_data.steps import (
    KeepUserData,
    NoteRestarted,
    SetUserData,
    StartAgain,
    StartInstance,
    StopBeforeRestart,
    StopInstance,
)

BUSY: Final = frozenset(("pending", "in-progress", "failing", "failing-detached"))
"""States of a task that has not ended. Source: EC2 API reference, ReplaceRootVolumeTask."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """`backup`: the id of a snapshot that this run would take. `start_within`: seconds for a database to respond after its root was replaced.
    `baked`: whether it was watched after that, and runs well.
    """

    name: str
    instance: str
    volume: str
    run: str
    old: str
    new: str
    version: str
    backup: str
    give_up: datetime
    start_within: float = 600.0
    baked: bool = False


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    id: str
    state: str
    progress: str = ""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Of the replacement that the note is about. `id` and `state` as EC2 names them."""

    id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`root`: the root volume that is attached. `swapped`: whether it is another one than the note's. `kept`: whether the old one bears its note.

    `running`: whether Neo4j runs, or may: before a snapshot only a stop that this run has waited for is a stop. `answers`: whether Bolt does; where it may have
    been restarted since it was noted, or another run has noted it, only if it is the database from before.
    `timed`: whether no timer but that of this run may start it. `down_since`: when it was stopped or booted, as far as this run knows. `why_not`: why Bolt does not respond.
    `wrong`: what was found after the start: None if it was not looked at yet, "" if the database is the one from before, and runs the new version.
    `user_data`: the digest of those of the instance; `user_data_kept`: whether those from before are kept.
    `another`: how the database that responds on the old root differs from the one before; "" as long as it does not.
    `rootless`: for how many seconds this run has seen no root volume.
    `pair`: the two instances, where a new one takes the place of the old one; `state` and `root` are those of the one that has the database.
    """

    now: datetime
    note: Note | None
    stopped: bool  # the instance bears the note that its database is stopped
    state: str  # of the instance
    root: str
    swapped: bool
    current: bool  # the root volume is of the AMI that is wanted
    kept: bool
    running: bool
    answers: bool
    timed: bool = True
    down_since: datetime | None = None
    why_not: str = ""
    snapshot: Snapshot | None = None
    task: Task | None = None
    wrong: str | None = None
    user_data: str = ""
    user_data_kept: bool = False
    another: str = ""
    pair: Pair | None = None
    rootless: float = 0.0


def busy(seen: Seen) -> bool:
    return seen.task is not None and seen.task.state in BUSY


def after(seen: Seen, step: SwapStep | Wait) -> Seen:
    """The world if `step` works. What only the edge knows of a note is put in there."""
    match step:
        case NoteRoll() | TakeOver():
            raise AssertionError("the edge knows the note: after_note")
        case StopDatabase():
            return replace(seen, running=False, answers=False, timed=True, down_since=seen.now)
        case KeepStopped():
            return replace(seen, timed=True)
        case TakeSnapshot():
            return replace(seen, snapshot=Snapshot(id="the snapshot", state="pending"))
        case KeepRoot():
            return replace(seen, kept=True)
        case ReplaceRoot():
            return replace(seen, task=Task(id="the task", state="pending"))
        case StartDatabase():
            return replace(seen, running=True)
        case RemoveStop() | LeaveStopped():
            return replace(seen, stopped=False)
        case NoteRolled():
            return replace(seen, note=replace(seen.note, state="rolled") if seen.note else None, current=True)
        case ForgetRoll():
            return replace(seen, note=None, stopped=False)
        case Wait():
            return _later(seen)
        case _:
            return _restarting(seen, step) if isinstance(step, RestartStep) else _succeeding(seen, step)


def _succeeding(seen: Seen, step: SuccessorStep) -> Seen:
    assert seen.pair
    pair = succession.after(seen.pair, step)
    if isinstance(step, HandOver):
        return replace(
            seen, pair=pair, swapped=True, root="the new root", state="running", running=True, answers=False, down_since=seen.now
        )
    return replace(seen, pair=pair)


def _restarting(seen: Seen, step: RestartStep) -> Seen:
    match step:
        case KeepUserData():
            return replace(seen, user_data_kept=True)
        case StopBeforeRestart():
            return replace(seen, running=False, answers=False, down_since=seen.now)
        case StopInstance():
            pair = succession.stopped(seen.pair, step.instance) if seen.pair else None
            return replace(seen, state="stopping", running=False, answers=False, pair=pair)
        case SetUserData():
            return replace(seen, user_data=step.digest)
        case StartInstance() | StartAgain():
            pair = succession.started(seen.pair, step.instance) if seen.pair else None
            return replace(seen, state="pending", running=True, pair=pair)
        case NoteRestarted():
            return replace(seen, note=replace(seen.note, restarted=True) if seen.note else None)


def after_note(want: Want, note: Note, seen: Seen, step: SwapStep | Wait) -> Seen:
    """`after`, for a run whose note would be `note`."""
    match step:
        case NoteRoll():
            note = replace(note, restarted=note.changes_user_data and seen.user_data == note.new.user_data)
            return replace(seen, note=note, stopped=True, snapshot=None, task=None, running=True, answers=True, down_since=None)
        case TakeOver():
            task = seen.task if busy(seen) else None  # one that has ended bears the mark of the run that was taken over from
            return replace(seen, note=replace(seen.note, run=want.run) if seen.note else None, stopped=True, task=task)
        case _:
            return after(seen, step)


def _later(seen: Seen) -> Seen:
    seen = replace(seen, pair=seen.pair.later()) if seen.pair else seen
    if seen.task and seen.task.state in BUSY:
        done = replace(seen.task, state="succeeded")
        return replace(seen, task=done, swapped=True, root="the new root", running=True, down_since=seen.now)
    snapshot = replace(seen.snapshot, state="completed") if seen.snapshot else None
    state = {"pending": "running", "rebooting": "running", "stopping": "stopped"}.get(seen.state, seen.state)
    if seen.running and not seen.answers:
        return replace(seen, answers=True, snapshot=snapshot, state=state)
    wrong = "" if seen.swapped and seen.wrong is None else seen.wrong
    return replace(seen, wrong=wrong, snapshot=snapshot, state=state)
