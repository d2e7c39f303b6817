"""What going back writes, a request each."""

from dataclasses import dataclass
from typing import TypeAlias

from credex_actions.core.loop import Step
from credex_actions.rollout.successor.steps import SuccessorStep
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
from credex_actions.rollout.user_data.steps import KeepUserData, SetUserData, StartAgain, StartInstance, StopBeforeRestart, StopInstance


@dataclass(frozen=True)
class NoteBack(Step):
    says = "note on {instance} that it goes back to {old}"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    old: str


@dataclass(frozen=True)
class HoldDatabase(Step):
    """Before a restart on a root volume that is about to be replaced: the boot would let writes in that going back loses."""

    says = "disable the unit neo4j on {instance}, so that its next boot does not start it"
    harmless = True
    twice = "nothing: it is disabled"
    instance: str


@dataclass(frozen=True)
class RestoreVolume(Step):
    says = "create a volume from the snapshot {snapshot}"
    harmless = True
    twice = "nothing: the same client token, as long as it is the same run"
    snapshot: str
    backup: str


@dataclass(frozen=True)
class KeepData(Step):
    says = "note on {volume} that it is kept: nothing on it is deleted"
    harmless = True
    twice = "nothing: the same tag"
    volume: str


@dataclass(frozen=True)
class DetachData(Step):
    says = "detach the data volume {volume}, which the newer version has changed"
    harmless = True
    twice = "nothing: it is detached"
    volume: str


@dataclass(frozen=True)
class AttachData(Step):
    says = "attach {volume} as the data volume"
    harmless = True
    twice = "nothing: it is attached"
    volume: str
    device: str


@dataclass(frozen=True)
class TakeTags(Step):
    says = "put the tags of the data volume {former} on {volume}, by which it is found"
    harmless = True
    twice = "nothing: the same tags"
    volume: str
    former: str


@dataclass(frozen=True)
class SetAside(Step):
    says = "remove the tags from {volume} by which the data volume is found"
    harmless = True
    twice = "nothing: they are gone"
    volume: str


@dataclass(frozen=True)
class NoteBacked(Step):
    says = "note on {instance} that it went back to {old}"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    old: str


@dataclass(frozen=True)
class NoteStays(Step):
    says = "note on {instance} that it stays on {new}: nothing was replaced"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    new: str


BackStep: TypeAlias = (
    NoteBack
    | TakeOver
    | StopDatabase
    | KeepRoot
    | ReplaceRoot
    | RestoreVolume
    | StopBeforeRestart
    | HoldDatabase
    | StopInstance
    | KeepUserData
    | SetUserData
    | KeepData
    | DetachData
    | AttachData
    | TakeTags
    | SetAside
    | StartInstance
    | StartAgain
    | StartDatabase
    | ForgetRoll
    | RemoveStop
    | LeaveStopped
    | NoteBacked
    | NoteStays
    | SuccessorStep
)
