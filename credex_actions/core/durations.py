"""Spans of time as files of ours write them: `90d`, `12h`, `30m`, `45s`, and sums such as `1d12h`."""

import re
from datetime import timedelta
from typing import Final

PATTERN: Final = r"^(?=.)([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$"


def duration(text: str) -> timedelta:
    """Raises ValueError where `text` is not of PATTERN."""
    found = re.match(PATTERN, text, re.ASCII)
    if not found:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part[:-1]) if part else 0 for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def in_words(span: timedelta) -> str:
    """The two largest units: `3 d 4 h`, `12 min`, `40 s`."""
    left = max(int(span.total_seconds()), 0)
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
