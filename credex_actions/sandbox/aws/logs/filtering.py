"""moto has no seam for filter patterns, so its backend's methods get ones that read the pattern first, and its matcher becomes ours."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Final

from moto.logs import models
from moto.logs.exceptions import InvalidParameterException

from credex_actions.sandbox.aws.logs.patterns import parse

_ORIGINALS: Final = {
    name: getattr(models.LogsBackend, name) for name in ("filter_log_events", "put_metric_filter", "put_subscription_filter")
}


class Message:
    """In place of moto's EventMessageFilter."""

    def __init__(self, pattern: str | None) -> None:
        self._matches = parse(pattern or "")

    def matches(self, message: str) -> bool:
        return self._matches(message)


def _refusing(original: Callable[..., Any]) -> Callable[..., Any]:
    names = signature(original)

    @wraps(original)
    def checked(*given: Any, **named: Any) -> Any:
        pattern = names.bind(*given, **named).arguments.get("filter_pattern")
        try:
            parse(pattern or "")
        except ValueError:
            raise InvalidParameterException("Invalid filter pattern") from None
        return original(*given, **named)

    return checked


def install() -> None:
    models.EventMessageFilter = Message  # type: ignore[attr-defined,assignment] # imported there, from moto's own module
    for name, original in _ORIGINALS.items():
        setattr(models.LogsBackend, name, _refusing(original))
