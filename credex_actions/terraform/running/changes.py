"""What a plan changes, as far as a reviewer may see it, and an id of exactly that.

The id compares plans that were made apart, such as in the job that plans and the one that applies after an approval: a saved plan holds secrets, and does
not travel. So values that are sensitive are left out of it, since no reviewer saw them; that they change is part of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.text import one_line
from credex_actions.terraform.plan.change import Malformed, read
from credex_actions.terraform.running.saved_plan import Basis

HIDDEN: Final = "(sensitive)"
SIGNS: Final = {"create": "+", "update": "~", "delete": "-", "replace": "±", "forget": "x", "read": "<"}
MOST_ATTRIBUTES: Final = 12


class Planned(NamedTuple):
    """One change. `attributes`: the names of those that differ; `forces`: those that force the replacement."""

    address: str
    action: str
    attributes: tuple[str, ...]
    forces: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.attributes[:MOST_ATTRIBUTES]) + (", …" if self.attributes[MOST_ATTRIBUTES:] else "")
        forced = f"; forced by {', '.join(self.forces[:5])}" if self.forces and self.action == "replace" else ""
        return one_line(f"{SIGNS.get(self.action, '?')} {self.address}: {self.action}{f' ({names}{forced})' if names else ''}", 600)


class Changes:
    """A witness of a plan's entries (terraform/guarding.py)."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        self.outputs_change = False
        self._seen: list[str] = []

    def change(self, entry: object) -> None:
        try:
            change = read(entry)
        except Malformed:
            self._seen.append(_canonical(entry))  # the guard refuses it
            return
        if change.actions == ("no-op",):
            return
        assert isinstance(entry, Mapping)
        raw = entry["change"]
        before, after = raw.get("before"), raw.get("after")
        differing = tuple(_differing(before, after, raw.get("after_unknown")))
        visible = {
            **{key: entry.get(key) for key in ("address", "previous_address", "deposed", "action_reason")},
            **{key: raw.get(key) for key in ("actions", "after_unknown", "replace_paths", "importing")},
            "before": without(before, raw.get("before_sensitive")),
            "after": without(after, raw.get("after_sensitive")),
            "differing": differing,
        }
        self._seen.append(_canonical(visible))
        if change.managed:
            shown = differing if change.action in ("update", "replace") else ()
            self.planned.append(Planned(change.address, change.action or ", ".join(change.actions), shown, change.replace_paths))

    def drift(self, entry: object) -> None:
        """What it means is in the changes."""

    def deferred(self, entry: object) -> None:
        self.change(entry.get("resource_change") if isinstance(entry, Mapping) else entry)

    def outputs(self, changes: object) -> None:
        for name, raw in sorted(changes.items()) if isinstance(changes, Mapping) else ():
            if not isinstance(raw, Mapping) or raw.get("actions") == ["no-op"]:
                continue
            self.outputs_change = True
            visible = {
                "output": name,
                **{key: raw.get(key) for key in ("actions", "after_unknown")},
                "before": without(raw.get("before"), raw.get("before_sensitive")),
                "after": without(raw.get("after"), raw.get("after_sensitive")),
            }
            self._seen.append(_canonical(visible))

    def id(self, basis: Basis) -> str:
        return hashlib.sha256(_canonical([*sorted(self._seen), basis]).encode()).hexdigest()


def without(value: Any, sensitive: Any) -> Any:
    """`value` with what `sensitive` marks, as Terraform marks it: true, or the same structure with true inside."""
    if sensitive is True:
        return HIDDEN
    if isinstance(sensitive, Mapping) and isinstance(value, Mapping):
        return {key: without(member, sensitive.get(key)) for key, member in value.items()}
    if isinstance(sensitive, list) and isinstance(value, list):
        return [without(each, sensitive[index] if index < len(sensitive) else None) for index, each in enumerate(value)]
    return value


def _differing(before: Any, after: Any, unknown: Any) -> Iterator[str]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    later = unknown if isinstance(unknown, Mapping) else {}
    for name in sorted({*before, *after, *later}):
        if before.get(name) != after.get(name) or _holds_true(later.get(name)):
            yield name


def _holds_true(mark: Any) -> bool:
    if isinstance(mark, Mapping):
        return any(map(_holds_true, mark.values()))
    return any(map(_holds_true, mark)) if isinstance(mark, list) else mark is True


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
