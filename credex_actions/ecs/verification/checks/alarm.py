"""CloudWatch alarms that must not be in ALARM."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from credex_actions.core.aws.clients import Clients
from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line
from credex_actions.ecs.verification.judgement import Answer

KINDS: Final = ("MetricAlarm", "CompositeAlarm")
AT_ONCE: Final = 100
"""Names that one DescribeAlarms takes."""

Alarm = Mapping[str, Any]
"""Of DescribeAlarms' MetricAlarms or CompositeAlarms."""


class Alarms:
    """`watch`: how long the deployment is watched, which says what an alarm can tell of it."""

    def __init__(self, clients: Clients, entries: Sequence[str], watch: timedelta) -> None:
        self._cloudwatch = clients.read("cloudwatch")
        self._watch = watch
        found = {entry: named(entry, [alarm["AlarmName"] for alarm in self._beginning(entry)]) for entry in entries}
        self._unmatched = [entry for entry, names in found.items() if not names]
        self._exact = [entry for entry, names in found.items() if names == [entry]]
        self._beginnings = [entry for entry, names in found.items() if names and names != [entry]]
        self._known = list(dict.fromkeys(name for names in found.values() for name in names))

    def faults(self) -> Iterator[Fault]:
        """An alarm that is not there would never sound."""
        for entry in self._unmatched:
            what = f"no alarm has, or begins with, the name {one_line(entry.removesuffix('*'), 120)}"
            yield Fault(what, "Check the name, the region and the account.", "alarms")

    def _beginning(self, entry: str) -> list[Alarm]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=entry.removesuffix("*"), AlarmTypes=KINDS)
        return [alarm for page in pages for alarm in _alarms(page)]

    def check(self) -> Answer:
        """Beginnings are looked up at each look: an alarm that comes meanwhile counts."""
        groups = (self._exact[start : start + AT_ONCE] for start in range(0, len(self._exact), AT_ONCE))
        found = [self._cloudwatch.describe_alarms(AlarmNames=group, AlarmTypes=KINDS, MaxRecords=AT_ONCE) for group in groups]
        alarms = [alarm for answer in found for alarm in _alarms(answer)]
        alarms += [alarm for entry in self._beginnings for alarm in self._beginning(entry)]
        self._known = list(dict.fromkeys((*self._known, *(alarm["AlarmName"] for alarm in alarms))))
        return judge(self._known, alarms, self._watch)


def _alarms(answer: Mapping[str, Any]) -> list[Alarm]:
    return [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]


def named(entry: str, found: Sequence[str]) -> list[str]:
    """The alarm of that very name, if there is one; else those whose names begin so. A star at the end asks for the latter."""
    return [entry] if entry in found else list(found)


def judge(names: Sequence[str], alarms: Sequence[Alarm], watch: timedelta) -> Answer:
    """`names`: all that were ever seen."""
    by_name = {alarm["AlarmName"]: alarm for alarm in alarms}
    ringing = [alarm for alarm in by_name.values() if alarm.get("StateValue") == "ALARM"]
    gone = [name for name in names if name not in by_name]
    if ringing:
        what = "; ".join(
            f"{alarm['AlarmName']} is in ALARM ({one_line(alarm.get('StateReason', '') or 'no reason provided', 160)})" for alarm in ringing
        )
        return Answer(check="alarms", state="bad", what=what)
    if gone:
        return Answer(check="alarms", state="unknown", what=f"{', '.join(gone)} no longer exists")
    blind = [name for name, alarm in by_name.items() if alarm.get("StateValue") == "INSUFFICIENT_DATA"]
    what = f"none of {len(by_name)} in ALARM{f', {len(blind)} in INSUFFICIENT_DATA' if blind else ''}"
    return Answer(check="alarms", state="good", what=what, note=" ".join(_notes(by_name, blind, watch)))


def _notes(alarms: Mapping[str, Alarm], blind: Sequence[str], watch: timedelta) -> Iterator[str]:
    """What the alarms cannot tell: those without data say nothing, and those that look far back tell of the previous tasks as well."""
    if blind:
        yield (
            f"{_listed(blind)} in INSUFFICIENT_DATA: neither ALARM nor OK. Is its metric ever reported? "
            "If missing data means that all is well, set TreatMissingData to notBreaching."
        )
    spans = {name: span(alarm) for name, alarm in alarms.items()}
    slow = [name for name, seconds in spans.items() if seconds > watch.total_seconds()]
    if slow:
        longest = max(spans.values()) / 60
        yield (
            f"{_listed(slow)} evaluates up to {longest:g} min, and the deployment was watched for {watch.total_seconds() / 60:g} min: "
            f"the effect of the new tasks shows there later. watch-minutes: {longest + 1:g} would wait for it."
        )


def span(alarm: Alarm) -> int:
    """Seconds that an alarm looks back; 0 for a composite one, which looks at others."""
    stats = [metric.get("MetricStat", metric).get("Period", 0) for metric in alarm.get("Metrics", ())]
    return int(max([alarm.get("Period", 0), *stats]) * alarm.get("EvaluationPeriods", 1))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name, 80) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004 - enough to find them
