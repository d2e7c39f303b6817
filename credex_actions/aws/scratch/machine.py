"""A scratch instance as EC2 describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

ENDED: Final = frozenset(("shutting-down", "terminated"))
ALIVE: Final = ("pending", "running", "stopping", "stopped")
NEXT: Final = {"pending": "running", "stopping": "stopped", "shutting-down": "terminated"}
"""The state that each state becomes by itself."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`state`: as EC2 names it. `volumes`: those that are attached."""

    instance: str
    state: str
    launched: datetime
    volumes: tuple[str, ...] = ()

    def later(self) -> "Machine":
        return replace(self, state=NEXT.get(self.state, self.state))

    def going(self) -> "Machine":
        """After its termination."""
        return replace(self, state="shutting-down")


def told(record: Mapping[str, Any]) -> Machine:
    """`record`: DescribeInstances' or RunInstances'."""
    volumes = tuple(each["Ebs"]["VolumeId"] for each in record.get("BlockDeviceMappings", ()) if "Ebs" in each)
    return Machine(instance=record["InstanceId"], state=record["State"]["Name"], launched=record["LaunchTime"], volumes=volumes)
