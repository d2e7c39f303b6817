"""What moves one database to another AMI: the writes."""

from dataclasses import dataclass
from typing import TypeAlias

from credex_actions.core.loop import Step
from credex_actions.rollout.successor.steps import SuccessorStep
from credex_actions.rollout.user_data.steps import (
    KeepUserData,
    NoteRestarted,
    SetUserData,
    StartAgain,
    StartInstance,
    StopBeforeRestart,
    StopInstance,
)


@dataclass(frozen=True)
class NoteRoll(Step):
    says = "note on {instance} that it moves from {old} to {new}"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    old: str
    new: str
    backup: str


@dataclass(frozen=True)
class TakeOver(Step):
    says = "note on {instance} that this run continues what {former} began"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    former: str


@dataclass(frozen=True)
class StopDatabase(Step):
    says = "stop Neo4j on {instance}"
    harmless = True
    twice = "nothing: it is stopped already"
    instance: str


@dataclass(frozen=True)
class KeepStopped(Step):
    """Of a database that another run has stopped, whose timer may be about to start it."""

    says = "set the timer on {instance} that starts Neo4j, if this run is lost, anew"
    harmless = True
    twice = "nothing: one timer takes the place of the other"
    instance: str


@dataclass(frozen=True)
class TakeSnapshot(Step):
    says = "take a snapshot of {volume}, whose database is stopped"
    harmless = True
    twice = "nothing that is wrong: two good backups of one id; pruning deletes both when they are old"
    volume: str
    backup: str


@dataclass(frozen=True)
class KeepRoot(Step):
    says = "note on the root volume {volume} that it is kept for going back to {version}"
    harmless = True
    twice = "nothing: the same tags"
    volume: str
    version: str


@dataclass(frozen=True)
class ReplaceRoot(Step):
    """The old root volume is not deleted: it stays, detached."""

    says = "replace the root volume of {instance} by {by}"
    harmless = True
    twice = "nothing: the same client token"
    instance: str
    by: str


@dataclass(frozen=True)
class RemoveStop(Step):
    says = "remove the note from {instance} that its database is stopped: it runs"
    harmless = True
    twice = "nothing: it is gone"
    instance: str


@dataclass(frozen=True)
class LeaveStopped(Step):
    says = "remove the note from {instance} by which a sweep would start its database: it is another one"
    harmless = True
    twice = "nothing: it is gone"
    instance: str


@dataclass(frozen=True)
class NoteRolled(Step):
    says = "note on {instance} that it was moved to {new}"
    harmless = True
    twice = "nothing: the same tags"
    instance: str
    new: str


@dataclass(frozen=True)
class StartDatabase(Step):
    says = "start Neo4j on {instance}"
    harmless = True
    twice = "nothing: it runs already"
    instance: str


@dataclass(frozen=True)
class ForgetRoll(Step):
    says = "remove the notes from {instance}: nothing was replaced, and its database runs"
    harmless = True
    twice = "nothing: they are gone"
    instance: str


RestartStep: TypeAlias = KeepUserData | StopBeforeRestart | StopInstance | SetUserData | StartInstance | NoteRestarted | StartAgain


SwapStep: TypeAlias = (
    NoteRoll
    | TakeOver
    | StopDatabase
    | KeepStopped
    | TakeSnapshot
    | KeepRoot
    | ReplaceRoot
    | RemoveStop
    | LeaveStopped
    | NoteRolled
    | StartDatabase
    | ForgetRoll
    | RestartStep
    | SuccessorStep
)
