"""What one shard has seen, as a value and as its file. Only the version that wrote a part reads all of it; who wrote it and of what, every version does."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from credex_actions._version import __version__
from credex_actions.core.shard import Shard
from credex_actions.maintenance.examining.gathering import Home, Outcome

FORM: Final = "part of a maintenance report"
Kind = Literal["part of a maintenance report"]
Number = Annotated[int, Meta(ge=1, le=9999)]
Moment = Annotated[datetime, Meta(tz=True)]


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """`form`: what tells it from other JSON. `suite`: the version of credex-actions. `digest`: of what was to be examined. `run`: the workflow run, "" outside Actions, as is `attempt` of it.

    `made`: when its checks began.
    """

    form: Kind = FORM
    suite: str = __version__
    number: Number
    count: Number
    digest: str
    run: str
    attempt: str = ""
    made: Moment

    @property
    def shard(self) -> Shard:
        return Shard(self.number, self.count)


class Part(Heading, frozen=True, kw_only=True):
    """`complete`: false if the run was cancelled. `since`: when the earlier report was made that checks compared with. `home`: of the job's own credentials.

    `outcomes`: of the pieces of this shard, cleaned.
    """

    seconds: float
    complete: bool
    since: Moment | None
    remarks: tuple[str, ...]
    home: Home | None
    outcomes: tuple[Outcome, ...]


def digest(what: Mapping[str, Any]) -> str:
    """Of all that decides what is examined: the parts of one report have the same."""
    return hashlib.sha256(msgspec.json.encode(what, order="deterministic")).hexdigest()


def written(part: Part) -> tuple[bytes, ...]:
    """In pieces."""
    return msgspec.json.encode(part), b"\n"


def heading_of(data: str) -> Heading:
    """Raises msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Heading)


def part_of(data: str) -> Part:
    """Raises msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Part)
