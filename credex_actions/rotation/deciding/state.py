"""What a rotation wants of one credential, and what is seen of it. Nothing here holds a value: identities and versions only name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Mode = Literal["apply", "finish", "emergency"]


@dataclass(frozen=True, kw_only=True)
class WantedPlace:
    """One place that holds a part of the credential. `former`: it holds the previous value for as long as the grace lasts."""

    key: str
    former: bool = False


@dataclass(frozen=True, kw_only=True)
class Want:
    """`creates`: its source makes the value, so that it exists before it is escrowed. `installs`: the value takes effect by being set at the source.
    `revokes`: how the source parts with a previous value: "keys" are deactivated, watched and deleted, a "login" is closed at once.
    `replace_inactive`: an inactive key that was never used may go, to make room. `own_key`: the access key that this run itself uses.
    `created_before`: a value that is older than this is due, whatever its age. `give_up`: until when this run waits for what passes by itself; None for not at all.
    """

    name: str
    mode: Mode = "apply"
    creates: bool = False
    installs: bool = False
    adopts: bool = False
    revokes: Literal["", "keys", "login"] = ""
    places: tuple[WantedPlace, ...] = ()
    rotate_after: timedelta | None = timedelta(days=90)
    grace: timedelta = timedelta(hours=1)
    watch: timedelta = timedelta(days=1)
    successes: int = 3
    verify_within: timedelta = timedelta(minutes=5)
    created_before: datetime | None = None
    give_up: datetime | None = None
    replace_inactive: bool = False
    own_key: str = ""


ADOPTED = "adopted"
"""The intent of a value that was in use before rotation knew of it."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A value in the escrow. `identity`: what names it at its source, an access key id or a database user. `known`: the identities that were there before."""

    id: str
    created: datetime
    identity: str = ""
    intent: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Intent:
    """Someone is about to create a value at the source. `mine`: this run. `ended`: the run that noted it is known to have ended."""

    id: str
    began: datetime
    known: frozenset[str] = frozenset()
    mine: bool = False
    ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the escrow holds; `open`: whether there is one. `distributed`: since when all places have the version of that id. `deactivated`: since when an identity is."""

    open: bool = True
    current: Version | None = None
    pending: Version | None = None
    previous: Version | None = None
    intent: Intent | None = None
    distributed: tuple[str, datetime] | None = None
    deactivated: tuple[str, datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """An access key, or a login, at the source. `used`: when it was last used, as far as the source tells, and `used_for` what."""

    name: str
    active: bool = True
    created: datetime | None = None
    used: datetime | None = None
    used_for: str = ""


@dataclass(frozen=True, kw_only=True)
class User:
    """Who uses the value. `since`: when what runs of it began, so that it has what was written before; None if nothing of it runs. `busy`: someone is deploying it."""

    name: str
    since: datetime | None = None
    redeployable: bool = False
    busy: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`places`: key -> id of the version that the place holds, "" for anything else. `unnoted`: places whose receipt the escrow lacks.
    `in_hand`: the identity of a value that this run created and has not escrowed. `installed`: the pending value is in effect at its source.
    `offered`: for a copied value, whether another one was given than the current one. `spent`: intents of which this run has ended what came of them. `gave_up`: it took back a value that never came to work. `renewed`: this run has brought a new value in. `deleted`: identities that it deleted.
    """

    now: datetime
    held: Held = Held()
    identities: tuple[Identity, ...] = ()
    adoptable: bool = False
    in_hand: str = ""
    installed: bool = True
    verified: int = 0
    verifying_since: datetime | None = None
    verify_trouble: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    unnoted: frozenset[str] = frozenset()
    users: tuple[User, ...] = ()
    offered: bool | None = None
    spent: frozenset[str] = frozenset()
    gave_up: bool = False
    renewed: bool = False
    deleted: frozenset[str] = frozenset()
    intents: int = 0
