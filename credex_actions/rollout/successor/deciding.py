"""How a data volume goes from one instance to another and back: pure. It is attached to at most one of the two, and detached only from one that is stopped; the note of who has the
database follows it. No instance is terminated but a successor that the data volume has left.
"""

from dataclasses import dataclass, replace
from typing import Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Refuse, Wait
from credex_actions.rollout.successor.steps import (
    AttachTo,
    ClearNotes,
    DetachFrom,
    Discard,
    HandOver,
    KeepVolume,
    LaunchSuccessor,
    NoteProven,
    Protect,
    SuccessorStep,
)
from credex_actions.rollout.successor.world import ENDED, Former, Pair
from credex_actions.rollout.user_data.steps import StopInstance

POLL: Final = 2.0
AGAIN: Final = "Run the same command again: it attaches the data volume, and continues."
"""Of an instance that is stopped without it: to start that by hand would be to start an empty database."""
STOPPED_FOR: Final = "data volume"
NEW: Final = "the new instance"
"""Its id in a plan."""
STOPPING: Final = frozenset(("pending", "stopping"))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose place is taken, and for what. `late`: whether the time of the run is over."""

    name: str
    former: Former
    volume: str
    image: str
    backup: str
    late: bool


def take(place: Place, pair: Pair) -> SuccessorStep | StopInstance | Wait | Refuse:
    """Once the database is stopped and its snapshot begun: until the successor is noted as the one that has it."""
    if pair.on_successor:
        return arrived(place, pair)
    if pair.data_on not in {"", pair.former}:
        return _elsewhere(place, pair)
    if pair.former_state in ENDED:
        what = f"{place.name} is down: its instance {pair.former} is {pair.former_state or 'gone'}"
        return Refuse((Fault(what, f"Its data are on {place.volume}, which nothing here deletes; backup {place.backup}."),), Exit.FAILED)
    if pair.former_state == "running":
        return StopInstance(pair.former, STOPPED_FOR)
    if pair.former_state != "stopped":
        return _wait(place, f"instance {pair.former} is {pair.former_state}")
    if pair.data_on:
        return _wait(place, f"{place.volume} is being detached") if pair.moving else DetachFrom(place.volume, pair.former)
    return _launch(place, pair)


def _launch(place: Place, pair: Pair) -> SuccessorStep | Wait | Refuse:
    """The volume follows as soon as the instance runs, as Terraform does it at a first launch: a first boot waits for it."""
    if not pair.successor:
        return LaunchSuccessor(pair.former, place.image, place.backup)
    if pair.successor_state == "pending":
        return _wait(place, f"the new instance {pair.successor} is pending")
    if pair.successor_state != "running":
        what = f"the new instance {pair.successor} of {place.name} is {pair.successor_state or 'gone'}: EC2 ended it, or somebody did"
        hint = f"The data volume was not attached to it. See why: aws ec2 describe-instances --instance-ids {pair.successor}."
        return Refuse((Fault(what, hint),), Exit.FAILED)
    return AttachTo(place.volume, pair.successor, place.former.device)


def arrived(place: Place, pair: Pair) -> SuccessorStep | Wait | Refuse:
    """Once the data volume is attached to the successor."""
    if pair.moving:
        return _wait(place, f"{place.volume} is being attached to {pair.successor}")
    if pair.deleted_with:
        return KeepVolume(place.volume, pair.successor, place.former.device)
    return HandOver(pair.successor, pair.former)


def unshown(pair: Pair, *, shown: bool) -> HandOver | None:
    """The note of who has the database, once more: its effect is looked for. One call has set all notes of both, and the instance that the run is at does not show them yet: reads lag."""
    return None if shown or not pair.serving else HandOver(pair.serving, pair.other)


def _elsewhere(place: Place, pair: Pair) -> Refuse:
    what = f"{place.name} is down: its data volume {place.volume} is attached to {pair.data_on}, which is neither {pair.former} nor its successor"
    return Refuse((Fault(what, f"Detach it there, then run the same command again. Backup {place.backup}."),), Exit.FAILED)


def _wait(place: Place, why: str) -> Wait | Refuse:
    if not place.late:
        return Wait(why, POLL)
    what = f"timed out: {place.name} is down, and {why}"
    return Refuse((Fault(what, "Run the same command again, with more --wait-for-minutes."),), Exit.REMOTE)


def put_back(volume: str, former: Former, pair: Pair) -> AttachTo | StopInstance | Wait | None:
    """Before anything was handed over: None once the former instance has its volume again, or still."""
    if pair.data_on == pair.former:
        return Wait(f"{volume} is between two states at {pair.former}", POLL) if pair.moving else None
    if pair.former_state == "running":  # somebody has started it, without its data: only a boot mounts them
        return StopInstance(pair.former, STOPPED_FOR)
    if pair.former_state in STOPPING:
        return Wait(f"instance {pair.former} is {pair.former_state}", POLL)
    return AttachTo(volume, pair.former, former.device)


def discard(pair: Pair) -> Discard | None:
    """What was launched for nothing. Only when the data volume is back."""
    gone = not pair.successor or pair.successor_state in ENDED or not pair.unproven
    return None if gone or pair.data_on != pair.former or pair.moving else Discard(pair.successor)


def settle(pair: Pair) -> SuccessorStep | None:
    """Once the database was proven where it is now: None if nothing is left to be noted."""
    if pair.left and pair.other:
        return ClearNotes(pair.other)
    if pair.serving != pair.successor:
        return None
    if pair.unprotected:
        return Protect(pair.successor, pair.former)
    return NoteProven(pair.successor) if pair.unproven else None


def give_back(place: Place, pair: Pair, giving: str, *, there: bool) -> SuccessorStep | StopInstance | Wait | Refuse:
    """From the successor, which is stopped, to the former instance. `giving`: the volume that it gets, which is another one if the store was changed; `there`: whether it has it."""
    if pair.on_successor:
        if pair.moving:
            return Wait(f"{place.volume} is being detached", POLL)
        return DetachFrom(place.volume, pair.successor)
    if pair.former_state == "running":  # somebody has started it, without its data
        return StopInstance(pair.former, STOPPED_FOR)
    if pair.former_state != "stopped":
        return Wait(f"instance {pair.former} is {pair.former_state}", POLL)
    if not there:
        return AttachTo(giving, pair.former, place.former.device)
    if pair.moving:
        return Wait(f"{giving} is being attached to {pair.former}", POLL)
    return HandOver(pair.former, pair.successor)


def after(pair: Pair, step: SuccessorStep) -> Pair:
    """The two if `step` works."""
    match step:
        case LaunchSuccessor():
            return replace(pair, successor=NEW, successor_state="pending", unproven=True)
        case DetachFrom():
            return replace(pair, data_on="", moving=False, deleted_with=False)
        case AttachTo():
            return replace(pair, data_on=step.instance, moving=True)
        case KeepVolume():
            return replace(pair, deleted_with=False)
        case HandOver():
            return replace(pair, serving=step.to, left=True)
        case ClearNotes():
            return replace(pair, left=False)
        case Protect():
            return replace(pair, unprotected=False)
        case NoteProven():
            return replace(pair, unproven=False)
        case Discard():
            return replace(pair, successor_state="shutting-down")


def stopped(pair: Pair, instance: str) -> Pair:
    """After StopInstance."""
    return replace(pair, former_state="stopping") if instance == pair.former else replace(pair, successor_state="stopping")


def started(pair: Pair, instance: str) -> Pair:
    """After StartInstance."""
    return replace(pair, former_state="pending") if instance == pair.former else replace(pair, successor_state="pending")
