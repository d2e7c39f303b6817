"""Snapshots: old ones, and those whose volume is gone. What an image, a launch template or a backup plan needs is left alone."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Final

from credex_actions.maintenance.account.ec2.launching import launching
from credex_actions.maintenance.account.ec2.owned_images import snapshots_of_images
from credex_actions.maintenance.account.ec2.volumes import volumes
from credex_actions.maintenance.account.found import Found, Record, aws, days_since, named, older, tags_of
from credex_actions.maintenance.account.survey import Survey

COPIED: Final = "vol-ffffffff"
"""The volume of a snapshot that was copied or imported: AWS's word for none."""
KEPT_BY: Final = ("aws:backup:source-resource", "aws:dlm:lifecycle-policy-id", "credex:backup")
"""Tags of snapshots that a plan, a policy or neo4j-backup keeps, and removes in its time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    id: str
    volume: str
    taken: datetime
    gib: int
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshots:
    """`newest`: by volume, when its newest complete snapshot was taken, in seconds since 1970: of 100,000 volumes each byte counts.
    `old`: older than the shorter of the two limits, kept by nobody.
    """

    newest: dict[str, float]
    old: tuple[Snapshot, ...]


def snapshots(survey: Survey) -> Snapshots:
    limit = min(survey.setting("snapshot-old", "days"), survey.setting("snapshot-orphaned", "days"))
    newest: dict[str, float] = {}
    old: list[Snapshot] = []
    given = {"OwnerIds": ["self"], "PaginationConfig": {"PageSize": 500}}
    for each in survey.reading.pages("ec2", "describe_snapshots", "Snapshots", **given):
        if each["State"] != "completed":
            continue
        taken, volume = each["StartTime"], each["VolumeId"]
        if volume != COPIED:
            newest[intern(volume)] = max(newest.get(volume, 0.0), taken.timestamp())
        if older(taken, survey.now, limit) and not is_kept(each):
            old.append(Snapshot(each["SnapshotId"], volume, taken, each["VolumeSize"], tags_of(each)))
    return Snapshots(newest, tuple(old))


def is_kept(snapshot: Record) -> bool:
    return snapshot.get("StorageTier") == "archive" or any(tag in KEPT_BY for tag in tags_of(snapshot))


def check(survey: Survey) -> Iterator[Found]:
    seen = survey.shared(snapshots)
    if not seen.old:
        return
    needed = survey.shared(snapshots_of_images) | survey.shared(launching).snapshots
    existing = survey.shared(volumes).ids
    for each in seen.old:
        name = judged(each, existing, needed, newest=seen.newest.get(each.volume, 0.0))
        if name and older(each.taken, survey.now, survey.setting(name, "days")):
            yield found(name, each, survey)


def judged(snapshot: Snapshot, existing: AbstractSet[str], needed: frozenset[str], newest: float) -> str:
    """The check that it falls under; "" for none. The newest snapshot of a volume that exists is its backup."""
    if snapshot.id in needed:
        return ""
    if snapshot.volume != COPIED and snapshot.volume not in existing:
        return "snapshot-orphaned"
    return "" if snapshot.taken.timestamp() == newest else "snapshot-old"


def found(name: str, snapshot: Snapshot, survey: Survey) -> Found:
    cost = survey.prices.of("snapshot", snapshot.gib)
    age = days_since(snapshot.taken, survey.now)
    volume = f"volume {snapshot.volume} no longer exists" if name == "snapshot-orphaned" else f"taken of {snapshot.volume}"
    if snapshot.volume == COPIED:
        volume = "copied or imported"
    what = "has outlived its volume" if name == "snapshot-orphaned" else "is old"
    return Found(
        check=name,
        resource=f"arn:aws:ec2:{survey.scope.region}::snapshot/{snapshot.id}"
        if not survey.scope.region.startswith(("cn-", "us-gov-"))
        else snapshot.id,
        title=f"snapshot {named(snapshot.id, snapshot.tags)} {what}",
        why=f"{age} days old, {volume}, {snapshot.gib} GiB at most; no image or launch template uses it{survey.prices.says(cost)}",
        fix=aws("ec2", "delete-snapshot", survey.scope.region, snapshot_id=snapshot.id),
        tags=snapshot.tags,
        monthly_cost=cost,
    )
