"""Reads the backups that AWS keeps: snapshots, recovery points of AWS Backup and S3 objects with our tags."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.tags import ENVIRONMENT, as_mapping
from credex_actions.backup.archive import BACKUP, Backup, State, read_backup
from credex_actions.backup.surroundings import KeptWhere
from credex_actions.core.aws.clients import Clients, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock

GIB: Final = 1024**3
SNAPSHOT_STATES: Final[dict[str, State]] = {"completed": "complete", "pending": "pending", "error": "failed"}
BY_AWS_BACKUP: Final = "aws:backup:source-resource"
"""A tag that AWS Backup sets on the snapshots that are its recovery points."""


def read_all(clients: Clients, clock: Clock, where: KeptWhere) -> list[Backup]:
    """Those of one environment, wherever the configuration lets them be kept."""
    found: list[Backup] = look_again(clock, lambda: list(snapshots(clients, where.environment)))
    if where.bucket:
        found += look_again(clock, lambda: list(dumps(clients, where.bucket, where.prefix, where.environment)))
    return found


def of_other_environments(clients: Clients, clock: Clock, databases: Collection[str]) -> Counter[str]:
    """How many snapshots of these databases there are, by their environment: for whoever finds none in the one that was provided."""
    found = look_again(clock, lambda: list(snapshots(clients, None)))
    return Counter(each.environment for each in found if each.database in databases)


def snapshots(clients: Clients, environment: str | None) -> Iterator[Backup]:
    """`environment`: None for those of all."""
    filters = [{"Name": "tag-key", "Values": [BACKUP]}]
    filters += [{"Name": f"tag:{ENVIRONMENT}", "Values": [environment]}] if environment is not None else []
    pages = clients.read("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
    for record in (each for page in pages for each in page["Snapshots"]):
        backup = of_snapshot(record)
        if backup:
            yield backup


def of_snapshot(record: dict[str, Any]) -> Backup | None:
    """What DescribeSnapshots or CreateSnapshot answers of one. A state that is not known is not complete."""
    tags = as_mapping(record.get("Tags"))
    if BACKUP not in tags:
        return None
    state = SNAPSHOT_STATES.get(record.get("State", ""), "pending")
    why = record.get("StateMessage") or "EBS could not complete the snapshot" if state == "failed" else ""
    size = record.get("FullSnapshotSizeInBytes") or record.get("VolumeSize", 0) * GIB
    return read_backup(
        tags,
        method="aws-backup" if BY_AWS_BACKUP in tags else "snapshot",
        place=record["SnapshotId"],
        taken=record["StartTime"],
        state=state,
        size=size or None,
        why=why,
    )


def dumps(clients: Clients, bucket: str, prefix: str, environment: str) -> Iterator[Backup]:
    """Objects below the prefix. Tags are put when an upload is verified: without them there is no backup."""
    s3 = clients.read("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for record in page.get("Contents", ()):
            try:
                tags = as_mapping(s3.get_object_tagging(Bucket=bucket, Key=record["Key"])["TagSet"])
            except botocore.exceptions.ClientError as error:
                if code_of(error) in {"NoSuchKey", "NoSuchTagSet"}:
                    continue  # it went meanwhile
                raise
            if BACKUP in tags and tags.get(ENVIRONMENT) == environment:
                place = f"s3://{bucket}/{record['Key']}"
                yield read_backup(tags, method="dump", place=place, taken=record["LastModified"], state="complete", size=record["Size"])


def bucket_and_key(place: str) -> tuple[str, str]:
    """Not as a URL: a key may hold # and ?, and what is before them is the key of another object."""
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return bucket, key


def of_database(backups: list[Backup], database: str) -> list[Backup]:
    return [each for each in backups if each.database == database]
