"""What moving the data of a database writes, a request or a command each."""

from dataclasses import dataclass
from typing import TypeAlias

from credex_actions.core.loop import Step


@dataclass(frozen=True)
class CreateVolume(Step):
    says = "create an encrypted volume of {size} GiB in {zone} for {database}"
    harmless = True
    twice = "nothing: the same client token"
    database: str
    size: int
    zone: str


@dataclass(frozen=True)
class AttachVolume(Step):
    says = "attach {volume} to {instance} as {device}"
    harmless = True
    twice = "nothing: it is attached already"
    volume: str
    instance: str
    device: str


@dataclass(frozen=True)
class Format(Step):
    says = "format {volume} and mount it next to the data of {database}"
    harmless = True
    twice = "nothing: one that is formatted is only mounted"
    volume: str
    database: str


@dataclass(frozen=True)
class NoteBefore(Step):
    says = "note on {volume} what {database} is before it moves"
    harmless = True
    twice = "nothing: the same tag"
    volume: str
    database: str
    fingerprint: str


@dataclass(frozen=True)
class NoteStop(Step):
    says = "note on {instance} that its database is stopped to move its data"
    harmless = True
    twice = "nothing: the same tag"
    instance: str
    run: str


@dataclass(frozen=True)
class StopDatabase(Step):
    says = "stop Neo4j on {instance}"
    harmless = True
    twice = "nothing: it is stopped already"
    instance: str


@dataclass(frozen=True)
class CopyData(Step):
    says = "copy the data of {database} to {volume}, and compare every file"
    harmless = True
    twice = "nothing: another copy takes the place of the first one"
    database: str
    volume: str


@dataclass(frozen=True)
class SwitchOver(Step):
    says = "mount {volume} in the place of the data of {database}, which are kept as {kept}"
    harmless = True
    twice = "nothing: it is mounted"
    database: str
    volume: str
    kept: str


@dataclass(frozen=True)
class StartDatabase(Step):
    says = "start Neo4j on {instance}, from {place}"
    harmless = True
    twice = "nothing: it runs already"
    instance: str
    place: str


@dataclass(frozen=True)
class SwitchBack(Step):
    says = "put the data of {database} on the root volume back in their place"
    harmless = True
    twice = "nothing: they are there"
    database: str
    volume: str


@dataclass(frozen=True)
class NoteMoved(Step):
    says = "note on {volume} that it holds {database}"
    harmless = True
    twice = "nothing: the same tags"
    volume: str
    database: str


@dataclass(frozen=True)
class RemoveNote(Step):
    says = "remove the note from {instance}: its database runs"
    harmless = True
    twice = "nothing: it is gone"
    instance: str


MoveStep: TypeAlias = (
    CreateVolume
    | AttachVolume
    | Format
    | NoteBefore
    | NoteStop
    | StopDatabase
    | CopyData
    | SwitchOver
    | StartDatabase
    | SwitchBack
    | NoteMoved
    | RemoveNote
)
