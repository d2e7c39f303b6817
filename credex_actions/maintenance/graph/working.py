"""Slow queries, and indexes that nobody reads or that have failed. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from credex_actions.core.durations import in_words
from credex_actions.core.text import one_line
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.graph.observed import Index, Log, Query

SLOW: Final = "query-slow"
UNUSED: Final = "index-unused"
LOOKUP: Final = "LOOKUP"
"""The kind of index that finds nodes by their labels: the planner needs it, whether or not it is counted."""


def running(resource: str, queries: Iterable[Query], seconds: float) -> Iterator[Finding]:
    for query in queries:
        if query.seconds >= seconds:
            yield Finding(
                check=SLOW,
                severity="medium",
                resource=resource,
                key=f"running {_digest(query.shape)}",
                title=f"a query of {resource} has been running for {in_words(timedelta(seconds=query.seconds))}",
                why=one_line(f"{query.transaction}, of the user {query.user}: {query.shape}", 400),
                fix=f'TERMINATE TRANSACTION "{one_line(query.transaction, 80)}" ends it; PROFILE shows what it does.',
            )


def logged(resource: str, log: Log | None, times: float) -> Iterator[Finding]:
    for each in log.slow if log else ():
        if each.times >= times:
            yield Finding(
                check=SLOW,
                severity="low",
                resource=resource,
                key=_digest(each.shape),
                title=f"a query of {resource} was slow {each.times} times",
                why=one_line(f"{each.milliseconds / each.times:.0f} ms on average, {each.longest} ms at most: {each.shape}", 500),
                fix="PROFILE it with typical parameters; look for scans without an index, and for rows that multiply.",
            )


def indexes(resource: str, found: Iterable[Index], now: datetime, days: float) -> Iterator[Finding]:
    for each in found:
        if each.state == "FAILED":
            yield Finding(
                check=UNUSED, severity="high", resource=resource, key=each.name, title=one_line(f"the index {each.name} of {resource} has failed"),
                why=one_line(f"{each.on}: queries that would use it scan instead."), fix=f"DROP INDEX {_quoted(each.name)}, then create it again.",
            )  # fmt: skip
        elif _unused(each, now, days):
            assert each.since
            yield Finding(
                check=UNUSED,
                severity="low",
                resource=resource,
                key=each.name,
                title=one_line(f"the index {each.name} of {resource} is not used"),
                why=one_line(f"{each.on} has not been read since {each.since:%Y-%m-%d}, and every write maintains it."),
                fix=f"DROP INDEX {_quoted(each.name)}",
            )


def counted_for(index: Index, now: datetime, days: float) -> bool:
    """A DBMS counts from a few seconds after the start of an index on."""
    return index.since is not None and index.reads is not None and now - index.since >= timedelta(days=days)


def _unused(index: Index, now: datetime, days: float) -> bool:
    """A constraint's index is what keeps it."""
    if index.kind == LOOKUP or index.constraint or not counted_for(index, now, days):
        return False
    return index.last_read is None or now - index.last_read >= timedelta(days=days)


def _quoted(name: str) -> str:
    return "`{}`".format(one_line(name).replace("`", "``"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
