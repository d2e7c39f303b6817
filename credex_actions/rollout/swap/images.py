"""The AMI that databases are moved to: the one that was asked for, or the newest of the version that was built and has passed its boot test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from credex_actions.aws.tags import ENVIRONMENT, VERSION, as_mapping
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import EDITION, told
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.swap.note import Side
from credex_actions.rollout.versions.version import Version, read_version

UNKNOWN: Final = "ami-unknown"
"""In the place of an AMI, where a note needs one: no AMI has this id, so that nothing is made of it."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`root_of`: the snapshot that root volumes are made of. `record`: DescribeImages'."""

    image: str
    version: Version
    root_of: str
    record: Mapping[str, Any]

    @property
    def side(self) -> Side:
        return Side(image=self.image, version=self.version)


def asked_for(context: Context, image: str) -> Target:
    """Raises Failure(BAD_INPUT)."""
    found = _described(context, [{"Name": "image-id", "Values": [image]}])
    if not found:
        raise Failure(Exit.BAD_INPUT, Fault(f"the AMI {image} does not exist", "Check its id, the region and the account.", "image"))
    record = found[0]
    if record["State"] != "available":
        raise Failure(Exit.BAD_INPUT, Fault(f"the AMI {image} is {record['State']}", "Choose one that is available.", "image"))
    version = read_version(as_mapping(record.get("Tags")).get(VERSION, ""))
    if version is None:
        what = f"the AMI {image} has no tag {VERSION} with a version of Neo4j"
        hint = f"Set the tag to the version that is installed, such as {VERSION}=5.26.16, or use an AMI that --mode build has built."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "image"))
    return _target(record, version)


def built(context: Context, version: Version) -> Target:
    """Raises Failure(REFUSED) where there is none."""
    configured = context.asked.image
    wanted = {VERSION: str(version), EDITION: configured.edition, ENVIRONMENT: context.asked.environment}
    filters = [{"Name": "tag-key", "Values": [RECIPE]}, {"Name": "state", "Values": ["available"]}]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    proven = [record for record in _described(context, filters, Owners=["self"]) if told(record).proven]
    if not proven:
        what = f"there is no AMI of Neo4j {version} {configured.edition} for the environment {context.asked.environment or '(none)'} that has passed its boot test"
        raise Failure(Exit.REFUSED, Fault(what, f"Build it: --mode build --version {version}. Or name one: --image ami-….", "version"))
    return _target(max(proven, key=lambda each: (each["CreationDate"], each["ImageId"])), version)


def of_root(context: Context, snapshot: str, named: str) -> str:
    """The AMI that a root volume was made of, by its `snapshot`; UNKNOWN if none has that. `named`: what EC2 says of the instance, which is the AMI of its launch,
    or of the last replacement, also where another volume was put back since. One that is gone keeps its name.
    """
    found = _described(context, [{"Name": "image-id", "Values": [named]}])
    if not found or _root_snapshot(found[0]) == snapshot:
        return named
    every = _described(context, [{"Name": "state", "Values": ["available"]}], Owners=["self"])
    return next((str(each["ImageId"]) for each in every if snapshot and _root_snapshot(each) == snapshot), UNKNOWN)


def has_image(context: Context, image: str) -> bool:
    return any(each["State"] == "available" for each in _described(context, [{"Name": "image-id", "Values": [image]}]))


def _described(context: Context, filters: list[dict[str, Any]], **more: Any) -> list[Mapping[str, Any]]:
    ec2 = context.clients.read("ec2")
    found: list[Mapping[str, Any]] = look_again(context.clock, lambda: ec2.describe_images(Filters=filters, **more))["Images"]
    return found


def _target(record: Mapping[str, Any], version: Version) -> Target:
    snapshot = _root_snapshot(record)
    if not snapshot:
        what = f"the AMI {record['ImageId']} names no snapshot of its root volume: whether an instance runs from it would not be known"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Use an AMI whose root is an EBS volume made of a snapshot.", "image"))
    return Target(image=record["ImageId"], version=version, root_of=snapshot, record=record)


def _root_snapshot(record: Mapping[str, Any]) -> str:
    root, mappings = record.get("RootDeviceName", ""), record.get("BlockDeviceMappings", ())
    return next((str(each["Ebs"].get("SnapshotId", "")) for each in mappings if each.get("DeviceName") == root and "Ebs" in each), "")
