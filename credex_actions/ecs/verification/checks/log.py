"""Lines of a log group that match a pattern, since the verification began."""

from datetime import datetime, timedelta
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of, message_of
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line
from credex_actions.ecs.verification.judgement import Answer

LATE: Final = timedelta(minutes=2)
"""How much later than its own time a line may come in."""

MOST_PAGES: Final = 20
"""FilterLogEvents answers empty pages while it scans; a look reads no more than so many."""

PENDING: Final = 4096
"""Event ids that are kept to count each line once."""


class LogMatches:
    """Counts matching lines from `clock`'s now on; what was read once is not read again, but for what may have come in late."""

    def __init__(self, clients: Clients, clock: Clock, group: str, pattern: str, most: int) -> None:
        self._logs, self._clock = clients.read("logs"), clock
        self._group, self._pattern, self._most = group, pattern, most
        self._began = clock.now()
        self._read_until = self._began
        self._under_way: tuple[datetime, dict[str, str]] | None = None  # a reading that did not get to its end: when it began, where it is
        self._counted: set[str] = set()
        self._last = ""

    def faults(self) -> list[Fault]:
        """A group or a pattern that CloudWatch Logs does not take. Raises its other errors."""
        try:
            self._logs.filter_log_events(logGroupName=self._group, filterPattern=self._pattern, startTime=_millis(self._began), limit=1)
        except botocore.exceptions.ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return [
                    Fault(f"there is no log group {one_line(self._group, 120)}", "Check the name, the region and the account.", "log-group")
                ]
            if code_of(error) == "InvalidParameterException":
                hint = 'See "Filter pattern syntax" in the CloudWatch Logs guide; put a term with special characters in double quotes.'
                return [Fault(f"CloudWatch Logs does not accept it: {message_of(error)}", hint, "log-pattern")]
            raise
        return []

    def check(self) -> Answer:
        if len(self._counted) <= self._most:
            self._read()
        return judge(len(self._counted), self._most, self._last, to_its_end=self._under_way is None)

    def _read(self) -> None:
        """Goes on where the last look stopped: one that began again each time would never get past its first pages."""
        began, token = self._under_way or (self._clock.now(), {})
        start = max(self._began, self._read_until - LATE)
        for _ in range(MOST_PAGES):
            page: dict[str, Any] = self._logs.filter_log_events(
                logGroupName=self._group, filterPattern=self._pattern, startTime=_millis(start), **token
            )
            for event in page.get("events", ()):
                self._counted.add(event["eventId"])
                self._last = event.get("message", "")
            if not page.get("nextToken") or len(self._counted) > max(self._most, PENDING):
                self._read_until, self._under_way = began, None
                return
            token = {"nextToken": page["nextToken"]}
        self._under_way = (began, token)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def judge(count: int, most: int, last: str, *, to_its_end: bool) -> Answer:
    """Lines do not go away: too many of them are hopeless. A log that was not read to its end says nothing yet."""
    if count > most:
        what = f"{count} matching lines, {most} allowed; the last: {one_line(last, 200)}"
        return Answer(check="log", state="bad", what=what, hopeless=True)
    if not to_its_end:
        return Answer(check="log", state="unknown", what=f"{count} matching lines so far; not read to its end yet")
    return Answer(check="log", state="good", what=f"{count} matching lines, {most} allowed")
