"""Looks at what AWS knows: the service's tasks, alarms, and lines in its log."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import botocore.exceptions

from credex_actions.core.aws import Clients, code_of
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.ecs.rollout_client import describe, look_again
from credex_actions.ecs.service import service_of
from credex_actions.ecs.verification.decision import Result


def service(clients: Clients, clock: Clock, cluster: str, name: str) -> Result:
    described = describe(clients, clock, cluster, name)
    if described is None:
        return Result(name=f"service {name}", ok=False, what="there is no active service of that name")
    found = service_of(described)
    failed = [each.id for each in found.deployments if each.rollout == "FAILED"]
    if failed:
        return Result(name=f"service {name}", ok=False, what=f"deployment {failed[0]} failed")
    if found.desired == 0:
        return Result(name=f"service {name}", ok=False, what="it stands at 0 tasks")
    return Result(name=f"service {name}", ok=found.running >= found.desired, what=f"{found.running} of {found.desired} tasks run")


def alarms(clients: Clients, clock: Clock, names: Sequence[str]) -> Result:
    """Raises Failure(BAD_INPUT) for a name that no alarm has or begins with: a check that cannot fail is none."""
    pages = clients.read("cloudwatch").get_paginator("describe_alarms")
    ringing: list[str] = []
    for name in names:
        found = look_again(clock, partial(_all, pages, AlarmNamePrefix=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
        alarms_of_name: list[Any] = [alarm for page in found for alarm in [*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())]]
        if not alarms_of_name:
            raise Failure(
                Exit.BAD_INPUT, Fault(f"no alarm is called {name}, or begins so", "Check the name, the region and the account.", "alarms")
            )
        ringing += [alarm["AlarmName"] for alarm in alarms_of_name if alarm.get("StateValue") == "ALARM"]
    return Result(name="alarms", ok=not ringing, what=f"in ALARM: {', '.join(dict.fromkeys(ringing))}" if ringing else "none is in ALARM")


def log_lines(clients: Clients, clock: Clock, group: str, pattern: str, most: int, since: datetime) -> Result:
    """Raises Failure(BAD_INPUT) where there is no such log group, or the pattern is none."""
    pages = clients.read("logs").get_paginator("filter_log_events")
    arguments = {"logGroupName": group, "filterPattern": pattern, "startTime": int(since.timestamp() * 1000)}
    try:
        events = look_again(
            clock,
            lambda: [event for page in pages.paginate(**arguments, PaginationConfig={"MaxItems": most + 1000}) for event in page["events"]],
        )
    except botocore.exceptions.ClientError as error:
        faults = {
            "ResourceNotFoundException": Fault(f"there is no log group {group}", "Check its name and the region.", "log-group"),
            "InvalidParameterException": Fault(
                "is no filter pattern of CloudWatch Logs", "See CloudWatch's filter pattern syntax.", "log-pattern"
            ),
        }
        if code_of(error) in faults:
            raise Failure(Exit.BAD_INPUT, faults[code_of(error)]) from None
        raise
    return Result(name=f"log {group}", ok=len(events) <= most, what=f"{len(events)} lines match {pattern}, {most} may")


def _all(paginator: Any, **arguments: object) -> list[Any]:
    return list(paginator.paginate(**arguments))
