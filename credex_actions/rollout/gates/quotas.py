"""The account's quotas that a roll-out needs room in, judged before anything is launched. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from credex_actions.rollout.gates.gate import Gate

NAME: Final = "quotas"


class Quota(NamedTuple):
    """By its codes in Service Quotas. `unit`: of what is counted, in the plural."""

    service: str
    code: str
    name: str
    unit: str


def _on_demand(code: str, kind: str) -> Quota:
    return Quota("ec2", code, f"Running On-Demand {kind} instances", "vCPUs")


STANDARD: Final = _on_demand("L-1216C47A", "Standard (A, C, D, H, I, M, R, T, Z)")
GRAPHICS: Final = _on_demand("L-DB2E81BA", "G and VT")
OF_FAMILIES: Final = {
    "dl": _on_demand("L-6E869C2A", "DL"),
    "f": _on_demand("L-74FC7D96", "F"),
    "g": GRAPHICS,
    "gr": GRAPHICS,
    "hpc": _on_demand("L-F7808C92", "HPC"),
    "inf": _on_demand("L-1945791B", "Inf"),
    "p": _on_demand("L-417A185B", "P"),
    "trn": _on_demand("L-2C3B7624", "Trn"),
    "u": _on_demand("L-43DA4232", "High Memory"),
    "vt": GRAPHICS,
    "x": _on_demand("L-7295265B", "X"),
}
STORAGE: Final = {
    "gp2": Quota("ebs", "L-D18FCD1D", "Storage for General Purpose SSD (gp2) volumes", "TiB of gp2"),
    "gp3": Quota("ebs", "L-7A658B76", "Storage for General Purpose SSD (gp3) volumes", "TiB of gp3"),
}
SNAPSHOTS: Final = Quota("ebs", "L-309BACF6", "Snapshots per Region", "snapshots")
"""Source: AWS General Reference, "Amazon EC2 endpoints and quotas" and "Amazon EBS endpoints and quotas"; `aws service-quotas list-service-quotas`."""


def of_type(instance_type: str) -> Quota | None:
    """That an on-demand instance of this type counts for; None if it is not known here."""
    found = re.match(r"[a-z]+", instance_type)
    family = found[0] if found else ""
    return OF_FAMILIES.get(family) or (STANDARD if family[:1] in set("acdhimrtz") and family != "mac" else None)


@dataclass(frozen=True)
class Room:
    """`needs`: what is added at the same time, at most. `limit`, `used`: None where they could not be read, and `trouble` says why."""

    quota: Quota
    needs: float
    limit: float | None = None
    used: float | None = None
    trouble: str = ""


def judged(rooms: Sequence[Room]) -> Gate:
    """What is not known is said, and stops nothing: EC2 refuses what goes beyond it before anything is stopped."""
    short = [each for each in rooms if each.limit is not None and each.used is not None and each.used + each.needs > each.limit]
    unknown = "; ".join(_unknown(rooms))
    if short:
        says = "; ".join(_short(each) for each in short)
        codes = ", ".join(each.quota.code for each in short)
        hint = f"Remove what is not needed, or request an increase in Service Quotas ({codes})."
        return Gate(name=NAME, says=f"{says}; {unknown}" if unknown else says, shut=True, hint=hint)
    known = [_counted(each) for each in rooms if each.limit is not None and each.used is not None]
    says = f"there is room for {', '.join(known)}" if known else ""
    return Gate(name=NAME, says="; ".join(filter(None, (says, unknown))) or "nothing is needed")


def _short(room: Room) -> str:
    assert room.limit is not None
    assert room.used is not None
    verb = "is" if room.needs == 1 else "are"
    return f"{room.quota.name}: {_counted(room)} {verb} needed, and {_number(room.used)} of {_number(room.limit)} are in use"


def _counted(room: Room) -> str:
    unit = room.quota.unit.removesuffix("s") if room.needs == 1 else room.quota.unit
    return f"{_number(room.needs)} {unit}"


def _unknown(rooms: Iterable[Room]) -> Iterable[str]:
    by_trouble: dict[str, list[str]] = {}
    for each in rooms:
        if each.trouble:
            by_trouble.setdefault(each.trouble, []).append(each.quota.name)
    return (f"not known: {', '.join(names)} ({why})" for why, names in by_trouble.items())


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")
