"""The timeline of a roll-out as a value: what was done when, and how long each database did not respond."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from credex_actions.core.faults import Exit
from credex_actions.core.timeline import Bar
from credex_actions.rollout.context import Context
from credex_actions.rollout.rolling.outcome import Result, Rolled

IDS: Final = re.compile(r"(?: (?:of|on|by|from|to))? (?:i|vol|ami|snap)-[0-9a-f]+")
"""What a bar has no room for."""
STEPS_OF: Final = 3
"""Databases whose steps a chart has room for."""


def timeline(context: Context, result: Result, began: datetime, ended: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "run": context.run,
        "environment": context.asked.environment,
        "mode": context.asked.mode,
        "began": _time(began),
        "ended": _time(ended),
        "databases": [_database(each) for each in result.databases],
    }


def _database(rolled: Rolled) -> dict[str, Any]:
    return {
        "name": rolled.name,
        "outcome": rolled.outcome,
        "stopped": _time(rolled.stopped),
        "responded": _time(rolled.back),
        "downtime-seconds": None if rolled.downtime is None else round(rolled.downtime, 1),
        "steps": [
            {"step": str(step), "began": _time(sent.began), "ended": _time(sent.ended), "times": sent.times}
            for run in rolled.runs
            for step, sent in run.sent.items()
        ],
        "waits": [{"for": each.why, "began": _time(each.began), "ended": _time(each.ended)} for run in rolled.runs for each in run.waits],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


def bars(databases: Sequence[Rolled], began: datetime, ended: datetime) -> list[Bar]:
    """In the order in which they began, one chart for all databases. Of many, each has one bar: the steps are in the timeline's file."""
    if len(databases) > STEPS_OF:
        wholes = [_whole(each, list(_bars(each, began, ended))) for each in databases]
        return sorted((bar for bar in wholes if bar), key=lambda bar: (bar.begins, bar.ends))
    found = [bar._replace(name=f"{each.name} {IDS.sub('', bar.name)}") for each in databases for bar in _bars(each, began, ended)]
    return sorted(found, key=lambda bar: (bar.begins, bar.ends))


def _whole(rolled: Rolled, of: Sequence[Bar]) -> Bar | None:
    if not of:
        return None
    name = f"{rolled.name} {rolled.outcome}"
    return Bar(name, min(bar.begins for bar in of), max(bar.ends for bar in of), failed=rolled.code is not Exit.DONE)


def _bars(rolled: Rolled, began: datetime, ended: datetime) -> Iterator[Bar]:
    def bar(name: str, begins: datetime, ends: datetime, *, failed: bool = False) -> Bar:
        return Bar(name, (begins - began).total_seconds(), (ends - began).total_seconds(), failed)

    if rolled.stopped and rolled.back:
        yield bar("without service", rolled.stopped, rolled.back)
    for run in rolled.runs:
        yield from (bar(str(step), sent.began, sent.ended or ended, failed=sent.ended is None) for step, sent in run.sent.items())
        yield from (bar(each.why, each.began, each.ended) for each in run.waits)
