"""How long looks at a rollout have shown the same: a part that lags behind the others shows within some seconds."""

from dataclasses import dataclass

from credex_actions.ecs.looks import LAG
from credex_actions.ecs.rollout.steps import Seen


@dataclass
class Settling:
    """`seconds`: of any clock that only grows."""

    _shown: tuple[object, ...] = ()
    _since: float = 0

    def settled(self, seen: Seen, deployment: str | None, seconds: float) -> bool:
        """What decisions about `deployment` rest on has been the same for LAG seconds."""
        primary, entry = seen.service.primary, seen.service.deployment(deployment)
        shown = (
            seen.service.desired,
            seen.rollout.status if seen.rollout else "",
            primary.id if primary else "",
            entry.rollout if entry else "",
        )
        if shown != self._shown:
            self._shown, self._since = shown, seconds
        return seconds - self._since >= LAG
