"""What is known of a roll, in tags of its instance: nothing is kept anywhere else, so that whoever comes later can continue it, or go back. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias, cast, get_args

from credex_actions.aws.tags import HALF_DONE, ROLL
from credex_actions.neo4j.fingerprint import Tag, read_tag
from credex_actions.rollout.successor.world import Former
from credex_actions.rollout.versions.version import Version, read_version

State: TypeAlias = Literal["rolling", "rolled", "going-back", "rolled-back"]
FROM: Final = "credex:roll-from"
TO: Final = "credex:roll-to"
DATA: Final = "credex:roll-data"
BEFORE: Final = "credex:roll-fingerprint"
KEYS: Final = (ROLL, FROM, TO, DATA, BEFORE)
FORM: Final = re.compile(r"(\S+) (\S+) ([0-9T:Z-]{20})")
SIDE: Final = re.compile(r"(ami-[\w-]+) (\S+) (vol-[\w-]+|-)(?: ([0-9a-f]{64})(?:/([0-9a-f]{64}))?)?", re.ASCII)
WHICH_DATA: Final = re.compile(r"(vol-[\w-]+) ([\w.-]+)( restarted)?(?: (i-[\w-]+) ([\w.-]+) ([\w/]+))?", re.ASCII)
"""Whoever may write tags may have written this one, and people are given commands with what it names: nothing that a shell reads as more than a word."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What an instance was, or is to be, started from. `root`: its root volume; "" as long as that is not there. `user_data`: the digest of those that are set, "" if it is not known.
    `booted`: the digest of those that its root volume was booted with for the first time, where somebody has set others since; "" otherwise.
    """

    image: str
    version: Version
    root: str = ""
    user_data: str = ""
    booted: str = ""

    def __str__(self) -> str:
        return f"{self.image} {self.version} {self.root or '-'}{f' {self.user_data}' if self.user_data else ''}{f'/{self.booted}' if self.booted else ''}"


@dataclass(frozen=True, kw_only=True)
class Note:
    """`since`: of the state. `volume`: the data volume. `backup`: id of the snapshot of it that was begun while the database was stopped.

    `before`: the database as it was directly before it was stopped. `former`: the instance whose place a new one takes; None where the root volume is replaced.
    `restarted`: whether the instance has booted with the user data of `new` on the old root volume, and its database was the one from before; `before` is from after that.
    """

    state: State
    run: str
    since: datetime
    old: Side
    new: Side
    volume: str
    backup: str
    before: Tag
    restarted: bool = False
    former: Former | None = None

    @property
    def same_store(self) -> bool:
        """Whether the old version opens a store that the new one has written to. Patches of one series do; tried: 5.26.0 and 5.26.16."""
        return self.old.version.series == self.new.version.series

    @property
    def changes_user_data(self) -> bool:
        """Of an instance that stays: a new one is launched with them."""
        return self.former is None and bool(self.old.user_data and self.new.user_data) and self.old.user_data != self.new.user_data

    @property
    def unfinished(self) -> bool:
        return self.state in HALF_DONE

    def booted_with(self, root: str) -> str:
        """The digest of the user data that the root volume `root` was booted with for the first time; "" if it is not known."""
        return next((side.booted or side.user_data for side in (self.new, self.old) if root and side.root == root), "")

    def becomes(self, state: State, run: str, now: datetime) -> "Note":
        return replace(self, state=state, run=run, since=now)

    def tags(self) -> dict[str, str]:
        """Set by one call, so that never half of them is there."""
        return {
            ROLL: f"{self.state} {self.run} {self.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            FROM: str(self.old),
            TO: str(self.new),
            DATA: f"{self.volume} {self.backup}{' restarted' if self.restarted else ''}{f' {self.former}' if self.former else ''}",
            BEFORE: str(self.before),
        }


def rollback_of(name: str) -> str:
    """What to run so that this database goes back, and no other: without its name each one does that was ever rolled out."""
    return f"--mode rollback --databases {name}"


class UnreadableNoteError(ValueError):
    """Somebody has changed the tags."""


def read_note(tags: Mapping[str, str]) -> Note | None:
    """None where there is none. Raises UnreadableNoteError, whose text names the tag."""
    if ROLL not in tags:
        return None
    found = FORM.fullmatch(tags[ROLL])
    if not found or found[1] not in get_args(State):
        raise UnreadableNoteError(ROLL)
    try:
        since = datetime.fromisoformat(found[3])
    except ValueError:
        raise UnreadableNoteError(ROLL) from None
    data = WHICH_DATA.fullmatch(tags.get(DATA, ""))
    if not data:
        raise UnreadableNoteError(DATA)
    try:
        before = read_tag(tags.get(BEFORE, ""))
    except ValueError:
        raise UnreadableNoteError(BEFORE) from None
    return Note(
        state=cast("State", found[1]),
        run=found[2],
        since=since,
        old=_side(tags, FROM),
        new=_side(tags, TO),
        volume=data[1],
        backup=data[2],
        before=before,
        restarted=bool(data[3]),
        former=Former(data[4], data[5], data[6]) if data[4] else None,
    )


def _side(tags: Mapping[str, str], key: str) -> Side:
    found = SIDE.fullmatch(tags.get(key, ""))
    version = read_version(found[2]) if found else None
    if not found or version is None:
        raise UnreadableNoteError(key)
    return Side(image=found[1], version=version, root="" if found[3] == "-" else found[3], user_data=found[4] or "", booted=found[5] or "")
