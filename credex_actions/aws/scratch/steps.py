"""How what a run launched is removed, until nothing is left: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from credex_actions.aws.scratch.machine import ENDED, Machine
from credex_actions.core.loop import Done, Step, Wait

SHOWS_WITHIN: Final = timedelta(seconds=30)
"""For an instance whose launch was not answered."""


@dataclass(frozen=True)
class Terminate(Step):
    says = "terminate {instance}, with its volumes"
    harmless = True
    twice = "nothing: it is terminated"
    instance: str


@dataclass(frozen=True)
class DeleteVolume(Step):
    says = "delete {volume}"
    harmless = True
    twice = "nothing: it is gone"
    volume: str


Removal: TypeAlias = Terminate | DeleteVolume


def terminated(machines: Sequence[Machine | None], *, launching: bool) -> Terminate | Wait | Done:
    """Until none of `machines` is left. `launching`: whether one may still show."""
    alive = [each for each in machines if each and each.state not in ENDED]
    if alive:
        return Terminate(alive[0].instance)
    for machine in machines:
        if machine and machine.state == "shutting-down":
            return Wait(f"scratch instance {machine.instance} is shutting down", 2.0)
    return Wait("it is not known yet whether the scratch instance was launched", 2.0) if launching else Done("removed")


def remove(machine: Machine | None, leftovers: Sequence[str], *, launching: bool) -> Removal | Wait | Done:
    """`leftovers`: volumes that outlived the instance."""
    move = terminated([machine], launching=machine is None and launching)
    return DeleteVolume(leftovers[0]) if isinstance(move, Done) and leftovers else move


def may_show(asked: datetime | None, now: datetime) -> bool:
    """Whether an instance may still show that was asked for then, and did not so far."""
    return asked is not None and now - asked < SHOWS_WITHIN
