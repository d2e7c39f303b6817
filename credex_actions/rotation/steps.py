"""The steps of a rotation, each one side effect, in the words that plans, logs and reports use."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from credex_actions.core.loop import Step


@dataclass(frozen=True)
class OpenEscrow(Step):
    says: ClassVar[str] = "make an escrow for {name}"
    name: str


@dataclass(frozen=True)
class Adopt(Step):
    says: ClassVar[str] = "take the value of {name} that is in use into the escrow"
    name: str


@dataclass(frozen=True)
class NoteIntent(Step):
    """`after`: the intent before it, so that of two runs one alone can note the next."""

    says: ClassVar[str] = "note that {name} gets a new value"
    name: str
    after: str
    known: frozenset[str]


@dataclass(frozen=True)
class Create(Step):
    says: ClassVar[str] = "create a new value of {name} at its source"
    name: str
    intent: str


@dataclass(frozen=True)
class Escrow(Step):
    """`after` and `before_that`: the versions that it follows, so that of two runs one alone can escrow the next."""

    says: ClassVar[str] = "escrow the new value of {name}"
    name: str
    after: str
    before_that: str = ""
    intent: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DeleteOrphan(Step):
    says: ClassVar[str] = "delete {identity}, which was created and lost before it was escrowed, and was never used"
    name: str
    identity: str


@dataclass(frozen=True)
class Install(Step):
    says: ClassVar[str] = "set the new value of {name} at its source"
    name: str
    version: str


@dataclass(frozen=True)
class Undo(Step):
    says: ClassVar[str] = "delete {identity}, which never came to work and was given to nobody"
    name: str
    identity: str


@dataclass(frozen=True)
class Discard(Step):
    says: ClassVar[str] = "take the pending value of {name} out of the escrow: nobody has it"
    name: str
    version: str


@dataclass(frozen=True)
class Write(Step):
    says: ClassVar[str] = "write {place}"
    name: str
    place: str
    version: str


@dataclass(frozen=True)
class NoteReceipts(Step):
    """`distributed`: from now on all places have `version`."""

    says: ClassVar[str] = "note the receipts of {name}"
    name: str
    version: str
    places: frozenset[str]
    distributed: bool = False


@dataclass(frozen=True)
class Redeploy(Step):
    """`since`: when its oldest task began, which the redeployment replaces."""

    says: ClassVar[str] = "start the tasks of {user} anew, so that they have the new value"
    name: str
    user: str
    version: str
    since: datetime | None = None


@dataclass(frozen=True)
class Promote(Step):
    says: ClassVar[str] = "make the new value of {name} the current one"
    name: str
    version: str


@dataclass(frozen=True)
class Settle(Step):
    says: ClassVar[str] = "take the label of a pending value off the current one of {name}"
    name: str
    version: str


@dataclass(frozen=True)
class Deactivate(Step):
    """`used`: when it was last used; one that was activated again and fell quiet is deactivated anew."""

    says: ClassVar[str] = "deactivate {identity}, the former value of {name}"
    name: str
    identity: str
    used: datetime | None = None


@dataclass(frozen=True)
class NoteDeactivated(Step):
    says: ClassVar[str] = "note since when {identity} is inactive"
    name: str
    identity: str


@dataclass(frozen=True)
class Reactivate(Step):
    says: ClassVar[str] = "activate {identity} again: someone still tried to use it"
    name: str
    identity: str


@dataclass(frozen=True)
class Delete(Step):
    says: ClassVar[str] = "delete {identity}, the former value of {name}"
    name: str
    identity: str


@dataclass(frozen=True)
class CloseLogin(Step):
    says: ClassVar[str] = "close the login of {identity}, the former user of {name}"
    name: str
    identity: str


RotationStep: TypeAlias = (
    OpenEscrow
    | Adopt
    | NoteIntent
    | Create
    | Escrow
    | DeleteOrphan
    | Install
    | Undo
    | Discard
    | Write
    | NoteReceipts
    | Redeploy
    | Promote
    | Settle
    | Deactivate
    | NoteDeactivated
    | Reactivate
    | Delete
    | CloseLogin
)
