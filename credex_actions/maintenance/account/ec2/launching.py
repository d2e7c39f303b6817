"""What the next instance would be launched from: launch templates (their default and latest versions) and launch configurations."""

from collections.abc import Iterator
from dataclasses import dataclass

from credex_actions.maintenance.account.found import Record
from credex_actions.maintenance.account.survey import Survey


@dataclass(frozen=True)
class Launching:
    images: frozenset[str]
    snapshots: frozenset[str]
    groups: frozenset[str]


def launching(survey: Survey) -> Launching:
    records = [*_templates(survey), *_configurations(survey)]
    mappings = (mapping for each in records for mapping in each.get("BlockDeviceMappings") or ())
    return Launching(
        images=frozenset(each["ImageId"] for each in records if each.get("ImageId")),
        snapshots=frozenset(mapping["Ebs"]["SnapshotId"] for mapping in mappings if (mapping.get("Ebs") or {}).get("SnapshotId")),
        groups=frozenset(group for each in records for group in _groups(each)),
    )


def _templates(survey: Survey) -> Iterator[Record]:
    """Older versions are launched only by those who name their number: nothing tells who does."""
    templates = survey.reading.pages("ec2", "describe_launch_templates", "LaunchTemplates", PaginationConfig={"PageSize": 200})
    for template in templates:
        versions = survey.reading.pages(
            "ec2",
            "describe_launch_template_versions",
            "LaunchTemplateVersions",
            LaunchTemplateId=template["LaunchTemplateId"],
            Versions=["$Default", "$Latest"],
        )
        for version in versions:
            yield version["LaunchTemplateData"]


def _configurations(survey: Survey) -> Iterator[Record]:
    return survey.reading.pages("autoscaling", "describe_launch_configurations", "LaunchConfigurations")


def _groups(record: Record) -> Iterator[str]:
    yield from record.get("SecurityGroupIds") or ()
    yield from record.get("SecurityGroups") or ()
    for interface in record.get("NetworkInterfaces") or ():
        yield from interface.get("Groups") or ()
