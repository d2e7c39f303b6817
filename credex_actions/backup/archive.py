"""A backup as AWS keeps it: an object and its tags. Nothing else is remembered anywhere, so that any runner knows what all have done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, VERSION
from credex_actions.neo4j.fingerprint import Tag, read_tag

BACKUP: Final = "credex:backup"
FINGERPRINT: Final = "credex:fingerprint"
UP_TO: Final = "credex:up-to-transaction"
"""The last transaction that a backup may hold: that of the fingerprint is the last one that it has to hold."""
DRILL: Final = "credex:drill"
CHECKSUM: Final = "credex:sha256"
SHA256: Final = re.compile(r"[0-9a-f]{64}")
BEGAN: Final = re.compile(r"-([0-9]{8}T[0-9]{6}Z)-[0-9a-f]{6}$")
"""In the id of a backup, as taking/opening.py makes it."""

Method: TypeAlias = Literal["snapshot", "dump", "aws-backup"]
State: TypeAlias = Literal["complete", "pending", "failed"]
METHODS: Final[tuple[Method, ...]] = ("snapshot", "dump", "aws-backup")


class Drill(NamedTuple):
    """The last time that a backup was restored on trial."""

    at: datetime
    proven: bool

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {'proven' if self.proven else 'differs'}"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """`place`: what AWS calls it, such as a snapshot's id, an s3:// address or a recovery point's ARN."""

    id: str
    database: str
    environment: str
    method: Method
    place: str
    taken: datetime
    state: State
    version: str = ""
    bytes: int | None = None
    fingerprint: Tag | None = None
    up_to: int | None = None
    drill: Drill | None = None
    checksum: str = ""
    why: str = ""  # why it is not complete, or cannot be trusted

    @property
    def good(self) -> bool:
        """One that a database can be restored from and be recognised afterwards, as far as is known: no drill has found it wrong."""
        return self.usable and not self.disproven

    @property
    def usable(self) -> bool:
        """Whether it can be restored and compared; a dump only with the checksum that its download has to have."""
        return self.state == "complete" and self.fingerprint is not None and (self.method != "dump" or bool(self.checksum))

    @property
    def disproven(self) -> bool:
        return self.drill is not None and not self.drill.proven

    def told(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {
            "id": self.id,
            "database": self.database,
            "taken": self.taken.astimezone(UTC).isoformat(timespec="seconds"),
            "method": self.method,
            "place": self.place,
            "state": self.state,
            "version": self.version,
            "bytes": self.bytes,
            "fingerprint": str(self.fingerprint) if self.fingerprint else None,
            "drilled": self.drill.at.astimezone(UTC).isoformat(timespec="seconds") if self.drill else None,
            "proven": self.drill.proven if self.drill else None,
            "why": self.why,
        }


def tags_of(backup: str, database: str, environment: str, run: str, fingerprint: Tag, version: str) -> dict[str, str]:
    return {
        BACKUP: backup,
        DATABASE: database,
        ENVIRONMENT: environment,
        RUN: run,
        FINGERPRINT: str(fingerprint),
        VERSION: version,
    }


def read_backup(
    tags: Mapping[str, str], *, method: Method, place: str, taken: datetime, state: State, size: int | None, why: str = ""
) -> Backup:
    """From tags that anybody may have written: what cannot be read is left out, and `why` says so.

    `taken`: when AWS made the object. A copy of a snapshot or an object has its tags, and is younger than what is in it; so the id counts, too.
    """
    troubles = [why] if why else []
    fingerprint = None
    try:
        fingerprint = read_tag(tags.get(FINGERPRINT, ""))
    except ValueError:
        troubles.append(f"its tag {FINGERPRINT} {'cannot be read' if tags.get(FINGERPRINT) else 'is missing'}")
    checksum = tags.get(CHECKSUM, "")
    if method == "dump" and not SHA256.fullmatch(checksum):
        troubles.append(f"its tag {CHECKSUM} {'cannot be read' if checksum else 'is missing'}")
        checksum = ""
    up_to = tags.get(UP_TO, "")
    return Backup(
        id=tags[BACKUP],
        database=tags.get(DATABASE, ""),
        environment=tags.get(ENVIRONMENT, ""),
        method=method,
        place=place,
        taken=_taken(tags[BACKUP], taken),
        state=state,
        version=tags.get(VERSION, ""),
        bytes=size,
        fingerprint=fingerprint,
        up_to=int(up_to) if up_to.isascii() and up_to.isdecimal() else None,
        drill=_drill(tags.get(DRILL, "")),
        checksum=checksum,
        why="; ".join(troubles),
    )


def _taken(backup: str, made: datetime) -> datetime:
    """The time in the id, if the object is younger; but AWS's own, which is exact, where the two are of one minute."""
    found = BEGAN.search(backup)
    try:
        began = datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else made
    except ValueError:
        return made
    return began if made - began > timedelta(minutes=1) else made


def _drill(text: str) -> Drill | None:
    time, _, verdict = text.partition(" ")
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return None
    return Drill(at, verdict == "proven") if at.tzinfo and verdict in {"proven", "differs"} else None
