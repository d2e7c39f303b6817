"""A Mermaid Gantt chart of what was done, and when, that is read on a phone too.

A bar's name stands left of the bars, in a column of its own: inside or beside them, Mermaid cuts what has no room.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from credex_actions.core.text import plain

LAYOUT: Final = '%%{init: {"gantt": {"leftPadding": 160, "rightPadding": 16, "barHeight": 26, "barGap": 6, "sectionFontSize": 11, "numberSectionStyles": 2}}}%%'
COLUMN: Final = 22
"""Characters of a name's line."""
MOST_TICKS: Final = 3
"""Beside the first one."""
MOST_BARS: Final = 24
"""A chart of more cannot be read; those that failed and the last ones stay."""
NO_NAME: Final = "\u200b"
"""Of a bar: Mermaid asks for one."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TICKS: Final = tuple(
    (count * seconds, f"{count}{unit}")
    for unit, seconds, counts in (
        ("second", 1, (1, 2, 5, 10, 15, 30)),
        ("minute", _MINUTE, (1, 2, 5, 10, 15, 30)),
        ("hour", _HOUR, (1, 2, 3, 6, 12)),
        ("day", _DAY, (1, 2, 7)),
    )
    for count in counts
)
"""In seconds, and as Mermaid is told. A count that does not fit into the next unit would not be kept to."""


class Bar(NamedTuple):
    """One bar, in seconds since the beginning. `failed` draws it as critical."""

    name: str
    begins: float
    ends: float
    failed: bool = False


def gantt(title: str, bars: Sequence[Bar]) -> str:
    """Its axis shows the minutes and seconds since the beginning; from an hour on, hours and minutes."""
    kept = sorted(range(len(bars)), key=lambda index: (bars[index].failed, index))[-MOST_BARS:]
    bars = [bars[index] for index in sorted(kept)]
    span = max((bar.ends for bar in bars), default=0)
    tick = next((name for seconds, name in _TICKS if span / seconds <= MOST_TICKS), _TICKS[-1][1])
    lines = [
        LAYOUT,
        "gantt",
        f"    title {_safe(title)[:30]}",
        "    dateFormat YYYY-MM-DD HH:mm:ss.SSS",
        f"    axisFormat {'%H:%M' if span >= _HOUR else '%M:%S'}",
        f"    tickInterval {tick}",
    ]
    for bar in bars:
        ends = max(bar.ends, bar.begins + max(span / 60, 0.001))  # a bar that took no time is seen all the same
        mark = "crit, " if bar.failed else ""
        lines += [f"    section {_named(bar)}", f"    {NO_NAME} :{mark}{_moment(bar.begins)}, {_moment(ends)}"]
    return "\n".join(lines)


def lasted(seconds: float) -> str:
    """`0.4 s`, `35 s`, `2 min 5 s`, `1 h 10 min`: without the colon, which Mermaid would read."""
    if seconds < 1:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(int(seconds), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _safe(text: str) -> str:
    """Nothing that Mermaid would read as syntax."""
    return " ".join(re.sub(r"[^\w ./-]", " ", plain(text)).split()) or "step"


def _named(bar: Bar) -> str:
    """The name on at most two lines; at the end of the last one stands how long it took."""
    from textwrap import wrap

    took = lasted(bar.ends - bar.begins)
    name = f"{'✗ ' if bar.failed else ''}{_safe(bar.name)}"
    lines = wrap(name, COLUMN)
    if len(lines) > 1 or len(lines[0]) + len(took) >= COLUMN:
        rest = " ".join(lines[1:])
        room = COLUMN - len(took) - 1
        lines = [lines[0], rest if len(rest) <= room else f"{rest[: room - 1].rstrip()}…"]
    return f"{'<br>'.join(lines)} {took}".replace("<br> ", "<br>")


def _moment(seconds: float) -> str:
    """As a local time, so that the axis counts from zero in whatever zone the reader's browser is."""
    from datetime import UTC, datetime, timedelta

    time = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(seconds * 1000))
    return time.replace(tzinfo=None).isoformat(" ", "milliseconds")
