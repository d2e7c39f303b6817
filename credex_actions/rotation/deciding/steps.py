"""The steps of a rotation, each one side effect, in the words that plans, logs and reports use."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from credex_actions.core.loop import Step


@dataclass(frozen=True)
class OpenEscrow(Step):
    says: ClassVar[str] = "create an escrow for {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the escrow accepts one of the same token"
    name: str


@dataclass(frozen=True)
class Adopt(Step):
    says: ClassVar[str] = "copy the value of {name} that is in use to the escrow"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the escrow accepts one version of the same id"
    name: str


@dataclass(frozen=True)
class NoteIntent(Step):
    """`after`: the intent before it, so that of two runs one alone can note the next."""

    says: ClassVar[str] = "record that {name} gets a new value"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the escrow accepts one intent of the same id"
    name: str
    after: str
    known: frozenset[str]


@dataclass(frozen=True)
class Create(Step):
    says: ClassVar[str] = "create a new value of {name} at its source"
    twice: ClassVar[str] = "a second value that nobody has: an access key uses up its user's quota, and is found and deleted as an orphan"
    name: str
    intent: str


@dataclass(frozen=True)
class Escrow(Step):
    """`after` and `before_that`: the versions that it follows, so that of two runs one alone can escrow the next."""

    says: ClassVar[str] = "escrow the new value of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the escrow accepts one version of the same id, and that one is used"
    name: str
    after: str
    before_that: str = ""
    intent: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DeleteOrphan(Step):
    says: ClassVar[str] = "delete {identity}, which was created and lost before it was escrowed, and was never used"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it no longer exists"
    name: str
    identity: str


@dataclass(frozen=True)
class MakeRoom(Step):
    says: ClassVar[str] = "delete {identity}, which is inactive and was never used, to make room for a new value of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it no longer exists"
    name: str
    identity: str


@dataclass(frozen=True)
class Install(Step):
    says: ClassVar[str] = "set the new value of {name} at its source"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the same password is set again"
    name: str
    version: str


@dataclass(frozen=True)
class Undo(Step):
    says: ClassVar[str] = "delete {identity}, which never worked and was not distributed"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it no longer exists"
    name: str
    identity: str


@dataclass(frozen=True)
class Discard(Step):
    says: ClassVar[str] = "remove the pending value of {name} from the escrow: it was not distributed"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the label no longer exists"
    name: str
    version: str


@dataclass(frozen=True)
class Write(Step):
    says: ClassVar[str] = "write {place}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "the same value again"
    name: str
    place: str
    version: str


@dataclass(frozen=True)
class NoteReceipts(Step):
    """`distributed`: from now on all places have `version`."""

    says: ClassVar[str] = "record the receipts of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "the same note again"
    name: str
    version: str
    places: frozenset[str]
    distributed: bool = False


@dataclass(frozen=True)
class Redeploy(Step):
    """`since`: when its oldest task began, which the redeployment replaces."""

    says: ClassVar[str] = "restart the tasks of {user} with the new value"
    twice: ClassVar[str] = "a second deployment, which restarts the tasks again"
    name: str
    user: str
    version: str
    since: datetime | None = None


@dataclass(frozen=True)
class Promote(Step):
    says: ClassVar[str] = "make the new value of {name} the current one"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is the current one"
    name: str
    version: str


@dataclass(frozen=True)
class Settle(Step):
    says: ClassVar[str] = "remove the pending label from the current value of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the label no longer exists"
    name: str
    version: str


@dataclass(frozen=True)
class Deactivate(Step):
    """`used`: when it was last used; one that was activated again and fell quiet is deactivated again."""

    says: ClassVar[str] = "deactivate {identity}, the previous value of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is inactive"
    name: str
    identity: str
    used: datetime | None = None


@dataclass(frozen=True)
class NoteDeactivated(Step):
    says: ClassVar[str] = "record since when {identity} is inactive"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a note with a later time: it is monitored some seconds longer"
    name: str
    identity: str


@dataclass(frozen=True)
class Reactivate(Step):
    says: ClassVar[str] = "reactivate {identity}: someone still tried to use it"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is active"
    name: str
    identity: str


@dataclass(frozen=True)
class Delete(Step):
    says: ClassVar[str] = "delete {identity}, the previous value of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it no longer exists"
    name: str
    identity: str


@dataclass(frozen=True)
class CloseLogin(Step):
    says: ClassVar[str] = "disable the login of {identity}, the previous user of {name}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "another password that nobody knows; a revoking program is called again"
    name: str
    identity: str


RotationStep: TypeAlias = (
    OpenEscrow
    | Adopt
    | NoteIntent
    | Create
    | Escrow
    | DeleteOrphan
    | MakeRoom
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
