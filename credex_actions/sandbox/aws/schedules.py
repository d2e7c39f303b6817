"""EventBridge Scheduler as deployments meet it: moto's schedules, which an update replaces whole and whose StartDate may not have passed."""

from typing import Any

from moto.scheduler.models import Schedule

_described, _updated = Schedule.to_dict, Schedule.update


def to_dict(self: Any, short: bool = False) -> dict[str, Any]:
    """What was not given is not in the answer."""
    return {name: value for name, value in _described(self, short).items() if value is not None}


def update(self: Any, **given: Any) -> None:
    """Source: EventBridge Scheduler API reference, UpdateSchedule: what is not sent falls back to its default, and StartDate is checked again."""
    former = self.schedule_expression
    self.schedule_expression = given["schedule_expression"]
    try:
        self._validate_start_date(given["start_date"])
    except Exception:
        self.schedule_expression = former
        raise
    _updated(self, **given)
    self.state = self.state or "ENABLED"


def install() -> None:
    Schedule.to_dict = to_dict  # type: ignore[method-assign]
    Schedule.update = update  # type: ignore[method-assign,assignment]
