"""Reads log groups: their names, and their lines within a time, spread over it where there are more than may be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any, Final, NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.workers import WorkerClock

SLICES: Final = 24
"""Parts of the time that is looked at: each gets its share of the lines."""
PER_PAGE: Final = 10_000
"""Source: CloudWatch Logs API, FilterLogEvents."""
WILD: Final = "*?["


class Group(NamedTuple):
    """`name`: may be a glob. `since`: how far back it is looked at."""

    name: str
    since: timedelta = timedelta(days=7)


class Line(NamedTuple):
    at: datetime
    text: str


class Stored(NamedTuple):
    """`retention`: days, None for ever."""

    name: str
    bytes: int
    retention: int | None


@dataclass
class LogGroups:
    clients: Clients
    clock: WorkerClock
    give_up: datetime
    calls: int = 0
    partial: int = 0  # parts of the time whose lines were not all read

    def stored(self, prefix: str = "") -> Iterator[Stored]:
        asked: dict[str, Any] = {"logGroupNamePrefix": prefix} if prefix else {}
        while True:
            page = self._call("describe_log_groups", asked)
            for each in page["logGroups"]:
                yield Stored(each["logGroupName"], int(each.get("storedBytes", 0)), each.get("retentionInDays"))
            if not page.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]

    def named(self, pattern: str) -> list[str]:
        prefix = "".join(takewhile(lambda letter: letter not in WILD, pattern))
        found = [each.name for each in self.stored(prefix)]
        return [name for name in found if (fnmatchcase(name, pattern) if prefix != pattern else name == pattern)]

    def lines(self, name: str, begin: datetime, end: datetime, most: int) -> Iterator[Line]:
        """The oldest of each part first. Ends early when the time is up."""
        step, share = (end - begin) / SLICES, max(most // SLICES, 1)
        for number in range(SLICES):
            left = share
            for line in self._between(name, begin + number * step, begin + (number + 1) * step):
                if left <= 0:
                    self.partial += 1
                    break
                left -= 1
                yield line

    def _between(self, name: str, begin: datetime, end: datetime) -> Iterator[Line]:
        """FilterLogEvents counts both ends as within."""
        asked: dict[str, Any] = {
            "logGroupName": name,
            "startTime": _milliseconds(begin),
            "endTime": _milliseconds(end) - 1,
            "limit": PER_PAGE,
        }
        while True:
            self.clock.check()
            if self.clock.now() >= self.give_up:
                self.partial += 1
                return
            page = self._call("filter_log_events", asked)
            yield from _lines(page["events"])
            if not page.get("nextToken"):  # an empty page may have one
                return
            asked["nextToken"] = page["nextToken"]

    def _call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        client = self.clients.read("logs")
        answer: dict[str, Any] = look_again(self.clock, lambda: getattr(client, operation)(**asked))
        return answer


def _lines(events: Sequence[Any]) -> Iterator[Line]:
    for event in events:
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        for text in event["message"].splitlines()[:1]:  # what follows is its stack trace
            yield Line(at, text)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
