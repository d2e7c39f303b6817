"""The file systems of an instance that the CloudWatch agent measures: an alarm on one has to name all dimensions of its metric."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from credex_actions.maintenance.account.found import Record
from credex_actions.maintenance.account.reading import Unreadable
from credex_actions.maintenance.account.survey import Survey

NAMESPACE: Final = "CWAgent"
METRIC: Final = "disk_used_percent"
IN_MEMORY: Final = frozenset(("tmpfs", "devtmpfs", "ramfs", "overlay", "squashfs", "efivarfs", "vfat"))
"""Types of file systems that hold no data: of memory, of containers and packages, of firmware."""


class Disk(NamedTuple):
    """`dimensions`: of its metric."""

    path: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def word(self) -> str:
        return re.sub(r"[^A-Za-z0-9]+", "-", self.path).strip("-") or "root"


def measured(survey: Survey, instance: str) -> tuple[Disk, ...]:
    """Those with values within the last three hours. () also where they cannot be listed: that the alarm is missing is known all the same."""
    try:
        metrics = survey.reading.pages(
            "cloudwatch",
            "list_metrics",
            "Metrics",
            Namespace=NAMESPACE,
            MetricName=METRIC,
            Dimensions=[{"Name": "InstanceId", "Value": instance}],
            RecentlyActive="PT3H",
        )
        return tuple(sorted(disks(metrics)))
    except Unreadable:
        return ()


def disks(metrics: Iterable[Record]) -> Iterator[Disk]:
    """One for each path. A metric is published under several sets of dimensions where the agent aggregates it: that with the most is of the file system itself."""
    by_path: dict[str, dict[str, str]] = {}
    for metric in metrics:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
        path = dimensions.get("path", "")
        if path and dimensions.get("fstype") not in IN_MEMORY and len(dimensions) > len(by_path.get(path, ())):
            by_path[path] = dimensions
    yield from (Disk(path, tuple(dimensions.items())) for path, dimensions in by_path.items())
