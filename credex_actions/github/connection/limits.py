"""When GitHub asks to come again later: pure. Source: GitHub docs, "Rate limits for the REST API", "Exceeding the rate limit"."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite, nan
from typing import Final

UNSAID: Final = 60.0
"""Seconds to wait where a secondary limit does not say how long. Source: as above, "at least one minute"."""
FORBIDDEN, TOO_MANY = 403, 429


def asked_to_wait(status: int, headers: Mapping[str, str], message: str) -> float | None:
    """Seconds; None if the answer is about no limit. `retry-after` counts first, then the quota's reset by the server's own clock."""
    if status not in (FORBIDDEN, TOO_MANY):
        return None
    if (after := _number(headers.get("retry-after"))) is not None:
        return max(after, 1.0)
    if headers.get("x-ratelimit-remaining") == "0":
        reset, now = _number(headers.get("x-ratelimit-reset")), server_time(headers)
        return max(reset - now, 1.0) + 1.0 if reset is not None and now is not None else UNSAID
    if status == TOO_MANY or "secondary rate limit" in message.lower() or "abuse detection" in message.lower():
        return UNSAID
    return None


def server_time(headers: Mapping[str, str]) -> float | None:
    """Seconds since the epoch by the answer's Date."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else nan
    except ValueError:
        return None
    return number if isfinite(number) else None
