"""What a volume is requested with that is to be like another one. Pure."""

from collections.abc import Mapping
from typing import Any, Final

SETTABLE: Final[Mapping[str, frozenset[str]]] = {"Iops": frozenset(("gp3", "io1", "io2")), "Throughput": frozenset(("gp3",))}
"""The types for which a request may say it; EC2 describes it of others, too. Source: EC2 API reference, CreateVolume."""


def like_volume(record: Mapping[str, Any]) -> dict[str, Any]:
    """Type, performance and encryption, from DescribeVolumes' record: as CreateVolume, and the block devices of RunInstances, name them. Not the size, whose name differs."""
    kind = record.get("VolumeType", "")
    found = {"VolumeType": kind} if kind else {}
    found |= {key: record[key] for key, kinds in SETTABLE.items() if kind in kinds and record.get(key)}
    if record.get("Encrypted"):
        found["Encrypted"] = True
        if key := record.get("KmsKeyId"):
            found["KmsKeyId"] = key
    return found
