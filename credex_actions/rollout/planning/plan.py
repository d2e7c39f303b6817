"""A roll-out's plan as a value, with an id that changes when anything changes that it rests on. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

from credex_actions.core.durations import in_words
from credex_actions.core.faults import Fault
from credex_actions.core.loop import Refuse
from credex_actions.rollout.batches import Batch, batches
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.inside import Client

FORM: Final = 1
"""Of the JSON."""
DIGITS: Final = 8
"""Of a database's part of the id: 32 bits tell by accident the same only once in four thousand million."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What the change of one database rests on. No ages and no times are in it, nor what is connected, nor which backup is the newest.

    `user_data`: the digest of those that its root volume was booted with; `set_user_data`: of those that are set, which the diff begins from.
    """

    environment: str
    name: str
    database: str
    order: int
    instance: str
    instance_type: str
    image: str
    version: str
    volume: str
    user_data: str
    set_user_data: str
    new_image: str
    new_version: str
    recipe: str
    new_user_data: str
    rollout: Mapping[str, Any]

    @property
    def digest(self) -> str:
        return sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()[:DIGITS]


class Expected(NamedTuple):
    """`seconds`: None if it is not known. `by`: how it is known."""

    seconds: int | None
    by: str

    @property
    def span(self) -> timedelta | None:
        return None if self.seconds is None else timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        return f"about {in_words(timedelta(seconds=self.seconds))}, {self.by}" if self.seconds is not None else f"not known: {self.by}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one instance. `changes`: what does, a sentence each. `notes`: what its path takes. `backup`: its id, "" if there is none.

    `user_data`: the lines of their diff, empty where they stay.
    """

    basis: Basis
    changes: tuple[str, ...]
    expected: Expected
    backup: str = ""
    clients: tuple[Client, ...] = ()
    notes: tuple[str, ...] = ()
    user_data: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.basis.name


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`changes`: in the order in which they are rolled. `batch`, `bake`: of the configuration. `current`: databases that stay as they are, and why. `guard`: what the Terraform plan was judged to be."""

    environment: str
    made: datetime
    version: str
    image: str
    recipe: str
    changes: tuple[Change, ...]
    current: Mapping[str, str]
    gates: tuple[Gate, ...]
    guard: str
    notes: tuple[str, ...] = ()
    window: Gate | None = None
    batch: int = 1
    bake: timedelta = timedelta()

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Names of databases that are rolled at the same time, one batch after the other."""
        return batches([change.name for change in self.changes], self.batch)

    @property
    def lasts(self) -> Expected:
        """Until the last one was watched, where none waits for a person: each batch lasts as long as its slowest database."""
        known = {change.name: change.expected.seconds for change in self.changes}
        unknown = sum(seconds is None for seconds in known.values())
        down = sum(max(known[name] or 0 for name in batch) for batch in self.batches)
        seconds = down + int(self.bake.total_seconds()) * len(self.batches)
        without = f", without the downtime of {unknown} that is not known" if unknown else ""
        return Expected(seconds, f"{len(self.batches)} batch{'' if len(self.batches) == 1 else 'es'}{without}")

    @property
    def id(self) -> str:
        """A part for each database that changes, so that a roll-out that was cut off goes on by the same id: what is left has its part in it. "" if nothing changes."""
        return "-".join(change.basis.digest for change in self.changes)

    @property
    def outcome(self) -> str:
        return "planned" if self.changes else "current"

    @property
    def shut(self) -> list[Gate]:
        return [gate for gate in self.gates if gate.stops]

    def told(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "version": FORM,
            "plan-id": self.id,
            "made": self.made.astimezone(UTC).isoformat(timespec="seconds"),
            "environment": self.environment,
            "outcome": self.outcome,
            "neo4j": self.version,
            "image": self.image,
            "recipe": self.recipe,
            "changes": [_change(number, each) for number, each in enumerate(self.changes, 1)],
            "batches": [list(each) for each in self.batches],
            "lasts": {"seconds": self.lasts.seconds, "by": self.lasts.by} if self.changes else None,
            "current": dict(self.current),
            "gates": [gate.told() for gate in self.gates],
            "window": self.window.told() if self.window else None,
            "terraform": self.guard,
            "notes": list(self.notes),
        }


def _change(number: int, change: Change) -> dict[str, Any]:
    return {
        "number": number,
        "database": change.name,
        "digest": change.basis.digest,
        "rests-on": vars(change.basis),
        "changes": list(change.changes),
        "user-data": list(change.user_data),
        "expected-downtime": {"seconds": change.expected.seconds, "by": change.expected.by},
        "backup": change.backup or None,
        "connected": [each._asdict() for each in change.clients],
        "notes": list(change.notes),
    }


def judge(plan_id: str, plan: Plan) -> Refuse | None:
    """Whether `plan`, made now, is the one that was reviewed, or what is left of it. None if it is."""
    reviewed = plan_id.split("-")
    others = [change.name for change in plan.changes if change.basis.digest not in reviewed]
    if not others:
        return None
    which = ", ".join(others)
    what = f"refused: the plan {plan_id} is not what would be done now: what it rests on differs for {which}"
    hint = f"Review the plan of now, {plan.id}: --mode plan shows it."
    return Refuse((Fault(what, hint, "plan-id"),))


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The least critical first; by name where the order is the same."""
    return tuple(sorted(changes, key=lambda each: (each.basis.order, each.name)))
