"""Whether the data volume has room: the script that asks, and the judging of what df says. Pure."""

from shlex import quote
from typing import Final, NamedTuple

from credex_actions.rollout.gates.gate import Gate, unread

NAME: Final = "disk"
LEAST: Final = 0.1
"""Of the volume: an upgraded store writes new files before it removes old ones, and a checkpoint needs room for what it writes."""
LEAST_GIB: Final = 1.0
WITHIN: Final = 30.0
"""Seconds."""
COLUMNS: Final = 6
KIB: Final = 1024
HINT: Final = "Grow the volume, or make room on it."


class Room(NamedTuple):
    """In KiB."""

    total: int
    free: int


def script(path: str) -> str:
    """Source: POSIX, df -P."""
    return f"df -P -k {quote(path)}"


def read(output: str) -> Room | None:
    """None where it is not what df prints."""
    words = output.strip().splitlines()[-1].split() if output.strip() else []
    if len(words) < COLUMNS or not (words[1].isdecimal() and words[3].isdecimal()):
        return None
    return Room(int(words[1]), int(words[3]))


def left_to_apply(name: str) -> Gate:
    return Gate(
        name=NAME,
        says="it is not measured, since this role may run no command on the instance: the apply measures it before it begins",
        database=name,
    )


def judged(name: str, path: str, room: Room | None) -> Gate:
    if room is None or not room.total:
        return unread(
            NAME, f"df does not say how much room {path} has", "Check data.path in neo4j.yml, and that SSM reaches the instance.", name
        )
    free, total = (each / KIB / KIB for each in (room.free, room.total))
    says = f"{free:.1f} of {total:.1f} GiB are free at {path}"
    if free < max(LEAST * total, min(LEAST_GIB, total / 2)):
        return Gate(name=NAME, says=f"{says}: less than a tenth, or than {LEAST_GIB:.0f} GiB", shut=True, hint=HINT, database=name)
    return Gate(name=NAME, says=says, database=name)
