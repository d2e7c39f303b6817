"""Which patterns of errors are new, or have been found before and go on. Pure, but for the lines that it is given."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from shlex import quote
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, cast, get_args

from credex_actions.core.text import one_line
from credex_actions.maintenance.checking import counted
from credex_actions.maintenance.finding import Chart, Finding
from credex_actions.maintenance.logs.lines import error_in
from credex_actions.maintenance.logs.mining import Miner, Pattern
from credex_actions.maintenance.logs.reading import Line

CHECK: Final = "log-pattern-new"
MOST: Final = 20
"""Findings of one group: more have one cause."""
FREQUENT: Final = 100
"""Lines a day from which on a new pattern is grave."""
STEADY: Final = timedelta(days=1)
How: TypeAlias = Literal["first", "new", "more"]
"""How a pattern was found: by a first report, by a later one, or as one of too many."""


@dataclass
class Reviewed:
    """One log group. `lines`: all that were read, errors or not."""

    name: str
    miner: Miner
    lines: int = 0
    errors: int = 0

    @property
    def note(self) -> str:
        found = self.miner.patterns()
        known = f", {sum(each.known for each in found)} of them known" if found else ""
        forgotten = f"; {counted(self.miner.forgotten, 'rare pattern')} forgotten" if self.miner.forgotten else ""
        return f"{self.name}: {counted(self.errors, 'error')} in {counted(self.lines, 'line')}, {counted(len(found), 'pattern')}{known}{forgotten}"


Before: TypeAlias = Mapping[str, How]
"""By digests of templates."""


def review(
    name: str, lines: Iterable[Line], known: Iterable[str], hide: Callable[[str], str], before: Before = MappingProxyType({})
) -> Reviewed:
    """`before`: what was found and may go on."""
    reviewed = Reviewed(name, Miner(sorted(known, key=lambda template: (digest(template) not in before, template)), hide))
    for line in lines:
        reviewed.lines += 1
        message = error_in(line.text)
        if message is not None:
            reviewed.errors += 1
            reviewed.miner.add(message, line.at)
    return reviewed


def found(reviewed: Reviewed, times: float, *, compared: bool, before: Before = MappingProxyType({})) -> dict[str, How]:
    """`compared`: there was an earlier report. What was found before stays found until it stays away: an error that goes on is not solved."""
    ways: dict[str, How] = {}
    number = 0
    for pattern in reviewed.miner.patterns():
        identity = digest(pattern.template)
        if pattern.known:
            if identity in before:
                ways[identity] = before[identity]
        elif pattern.count >= times:
            number += 1
            ways[identity] = "more" if number > MOST else "new" if compared else "first"
    return ways


def findings(reviewed: Reviewed, ways: Before) -> Iterator[Finding]:
    rest = []
    for pattern in reviewed.miner.patterns():
        how = ways.get(digest(pattern.template))
        if how == "more":
            rest.append(pattern)
        elif how:
            yield _finding(reviewed.name, pattern, how)
    if rest:
        lines = sum(each.count for each in rest)
        yield Finding(
            check=CHECK, severity="low", resource=reviewed.name, key="more", title=f"{reviewed.name} has {counted(len(rest), 'more pattern')} of errors",
            why=f"They have {lines:,} lines, each fewer than {rest[0].count + 1:,}.", fix=_tail(reviewed.name, rest[0]),
        )  # fmt: skip


def written(ways: Before) -> tuple[str, ...]:
    return tuple(f"{how} {identity}" for identity, how in ways.items())


def read(texts: Iterable[str]) -> dict[str, How]:
    """What `written` wrote; anything else counts for nothing."""
    words = (text.partition(" ") for text in texts)
    return {identity: cast("How", how) for how, _, identity in words if how in get_args(How)}


def _finding(name: str, pattern: Pattern, how: How) -> Finding:
    assert pattern.first
    assert pattern.last
    span = pattern.last - pattern.first
    a_day = pattern.count / max(span / STEADY, 1)
    when = f"from {_time(pattern.first)} to {_time(pattern.last)}" if span else f"at {_time(pattern.first)}"
    news = "the earlier report did not have it" if how == "new" else "there is no earlier report to compare with"
    if pattern.known:
        news = "the earlier report has it too, and it goes on"
    return Finding(
        check=CHECK,
        severity="low" if how == "first" else "high" if a_day >= FREQUENT else "medium",
        resource=name,
        key=digest(pattern.template),
        title=one_line(f"{name}: {pattern.template}", 160),
        why=one_line(f"{counted(pattern.count, 'line')} {when}; {news}. For example: {pattern.sample}", 500),
        fix=_tail(name, pattern),
    )


def _tail(name: str, pattern: Pattern) -> str:
    """In the console's own words, without what may be in a pattern."""
    since = f"{pattern.first:%Y-%m-%dT%H:%M:%SZ}" if pattern.first else ""
    return f"aws logs tail {quote(name)} --since {since} --filter-pattern '?ERROR ?Error ?error ?Exception'"


def digest(template: str) -> str:
    return hashlib.sha256(template.encode()).hexdigest()[:12]


def chart(reviewed: Reviewed, begin: datetime, end: datetime) -> Chart:
    """Errors by hour, or by day where that would be too many."""
    step = timedelta(hours=1) if end - begin <= timedelta(days=3) else timedelta(days=1)
    sums: dict[datetime, int] = {}
    for pattern in reviewed.miner.patterns():
        for hour, count in pattern.hours.items():
            at = hour if step < timedelta(days=1) else hour.replace(hour=0)
            sums[at] = sums.get(at, 0) + count
    points = tuple((at.isoformat(timespec="seconds"), float(sums[at])) for at in sorted(sums))
    return Chart(f"Errors in {reviewed.name} by {'hour' if step < timedelta(days=1) else 'day'}", "lines", "line", points)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
