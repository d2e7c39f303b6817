"""What going back is to do, and what it sees: values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credex_actions.rollout.successor.world import Pair
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.world import Task

UNUSABLE: Final = {"missing": "is gone", "unencrypted": "is not encrypted, and EC2 puts none in the place of one that is"}
"""Why a root volume is made of the AMI instead, in words. Source of the second: EC2 API reference, CreateReplaceRootVolumeTask, VolumeId."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """`snapshot`: the one of the data volume that is restored; "" where the store is as it was. `start_within`: seconds.
    `followed`: whether its clients are told its address, where that is another one.
    """

    name: str
    instance: str
    run: str
    snapshot: str
    start_within: float = 600.0
    followed: bool = True


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The volume that was made of the snapshot. `attached`: its device; "" if it is not. `found`: whether it has the tags by which a data volume is found."""

    id: str
    state: str
    device: str
    attached: str = ""
    found: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`old_root`: the state of the root volume that was kept, as EC2 names it, or why it cannot be attached (`UNUSABLE`). `kept`: whether the one that is replaced bears its note.

    `old_image`: whether the AMI is there that a root volume would be made from if the old one is gone.
    `data`: whether the data volume of the note is attached; `data_found`: whether it has the tags by which a data volume is found; `data_kept`: whether it bears
    the note that it is kept.
    `user_data`: the digest of those of the instance, where going back changes them; `user_data_known`: whether those from before the roll-out are.
    `user_data_kept`: whether those that are set now are kept. `held`: whether this run keeps Neo4j from starting when the instance boots.
    `rootless`: for how many seconds this run has seen no root volume.
    `pair`: the two instances, where a new one took the place of the old one; `state` and `root` are those of the one that has the database.
    `handed`: whether this run has noted that the instance that it is at has the database.
    `started`: whether this run has started the instance, which may have mounted less than its first boot, or Neo4j.
    `running`: whether Neo4j runs, as far as it is known. `wrong`: of the database that is back: None if it was not looked at yet, "" if it is well.
    """

    now: datetime
    note: Note | None
    stopped: bool
    state: str
    root: str
    old_root: str
    kept: bool
    data: bool
    data_found: bool
    data_kept: bool
    running: bool
    answers: bool
    task: Task | None = None
    restored: Restored | None = None
    down_since: datetime | None = None
    why_not: str = ""
    wrong: str | None = None
    old_image: bool = True
    user_data: str = ""
    user_data_known: bool = True
    user_data_kept: bool = False
    held: bool = False
    started: bool = False
    handed: bool = False
    pair: Pair | None = None
    rootless: float = 0.0
