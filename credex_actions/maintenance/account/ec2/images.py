"""Images that nothing launches any more."""

import re
from collections.abc import Iterator
from datetime import datetime

from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.ec2.launching import launching
from credex_actions.maintenance.account.ec2.owned_images import owned_images
from credex_actions.maintenance.account.found import Found, Record, aws, days_since, named, older, plain, tags_of
from credex_actions.maintenance.account.survey import Survey


def check(survey: Survey) -> Iterator[Found]:
    limit = survey.setting("image-old", "days")
    owned = survey.shared(owned_images)
    old = [each for each in owned if is_old(each, survey.now, limit)]
    if not old:
        return
    used = {each.image for each in survey.shared(instances)} | survey.shared(launching).images | newest_of_each_name(owned)
    for each in old:
        if each["ImageId"] not in used:
            yield found(each, survey)


def is_old(image: Record, now: datetime, days: float) -> bool:
    """An image that other accounts launch has a LastLaunchedTime too."""
    launched = image.get("LastLaunchedTime")
    return older(_time(image["CreationDate"]), now, days) and (not launched or older(_time(launched), now, days))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def newest_of_each_name(images: tuple[Record, ...]) -> set[str]:
    """What `most_recent` in Terraform would take: of names that differ in numbers and dates alone, the newest."""
    newest: dict[str, Record] = {}
    for each in images:
        stem = re.sub(r"[\d.:TZ_-]+", "#", each.get("Name", ""))
        if stem not in newest or each["CreationDate"] > newest[stem]["CreationDate"]:
            newest[stem] = each
    return {each["ImageId"] for each in newest.values()}


def found(image: Record, survey: Survey) -> Found:
    tags, region, identifier = tags_of(image), survey.scope.region, image["ImageId"]
    disks = [each["Ebs"] for each in image.get("BlockDeviceMappings", ()) if each.get("Ebs")]
    gib = sum(each.get("VolumeSize", 0) for each in disks)
    cost = survey.prices.of("snapshot", gib) if gib else None
    age = days_since(_time(image["CreationDate"]), survey.now)
    launched = f"last launched on {image['LastLaunchedTime'][:10]}" if image.get("LastLaunchedTime") else "no launch on record"
    snapshots = sorted(each["SnapshotId"] for each in disks if each.get("SnapshotId"))
    commands = [aws("ec2", "deregister-image", region, image_id=identifier)]
    commands += [aws("ec2", "delete-snapshot", region, snapshot_id=each) for each in snapshots]
    return Found(
        check="image-old",
        resource=f"arn:aws:ec2:{region}::image/{identifier}" if not region.startswith(("cn-", "us-gov-")) else identifier,
        title=f"image {named(identifier, tags | {'Name': image.get('Name', '')})} is old and launched by nothing",
        why=f"{age} days old, {launched}, {gib} GiB of snapshots at most{survey.prices.says(cost)}; {plain(image.get('Description', '')) or 'no description'}",
        fix=" && ".join(commands),
        tags=tags,
        monthly_cost=cost,
    )
