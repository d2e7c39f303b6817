"""What a move of data wants and sees, and what each step makes of that: pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from credex_actions.core.loop import Wait
from credex_actions.rollout.moving.steps import (
    AttachVolume,
    CopyData,
    CreateVolume,
    Format,
    MoveStep,
    NoteBefore,
    NoteMoved,
    NoteStop,
    RemoveNote,
    StartDatabase,
    StopDatabase,
    SwitchBack,
    SwitchOver,
)


@dataclass(frozen=True, kw_only=True)
class Want:
    """`kept`: the folder that the data on the root volume are in afterwards. `start_within`: seconds for Bolt to respond after a start."""

    name: str
    instance: str
    zone: str
    size: int
    device: str
    kept: str
    run: str
    give_up: datetime
    start_within: float = 600.0


@dataclass(frozen=True, kw_only=True)
class Volume:
    """`state`: as EBS names it. `at`: the instance that it is attached to, or about to be. `before`: what the database was before it moved, as its tag says."""

    id: str
    state: str
    at: str = ""
    attached: bool = False
    before: str = ""
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the instance says. `device`: whether it shows the volume. `staged`: it is mounted next to the data. `copied`: by this run. `mounted`: it is in the
    place of the data. `kept`: the data on the root volume have been renamed. `running`: whether Neo4j runs, as systemd says.
    """

    device: bool = False
    staged: bool = False
    copied: bool = False
    mounted: bool = False
    kept: bool = False
    running: bool = True


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`volume`: None before there is one. `noted`: the run that the instance's note names; `held`: until when that may be alive.

    `now_is`: the fingerprint of the database, read by this run while it ran on the root volume; "" before. `answers`: whether Bolt responds, which is asked
    for only after a start. `proven`: None before it was looked at on the volume, "" if it is the database from before, else what it is.
    """

    now: datetime
    volume: Volume | None
    place: Place
    noted: str = ""
    held: datetime | None = None
    now_is: str = ""
    answers: bool = True
    started: datetime | None = None
    proven: str | None = None


def after(seen: Seen, step: MoveStep | Wait) -> Seen:
    """The world if `step` works."""
    match step:
        case CreateVolume():
            return replace(seen, volume=Volume(id="the volume", state="creating"))
        case NoteStop():
            return replace(seen, noted=step.run, held=None)
        case RemoveNote():
            return replace(seen, noted="", held=None)
        case StopDatabase():
            return replace(seen, place=replace(seen.place, running=False), answers=False, proven=None)
        case StartDatabase():
            return replace(seen, place=replace(seen.place, running=True), started=seen.now)
        case Wait():
            return _later(seen)
        case AttachVolume() | NoteBefore() | NoteMoved():
            return replace(seen, volume=seen.volume and _volume_after(seen.volume, step))
        case _:
            return replace(seen, place=_place_after(seen.place, step))


def _volume_after(volume: Volume, step: AttachVolume | NoteBefore | NoteMoved) -> Volume:
    match step:
        case AttachVolume():
            return replace(volume, state="in-use", at=step.instance)
        case NoteBefore():
            return replace(volume, before=step.fingerprint)
        case NoteMoved():
            return replace(volume, moved=True)


def _place_after(place: Place, step: Format | CopyData | SwitchOver | SwitchBack) -> Place:
    match step:
        case Format():
            return replace(place, staged=True)
        case CopyData():
            return replace(place, copied=True)
        case SwitchOver():
            return replace(place, staged=False, mounted=True, kept=True)
        case SwitchBack():
            return replace(place, mounted=False, kept=False, copied=False)


def _later(seen: Seen) -> Seen:
    volume, place = seen.volume, seen.place
    if volume and volume.state == "creating":
        volume = replace(volume, state="available")
    elif volume and volume.at:
        place, volume = replace(place, device=volume.attached or place.device), replace(volume, attached=True)
    proven = "" if place.mounted and seen.answers and seen.proven is None else seen.proven
    now_is = seen.now_is or ("the database" if place.running and place.staged else "")
    return replace(seen, volume=volume, place=place, answers=place.running, proven=proven, now_is=now_is)
