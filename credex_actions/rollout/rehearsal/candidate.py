"""The AMI that is to replace those of the databases, as a rehearsal and a plan need to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from credex_actions.aws.tags import as_mapping
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.rehearsal.note import NO_RECIPE
from credex_actions.rollout.swap.images import Target
from credex_actions.rollout.versions.version import Version


@dataclass(frozen=True)
class Candidate:
    """`recipe`: "-" for one that was not built here. `root_size`: GiB. `root_type`: of its volume. `root_of`: the snapshot that root volumes are made of. `record`: DescribeImages'. `encrypted`: its root volume."""

    image: str
    version: Version
    recipe: str
    root_device: str
    root_size: int
    root_of: str = ""
    name: str = ""
    root_type: str = "gp2"
    record: Mapping[str, Any] = field(default_factory=dict)
    encrypted: bool = False


def candidate_of(target: Target) -> Candidate:
    record = target.record
    device = record.get("RootDeviceName", "/dev/xvda")
    mappings = record.get("BlockDeviceMappings", ())
    root: Mapping[str, Any] = next((each["Ebs"] for each in mappings if each.get("DeviceName") == device and "Ebs" in each), {})
    return Candidate(
        image=target.image,
        version=target.version,
        recipe=as_mapping(record.get("Tags")).get(RECIPE, NO_RECIPE),
        root_device=device,
        root_size=int(root.get("VolumeSize", 0)),
        root_of=target.root_of,
        name=record.get("Name", ""),
        root_type=root.get("VolumeType", "gp2"),
        record=record,
        encrypted=bool(root.get("Encrypted")),
    )
