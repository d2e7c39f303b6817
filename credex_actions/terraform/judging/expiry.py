"""Rules of a bucket that expire objects: whether any of them now expires what none did, or sooner than one did."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

_NEVER: Final = float("inf")
_NAMES: Final = ("days", "noncurrent_days", "newer_noncurrent_versions")


class _Expiry(NamedTuple):
    scope: str  # which objects the rule is about
    date: str
    days: float
    noncurrent: float
    kept: float  # newer noncurrent versions that stay

    def within(self, other: "_Expiry") -> bool:
        """Expires nothing that `other` does not, and nothing sooner."""
        same = self.scope == other.scope and (self.date in ("", other.date))
        return same and self.days >= other.days and self.noncurrent >= other.noncurrent and (self.kept >= other.kept)


def expires_more(before: Sequence[Any], after: Sequence[Any]) -> bool:
    former = list(_expiries(before))
    return any(not any(each.within(other) for other in former) for each in _expiries(after))


def _expiries(rules: Sequence[Any]) -> Iterator[_Expiry]:
    for rule in rules:
        if not isinstance(rule, Mapping):
            yield _Expiry(json.dumps(rule, sort_keys=True), "", 0, 0, 0)  # not understood: taken for one that expires all
            continue
        if rule.get("status") == "Disabled" or rule.get("enabled") is False:
            continue
        current, noncurrent = _first(rule, "expiration"), _first(rule, "noncurrent_version_expiration")
        days = _days(current, "days")
        date = str(current.get("date") or "")
        older = _days(noncurrent, "noncurrent_days", "days")
        if days < _NEVER or date or older < _NEVER:
            scope = {name: rule.get(name) for name in ("filter", "prefix", "tags")}
            yield _Expiry(json.dumps(scope, sort_keys=True), date, days, older, _number(noncurrent.get("newer_noncurrent_versions"), 0))


def _first(rule: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    blocks = rule.get(name)
    if not blocks:
        return {}
    if isinstance(blocks, list) and isinstance(blocks[0], Mapping) and len(blocks) == 1:
        return blocks[0]
    return dict.fromkeys(_NAMES, -1)  # not understood: taken for one that expires at once


def _days(block: Mapping[str, Any], *names: str) -> float:
    return min((_number(block[name], _NEVER) for name in names if block.get(name)), default=_NEVER)


def _number(value: object, none: float) -> float:
    if not value:
        return none
    return float(value) if isinstance(value, int | float) else 0.0
