"""One region of one account, looked at for many checks: what several of them need is read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar, cast

from credex_actions.maintenance.account.found import Found, plain
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.reading import Reading, Unreadable
from credex_actions.maintenance.catalogue.account import CHECKS
from credex_actions.maintenance.context import Scope
from credex_actions.maintenance.finding import Finding

R = TypeVar("R")
SEVERITIES = {each.name: each.severity for each in CHECKS}
DEFAULTS = {each.name: {name: setting.default for name, setting in each.settings.items()} for each in CHECKS}


@dataclass
class _Once:
    """What a look gave, or why it gave nothing: a service that denies one question is not asked it again for the next check."""

    lock: Lock = field(default_factory=Lock)
    result: Any = None
    error: Unreadable | None = None
    done: bool = False


@dataclass
class Survey:
    """`siblings`: the regions of the same account that are looked at, this one among them."""

    scope: Scope
    reading: Reading
    now: datetime
    settings: Mapping[str, Mapping[str, float]]
    prices: Prices
    siblings: "tuple[Survey, ...]" = ()
    _shared: dict[Any, _Once] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def setting(self, check: str, name: str) -> float:
        return self.settings.get(check, {}).get(name, DEFAULTS[check][name])

    def shared(self, look: Callable[["Survey"], R]) -> R:
        """`look(self)`, once for all who ask. Raises Unreadable, to each of them."""
        with self._lock:
            once = self._shared.setdefault(look, _Once())
        with once.lock:
            if not once.done:
                try:
                    once.result = look(self)
                except Unreadable as error:
                    once.error = error
                once.done = True
        if once.error:
            raise once.error
        return cast("R", once.result)

    def known(self, look: Callable[["Survey"], R]) -> R | None:
        """What `look` gave, if it was asked for and gave something."""
        once = self._shared.get(look)
        return cast("R", once.result) if once and once.done and not once.error else None

    def finding(self, found: Found) -> Finding:
        owner = next((found.tags[tag] for tag in self.scope.owner_tags if found.tags.get(tag)), "")
        return Finding(
            check=found.check,
            severity=found.severity or SEVERITIES[found.check],
            resource=found.resource,
            title=found.title,
            why=found.why,
            fix=found.fix,
            account=self.scope.account,
            region=self.scope.region if found.region is None else found.region,
            monthly_cost=found.monthly_cost,
            owner=plain(owner),
            key=found.key,
        )

    def arn(self, service: str, rest: str) -> str:
        return f"arn:{partition(self.scope.region)}:{service}:{self.scope.region}:{self.scope.account}:{rest}"


def partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
