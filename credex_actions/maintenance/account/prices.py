"""What a finding costs, by the price list and by the configuration's own prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from credex_actions.maintenance.account.sizes import size_factor
from credex_actions.maintenance.catalogue.prices import HOURS, LARGE, PRICES

LEAST: Final = 0.01


@dataclass(frozen=True)
class Prices:
    """`own`: prices that replace those of the list, by the same names; `instance-m5.large` is one in USD a month."""

    own: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str, amount: float = 1) -> float | None:
        listed = PRICES.get(name)
        price = self.own.get(name, listed.usd if listed else None)
        return None if price is None else round(price * amount, 2)

    def volume(self, kind: str, gib: float) -> float | None:
        return self.of(f"volume-{kind}", gib)

    def instance(self, kind: str) -> float | None:
        own = self.own.get(f"instance-{kind}")
        if own is not None:
            return own
        family, _, size = kind.partition(".")
        factor = size_factor(size)
        return round(LARGE[family] * factor * HOURS, 2) if family in LARGE and factor else None

    def says(self, cost: float | None) -> str:
        """A clause for `why`; "" where the cost is not known, or is none. That it is an estimate, and by which list, the report says once."""
        return f", about {cost:.2f} USD a month" if cost and cost >= LEAST else ""
