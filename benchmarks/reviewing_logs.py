"""Reviewing a log of many lines: lines a second, and the peak of the memory, which does not grow with their number."""

import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.row import Row

LINES = 10_000_000
FEW = 100_000
SERVICES = ("api", "auth", "billing", "graph", "mailer", "search", "sync", "worker")
FAULTS = ("connection refused", "deadline exceeded", "no such account", "permission denied", "pool exhausted", "stale bookmark")


def lines(number: int, errors: float) -> Iterator[tuple[datetime, str]]:
    chance = random.Random(14)  # noqa: S311 - the same lines each time
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for _ in range(number):
        at += timedelta(milliseconds=60)
        service, request = chance.choice(SERVICES), f"{chance.getrandbits(64):016x}"
        if chance.random() < errors:
            text = f"ERROR {service}: request {request} of user{chance.randrange(10_000)} at 10.0.{chance.randrange(256)}.7 failed after {chance.randrange(9_000)} ms: {chance.choice(FAULTS)}"
        else:
            text = f"INFO {service}: request {request} done in {chance.randrange(900)} ms"
        yield at, text


def reviewed(number: int, errors: float) -> tuple[float, int]:
    """Seconds of the review itself, and how many patterns there are. Making the lines is timed apart, and taken off."""
    from credex_actions.maintenance.logs import patterns
    from credex_actions.maintenance.logs.hiding import hidden
    from credex_actions.maintenance.logs.reading import Line

    began = time.perf_counter()
    for _ in lines(number, errors):
        pass
    made = time.perf_counter() - began
    began = time.perf_counter()
    found = patterns.review("/app", (Line(*each) for each in lines(number, errors)), (), lambda text: hidden(text, lambda same: same))
    return time.perf_counter() - began - made, len(found.miner.patterns())


def peak() -> float:
    """MiB of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rows(number: int = LINES) -> Iterator[Row]:
    reviewed(FEW, 0.02)
    before = peak()
    seconds, patterns = reviewed(number, 0.02)
    yield Row(f"review {number / 1e6:g} million lines of logs, 2% errors", f"{seconds:.0f} s", f"{number / seconds:,.0f} a second")
    yield Row(
        f"the same, memory beyond that of {FEW:,} lines ({patterns} patterns)",
        f"{peak() - before:.1f} MiB",
        value=peak() - before,
        limit=16,
    )
    seconds, _ = reviewed(FEW, 1)
    yield Row("review lines that are errors all of them", f"{FEW / seconds:,.0f} a second")


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else LINES):
        print(row.what, row.ours, row.against, row.goal, sep="  ")
