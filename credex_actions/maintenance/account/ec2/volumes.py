"""Volumes: without an instance, without encryption; and what other checks have to know of all volumes."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Final

from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.found import Found, Record, Variable, aws, captured, days, days_since, named, older, tags_of
from credex_actions.maintenance.account.metrics import Metric, by_day
from credex_actions.maintenance.account.reading import Unreadable
from credex_actions.maintenance.account.survey import Survey

A_PAGE: Final = 500


@dataclass(frozen=True)
class Volumes:
    """Of many volumes no more is kept than is asked of them later. `data`: volumes that a backup is expected of."""

    ids: AbstractSet[str]
    unattached: tuple[Record, ...]
    unencrypted: tuple[Record, ...]
    data: tuple[Record, ...]


def volumes(survey: Survey) -> Volumes:
    replaceable = frozenset(each.root for each in survey.shared(instances) if not each.database)
    ids: set[str] = set()
    unattached: list[Record] = []
    unencrypted: list[Record] = []
    data: list[Record] = []
    age = survey.setting("volume-unattached", "days")
    for volume in survey.reading.pages("ec2", "describe_volumes", "Volumes", PaginationConfig={"PageSize": A_PAGE}):
        ids.add(intern(volume["VolumeId"]))  # a snapshot's volume is the same string then
        if is_unattached(volume, survey.now, age):
            unattached.append(volume)
        if not volume.get("Encrypted"):
            unencrypted.append(volume)
        if holds_data(volume, replaceable):
            data.append(volume)
    return Volumes(ids, tuple(unattached), tuple(unencrypted), tuple(data))


def is_unattached(volume: Record, now: datetime, age: float) -> bool:
    return volume["State"] == "available" and older(volume["CreateTime"], now, age)


def holds_data(volume: Record, replaceable: frozenset[str]) -> bool:
    """`replaceable`: root volumes without a database, which hold what an image can make again."""
    is_attached = any(each.get("State", "attached") in {"attached", "attaching"} for each in volume.get("Attachments", ()))
    return (
        is_attached and volume["VolumeId"] not in replaceable and tags_of(volume).get("Backup", "").lower() not in {"false", "none", "no"}
    )


def check(survey: Survey) -> Iterator[Found]:
    days_without = survey.setting("volume-unattached", "days")
    for volume in survey.shared(forgotten):
        yield unattached(volume, survey, days_without)


def forgotten(survey: Survey) -> tuple[Record, ...]:
    candidates = survey.shared(volumes).unattached
    used = lately_used(survey, candidates, survey.setting("volume-unattached", "days"))
    return tuple(each for each in candidates if each["VolumeId"] not in used)


def check_encryption(survey: Survey) -> Iterator[Found]:
    """What is to be deleted need not be encrypted before."""
    unencrypted_ones = survey.shared(volumes).unencrypted
    try:
        leaving = {each["VolumeId"] for each in survey.shared(forgotten)}
    except Unreadable:
        leaving = set()  # whether one is to be deleted does not change that it is not encrypted
    for volume in unencrypted_ones:
        if volume["VolumeId"] not in leaving:
            yield unencrypted(volume, survey.scope.region, survey.arn("ec2", f"volume/{volume['VolumeId']}"))


def lately_used(survey: Survey, candidates: tuple[Record, ...], window: float) -> set[str]:
    """EBS writes metrics of a volume only while it is attached. Raises Unreadable: by its age alone, a volume that was detached yesterday would pass for unused."""
    idle = {each["VolumeId"]: Metric("AWS/EBS", "VolumeIdleTime", (("VolumeId", each["VolumeId"]),), "Sum") for each in candidates}
    values = by_day(survey.reading, idle.values(), survey.now, window)
    return {volume for volume, metric in idle.items() if values[metric]}


def unattached(volume: Record, survey: Survey, window: float) -> Found:
    tags, identifier, region = tags_of(volume), volume["VolumeId"], survey.scope.region
    cost = survey.prices.volume(volume["VolumeType"], volume["Size"])
    return Found(
        check="volume-unattached",
        resource=survey.arn("ec2", f"volume/{identifier}"),
        title=f"volume {named(identifier, tags)} is attached to no instance",
        why=f"{volume['Size']} GiB {volume['VolumeType']}, created {days_since(volume['CreateTime'], survey.now)} days ago, not attached in the last {days(window)}{survey.prices.says(cost)}",
        fix=f"{snapshot_first(identifier, region)} && {aws('ec2', 'delete-volume', region, volume_id=identifier)}",
        tags=tags,
        monthly_cost=cost,
    )


def snapshot_first(volume: str, region: str) -> str:
    snapshot = Variable("snapshot")
    taken = captured(snapshot, aws("ec2", "create-snapshot", region, volume_id=volume), "SnapshotId")
    return f"{taken} && {aws('ec2', 'wait', region, 'snapshot-completed', snapshot_ids=snapshot)}"


def unencrypted(volume: Record, region: str, arn: str) -> Found:
    tags, identifier = tags_of(volume), volume["VolumeId"]
    attached = [each["InstanceId"] for each in volume.get("Attachments", ())]
    where = f"attached to {', '.join(attached)}" if attached else "attached to no instance"
    copy = aws(
        "ec2",
        "create-volume",
        region,
        "--encrypted",
        snapshot_id=Variable("snapshot"),
        availability_zone=volume["AvailabilityZone"],
        volume_type=volume["VolumeType"],
    )
    return Found(
        check="volume-unencrypted",
        resource=arn,
        title=f"volume {named(identifier, tags)} is not encrypted",
        why=f"{volume['Size']} GiB {volume['VolumeType']}, {where}; a volume cannot be encrypted in place: an encrypted copy takes its place, with its instance stopped",
        fix=f"{snapshot_first(identifier, region)} && {copy}",
        tags=tags,
    )
