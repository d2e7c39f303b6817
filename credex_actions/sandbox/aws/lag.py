"""Reads that lag behind: Describe and List calls of ECS, and those of CodeDeploy, answer as the world was some seconds ago. Writes see it as it is."""

from collections import deque
from copy import deepcopy

from credex_actions.sandbox.aws.ecs.region import Region

EVERY: float = 0.1
"""Seconds between two states that are kept."""


class Lag:
    """`seconds`: how far reads are behind. What was before it was ordered is never shown."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._kept: dict[tuple[str, str], deque[tuple[float, Region]]] = {}

    def order(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept.clear()

    def keep(self, region: Region, now: float) -> None:
        """To be called often; the state of now is what is shown in `seconds`."""
        if not self.seconds:
            return
        kept = self._kept.setdefault((region.account, region.name), deque())
        if not kept or now - kept[-1][0] >= EVERY:
            kept.append((now, deepcopy(region)))
        while len(kept) > 1 and kept[1][0] <= now - self.seconds:
            kept.popleft()

    def shown(self, region: Region, operation: str, now: float) -> Region:
        """The region that an operation is answered from."""
        if not self.seconds or not operation.startswith(("Describe", "List")):
            return region
        self.keep(region, now)
        return self._kept[region.account, region.name][0][1]
