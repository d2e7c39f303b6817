"""Charts as inline SVG. Only shapes are in it: the words stand beside it as HTML, so that they keep their size on a telephone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.finding import Chart

MOST_BARS: Final = 15
MOST_POINTS: Final = 1_000
"""More cannot be told apart."""
HUNDRED: Final = 100.0
LONGEST_SYMBOL: Final = 3
"""Characters of a unit that is no word: s, ms, MiB."""


def chart(given: Chart) -> str:
    """An element `figure`; "" where there is nothing to draw, such as one point of time."""
    drawn = _bars(given) if given.kind == "bars" else _line(given)
    if not drawn:
        return ""
    return f"<figure><figcaption>{_shown(given.title)}</figcaption>{drawn}</figure>"


def _bars(given: Chart) -> str:
    points = given.points[:MOST_BARS]
    most = max((value for _, value in points), default=0.0)
    if not points:
        return ""
    rows = "".join(
        f'<span class="label">{_shown(label)}</span>'
        f'<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="{HUNDRED * max(value, 0.0) / most if most > 0 else 0:.2f}" height="1"/></svg>'
        f'<span class="value">{_shown(number(value, given.unit))}</span>'
        for label, value in points
    )
    left = len(given.points) - len(points)
    return f'<div class="bars">{rows}</div>' + (f'<p class="soft">and {left:,} more</p>' if left else "")


def _line(given: Chart) -> str:
    points = sorted(_timed(given.points))
    if not points or points[0][0] == points[-1][0]:
        return ""
    points = [*points[: -1 : -(-len(points) // MOST_POINTS)], points[-1]]
    first, last = points[0][0], points[-1][0]
    values = [value for _, value in points]
    least, most = min(0.0, *values), max(0.0, *values)
    span, height = (last - first).total_seconds(), most - least or 1.0
    at = [(HUNDRED * (moment - first).total_seconds() / span, HUNDRED * (most - value) / height) for moment, value in points]
    corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in at)
    same_day = first.date() == last.date()
    form = "%H:%M" if same_day else "%Y-%m-%d"
    words = (
        f"{given.title}: from {number(values[0], given.unit)} on {first:%Y-%m-%d} to {number(values[-1], given.unit)} on {last:%Y-%m-%d}"
    )
    return (
        f'<div class="plot"><div class="axis up"><span>{_shown(number(most, given.unit))}</span><span>{_shown(number(least, given.unit))}</span></div>'
        f'<svg viewBox="0 -2 100 104" preserveAspectRatio="none" role="img" aria-label="{_shown(words)}"><polyline points="{corners}"/></svg>'
        f'<div class="axis along"><span>{first:{form}}</span><span>{last:{form}}</span></div></div>'
    )


def _timed(points: Sequence[tuple[str, float]]) -> Iterator[tuple[datetime, float]]:
    """Those with a time and a number; a time without a zone is UTC's, as the others are brought to it."""
    from datetime import UTC

    for label, value in points:
        try:
            moment = datetime.fromisoformat(label)
        except ValueError:
            continue
        if value == value and abs(value) != float("inf"):  # noqa: PLR0124 - NaN is the number that it is not
            yield (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), value


def number(value: float, unit: str) -> str:
    """`1,234 USD`, `0.25 ms`, `12 %`, `1 day`."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - three digits are enough
    return f"{value:,.{digits}f} {unit.removesuffix('s') if value == 1 and len(unit) > LONGEST_SYMBOL else unit}".rstrip()


def _shown(text: str) -> str:
    return escape(one_line(text, 200))
