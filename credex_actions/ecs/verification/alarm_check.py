"""CloudWatch alarms that must not be in ALARM."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from credex_actions.core.aws import Clients
from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line
from credex_actions.ecs.verification.judgement import Answer

KINDS: Final = ("MetricAlarm", "CompositeAlarm")
AT_ONCE: Final = 100
"""Names that one DescribeAlarms takes."""


class Alarms:
    """`names`: the alarms that are looked at, found once."""

    def __init__(self, clients: Clients, entries: Sequence[str]) -> None:
        self._cloudwatch = clients.read("cloudwatch")
        found = {entry: named(entry, self._beginning(entry)) for entry in entries}
        self.names = list(dict.fromkeys(name for names in found.values() for name in names))
        self._unmatched = [entry for entry, names in found.items() if not names]

    def faults(self) -> Iterator[Fault]:
        """An alarm that is not there would never sound."""
        for entry in self._unmatched:
            what = f"no alarm is named, or begins with, {one_line(entry.removesuffix('*'), 120)}"
            yield Fault(what, "Check the name, the region and the account.", "alarms")

    def _beginning(self, entry: str) -> list[str]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=entry.removesuffix("*"), AlarmTypes=KINDS)
        return [alarm["AlarmName"] for page in pages for alarm in _alarms(page)]

    def check(self) -> Answer:
        groups = (self.names[start : start + AT_ONCE] for start in range(0, len(self.names), AT_ONCE))
        answers = [self._cloudwatch.describe_alarms(AlarmNames=group, AlarmTypes=KINDS, MaxRecords=AT_ONCE) for group in groups]
        return judge(self.names, [alarm for answer in answers for alarm in _alarms(answer)])


def _alarms(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]


def named(entry: str, found: Sequence[str]) -> list[str]:
    """The alarm of that very name, where there is one; else those whose names begin so. A star at the end asks for the latter."""
    return [entry] if entry in found else list(found)


def judge(names: Sequence[str], alarms: Sequence[Mapping[str, Any]]) -> Answer:
    states = {alarm["AlarmName"]: alarm for alarm in alarms}
    ringing = [alarm for alarm in alarms if alarm.get("StateValue") == "ALARM"]
    gone = [name for name in names if name not in states]
    if ringing:
        what = "; ".join(
            f"{alarm['AlarmName']} is in ALARM ({one_line(alarm.get('StateReason', '') or 'no reason given', 160)})" for alarm in ringing
        )
        return Answer(check="alarms", state="bad", what=what)
    if gone:
        return Answer(check="alarms", state="unknown", what=f"{', '.join(gone)} is not there any more")
    blind = sum(alarm.get("StateValue") == "INSUFFICIENT_DATA" for alarm in alarms)
    return Answer(check="alarms", state="good", what=f"none of {len(names)} in ALARM{f', {blind} without data' if blind else ''}")
