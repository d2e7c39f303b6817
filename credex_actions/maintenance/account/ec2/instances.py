"""Instances, as the checks see them: what runs, what has been stopped for long, whose metadata service asks for no token."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from credex_actions.maintenance.account.ec2.owned_images import neo4j_images
from credex_actions.maintenance.account.found import Found, Record, Variable, aws, captured, days_since, named, older, tags_of
from credex_actions.maintenance.account.survey import Survey

DATABASE_TAGS: Final = ("credex:neo4j-version", "credex:database")
DATABASE_ROLES: Final = frozenset(("ledgerspace", "searchspace", "neo4j"))
STOPPED_AT: Final = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """`stopped`: when, as far as AWS tells. `root`: its root volume. `database`: whether Neo4j runs on it."""

    id: str
    kind: str
    state: str
    launched: datetime
    stopped: datetime | None
    image: str
    profile: str
    volumes: tuple[str, ...]
    root: str
    groups: tuple[str, ...]
    version_1: bool
    database: bool
    tags: dict[str, str] = field(default_factory=dict)


def instances(survey: Survey) -> tuple[Instance, ...]:
    """All but those that are terminated, or about to be."""
    neo4j = survey.shared(neo4j_images)
    seen: list[Instance] = []
    for reservation in survey.reading.pages("ec2", "describe_instances", "Reservations", PaginationConfig={"PageSize": 500}):
        seen += [read(each, neo4j) for each in reservation["Instances"] if each["State"]["Name"] not in {"terminated", "shutting-down"}]
    return tuple(seen)


def read(record: Record, neo4j: frozenset[str]) -> Instance:
    tags = tags_of(record)
    metadata = record.get("MetadataOptions", {})
    said = STOPPED_AT.search(record.get("StateTransitionReason") or "")
    is_database = (
        record.get("ImageId") in neo4j
        or any(tag in tags for tag in DATABASE_TAGS)
        or tags.get("Role", "").lower() in DATABASE_ROLES
        or "neo4j" in tags.get("Name", "").lower()
    )
    disks = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in record.get("BlockDeviceMappings", ()) if "Ebs" in each}
    return Instance(
        id=record["InstanceId"],
        kind=record["InstanceType"],
        state=record["State"]["Name"],
        launched=record["LaunchTime"],
        stopped=datetime.strptime(said[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if said else None,
        image=record.get("ImageId", ""),
        profile=record.get("IamInstanceProfile", {}).get("Arn", ""),
        volumes=tuple(disks.values()),
        root=disks.get(record.get("RootDeviceName", ""), ""),
        groups=tuple(each["GroupId"] for each in record.get("SecurityGroups", ())),
        version_1=metadata.get("HttpTokens") == "optional" and metadata.get("HttpEndpoint", "enabled") == "enabled",
        database=is_database,
        tags=tags,
    )


def check_stopped(survey: Survey) -> Iterator[Found]:
    limit = survey.setting("instance-stopped-long", "days")
    for each in survey.shared(instances):
        if each.state == "stopped" and each.stopped and older(each.stopped, survey.now, limit):
            yield Found(
                check="instance-stopped-long",
                resource=survey.arn("ec2", f"instance/{each.id}"),
                title=f"instance {named(each.id, each.tags)} has been stopped for {days_since(each.stopped, survey.now)} days",
                why=f"{each.kind}, stopped on {each.stopped:%Y-%m-%d}; {len(each.volumes)} {'volume is' if len(each.volumes) == 1 else 'volumes are'} still paid for",
                fix=image_first(each.id, survey.scope.region)
                + " && "
                + aws("ec2", "terminate-instances", survey.scope.region, instance_ids=each.id),
                tags=each.tags,
            )


def image_first(instance: str, region: str) -> str:
    image = Variable("image")
    made = captured(image, aws("ec2", "create-image", region, instance_id=instance, name=f"{instance}-before-termination"), "ImageId")
    return f"{made} && {aws('ec2', 'wait', region, 'image-available', image_ids=image)}"


def check_metadata(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(instances):
        if each.version_1:
            yield Found(
                check="instance-imdsv1",
                resource=survey.arn("ec2", f"instance/{each.id}"),
                title=f"instance {named(each.id, each.tags)} answers metadata requests without a token",
                why="HttpTokens is optional: a request that an application is tricked into sends reads the role's credentials. MetadataNoToken in CloudWatch tells whether anything still needs it",
                fix=aws("ec2", "modify-instance-metadata-options", survey.scope.region, instance_id=each.id, http_tokens="required"),
                tags=each.tags,
            )
