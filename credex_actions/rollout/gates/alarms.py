"""The CloudWatch alarms that stop a roll-out: read by their names, and judged, which is pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.text import listed
from credex_actions.rollout.gates.gate import Gate

NAME: Final = "alarms"
AT_ONCE: Final = 100
"""Names. Source: CloudWatch API, DescribeAlarms."""
KINDS: Final = ["MetricAlarm", "CompositeAlarm"]


def states(clients: Clients, clock: Clock, names: Sequence[str]) -> dict[str, str]:
    """By name; one that does not exist is missing."""
    if not names:
        return {}
    cloudwatch = clients.read("cloudwatch")
    answer = look_again(clock, lambda: cloudwatch.describe_alarms(AlarmNames=list(names)[:AT_ONCE], AlarmTypes=KINDS, MaxRecords=AT_ONCE))
    found = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    return {each["AlarmName"]: each["StateValue"] for each in found}


def judged(names: Sequence[str], seen: Mapping[str, str]) -> Gate:
    """One without data is told and stops nothing: nobody writes at night, for example."""
    if not names:
        return Gate(name=NAME, says="none is configured")
    missing = [name for name in names if name not in seen]
    if missing:
        what = f"{listed(missing)} {'does' if len(missing) == 1 else 'do'} not exist"
        return Gate(name=NAME, says=what, shut=True, hint="Correct rollout.alarms, the region or the account.")
    loud = [name for name in names if seen[name] == "ALARM"]
    if loud:
        what = f"{listed(loud)} {'is' if len(loud) == 1 else 'are'} in ALARM"
        return Gate(name=NAME, says=what, shut=True, hint="Find out why before anything is changed.")
    silent = [name for name in names if seen[name] != "OK"]
    return Gate(name=NAME, says=f"{len(names)} quiet{f'; without data: {listed(silent)}' if silent else ''}")
