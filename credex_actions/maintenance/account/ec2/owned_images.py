"""The account's own images: whether an instance runs Neo4j, which snapshots are needed and which images are old is all read from them."""

from credex_actions.maintenance.account.found import Record, tags_of
from credex_actions.maintenance.account.survey import Survey


def owned_images(survey: Survey) -> tuple[Record, ...]:
    return tuple(survey.reading.pages("ec2", "describe_images", "Images", Owners=["self"]))


def neo4j_images(survey: Survey) -> frozenset[str]:
    """Those that neo4j-ami-rollout has built, or whose name says what they are."""
    return frozenset(
        each["ImageId"]
        for each in survey.shared(owned_images)
        if "credex:neo4j-version" in tags_of(each) or "neo4j" in each.get("Name", "").lower()
    )


def snapshots_of_images(survey: Survey) -> frozenset[str]:
    mappings = (mapping for image in survey.shared(owned_images) for mapping in image.get("BlockDeviceMappings", ()))
    return frozenset(mapping["Ebs"]["SnapshotId"] for mapping in mappings if mapping.get("Ebs", {}).get("SnapshotId"))
