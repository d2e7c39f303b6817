"""Volumes with data that nobody could restore."""

from collections.abc import Iterator
from datetime import UTC, datetime

from credex_actions.maintenance.account.ec2.snapshots import snapshots
from credex_actions.maintenance.account.ec2.volumes import volumes
from credex_actions.maintenance.account.found import Found, Record, aws, days, days_since, named, older, tags_of
from credex_actions.maintenance.account.survey import Survey


def check(survey: Survey) -> Iterator[Found]:
    """Snapshots of AWS Backup, Data Lifecycle Manager and neo4j-backup are snapshots of the account like any others."""
    limit = survey.setting("backup-missing", "days")
    newest = survey.shared(snapshots).newest
    for each in survey.shared(volumes).data:
        taken = datetime.fromtimestamp(newest[each["VolumeId"]], UTC) if each["VolumeId"] in newest else None
        if is_missing(each, taken, survey.now, limit):
            yield found(each, taken, survey, limit)


def is_missing(volume: Record, taken: datetime | None, now: datetime, limit: float) -> bool:
    """A volume that is younger than the limit has had no time for one."""
    return older(volume["CreateTime"], now, limit) and (taken is None or older(taken, now, limit))


def found(volume: Record, taken: datetime | None, survey: Survey, limit: float) -> Found:
    tags, identifier = tags_of(volume), volume["VolumeId"]
    last = f"the newest snapshot is {days_since(taken, survey.now)} days old" if taken else "there is no snapshot of it"
    instance = volume["Attachments"][0]["InstanceId"]
    return Found(
        check="backup-missing",
        resource=survey.arn("ec2", f"volume/{identifier}"),
        title=f"volume {named(identifier, tags)} has no backup of the last {days(limit)}",
        why=f"{volume['Size']} GiB at {instance}: {last}",
        fix=aws("ec2", "create-snapshot", survey.scope.region, volume_id=identifier, description="first backup, until a plan makes them"),
        tags=tags,
    )
