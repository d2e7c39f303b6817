"""What is written while a new instance takes the place of the old one, or gives it back: a request each."""

from dataclasses import dataclass
from typing import TypeAlias

from credex_actions.core.loop import Step


@dataclass(frozen=True)
class LaunchSuccessor(Step):
    says = "launch an instance from {image} that takes the place of {instance}"
    harmless = True
    twice = "nothing: the same client token, also in the run that continues"
    instance: str
    image: str
    backup: str


@dataclass(frozen=True)
class DetachFrom(Step):
    """EC2 lets a volume go only once the operating system has: so from an instance that is stopped."""

    says = "detach the data volume {volume} from {instance}, which is stopped"
    harmless = True
    twice = "nothing: it is detached"
    volume: str
    instance: str


@dataclass(frozen=True)
class AttachTo(Step):
    says = "attach the data volume {volume} to {instance}"
    harmless = True
    twice = "nothing: EC2 attaches a volume once, and rejects the second request"
    volume: str
    instance: str
    device: str


@dataclass(frozen=True)
class KeepVolume(Step):
    says = "set that {volume} is not deleted with {instance}"
    harmless = True
    twice = "nothing: the same value"
    volume: str
    instance: str
    device: str


@dataclass(frozen=True)
class HandOver(Step):
    """One call for both: the instance that is found by its tags is never the wrong one."""

    says = "note on {former} and {to} that {to} has the database from now on"
    harmless = True
    twice = "nothing: the same tags"
    to: str
    former: str


@dataclass(frozen=True)
class ClearNotes(Step):
    says = "remove the notes of the roll-out from {instance}, which is kept"
    harmless = True
    twice = "nothing: they are gone"
    instance: str


@dataclass(frozen=True)
class Protect(Step):
    says = "protect {instance} from termination, as {former} is"
    harmless = True
    twice = "nothing: the same value"
    instance: str
    former: str


@dataclass(frozen=True)
class NoteProven(Step):
    """From here on nothing here may terminate it."""

    says = "remove the note from {instance} that it is not proven"
    harmless = True
    twice = "nothing: it is gone"
    instance: str


@dataclass(frozen=True)
class Discard(Step):
    """Only once the data volume is attached to the former instance again."""

    says = "terminate {instance}, which took no place"
    harmless = True
    twice = "nothing: it is terminated"
    instance: str


SuccessorStep: TypeAlias = LaunchSuccessor | DetachFrom | AttachTo | KeepVolume | HandOver | ClearNotes | Protect | NoteProven | Discard
