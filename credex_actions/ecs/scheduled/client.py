"""The ends of scheduled-tasks: lists rules and schedules, reads one of their targets, and points it at another revision."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import NoEffect, Operation
from credex_actions.ecs.scheduled.targets import (
    Found,
    Point,
    Seen,
    Target,
    after,
    beginning,
    decide,
    is_glob,
    matched,
    rule_target,
    schedule,
)

BUSY: Final = frozenset(("ConcurrentModificationException", "ConflictException"))
"""Somebody else changes the same thing at this moment: nothing was changed, and it may be sent again."""

GONE: Final = "ResourceNotFoundException"


def find(clients: Clients, clock: Clock, entries: Sequence[str]) -> Found:
    """What `entries` match. One of the two services may be closed to this role, where the other one has every name.

    Raises botocore's errors.
    """
    names: set[str] = set()
    targets: list[Target] = []
    closed: list[botocore.exceptions.ClientError] = []
    for look in (_rules, _schedules):
        try:
            for name, found in look(clients, clock, entries):
                names.add(name)
                targets.extend(found)
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in NOT_ALLOWED:
                raise
            closed.append(error)
    if closed and any(is_glob(entry) or entry not in names for entry in entries):
        raise closed[0]
    return Found(names=frozenset(names), targets=tuple(dict.fromkeys(targets)))


def running(clients: Clients, clock: Clock, clusters: Sequence[str]) -> Iterator[str]:
    """What every rule and schedule runs in `clusters`, ARNs: ARNs of revisions, or of families alone. Raises botocore's errors."""
    names = clients.read("events").get_paginator("list_rule_names_by_target")
    for cluster in clusters:
        for page in look_again(clock, partial(_pages, names, {"TargetArn": cluster})):
            for rule in page["RuleNames"]:
                yield from (_of_rule(rule, each).runs for each in _rule_targets(clients, clock, rule) if "EcsParameters" in each)
    for _, found in _schedules(clients, clock, ["*"]):
        yield from (target.runs for target in found)


def _listed(clients: Clients, clock: Clock, where: tuple[str, str, str], entries: Sequence[str]) -> Iterator[dict[str, Any]]:
    service, operation, key = where
    paginator = clients.read(service).get_paginator(operation)
    for prefix in dict.fromkeys(map(beginning, entries)):
        given = {"NamePrefix": prefix} if prefix else {}
        for page in look_again(clock, partial(_pages, paginator, given)):
            yield from (each for each in page[key] if any(matched(entry, each["Name"]) for entry in entries))


def _pages(paginator: Any, given: Mapping[str, str]) -> list[dict[str, Any]]:
    return list(paginator.paginate(**given))


def _rules(clients: Clients, clock: Clock, entries: Sequence[str]) -> Iterator[tuple[str, list[Target]]]:
    for rule in _listed(clients, clock, ("events", "list_rules", "Rules"), entries):
        yield (
            rule["Name"],
            [_of_rule(rule["Name"], each) for each in _rule_targets(clients, clock, rule["Name"]) if "EcsParameters" in each],
        )


def _rule_targets(clients: Clients, clock: Clock, rule: str) -> list[dict[str, Any]]:
    paginator = clients.read("events").get_paginator("list_targets_by_rule")
    pages = look_again(clock, lambda: list(paginator.paginate(Rule=rule)))
    return [each for page in pages for each in page["Targets"]]


def _of_rule(rule: str, record: Mapping[str, Any]) -> Target:
    return Target(kind="rule", name=rule, id=record["Id"], runs=record["EcsParameters"].get("TaskDefinitionArn", ""))


def _schedules(clients: Clients, clock: Clock, entries: Sequence[str]) -> Iterator[tuple[str, list[Target]]]:
    for each in _listed(clients, clock, ("scheduler", "list_schedules", "Schedules"), entries):
        record = _schedule(clients, clock, each["GroupName"], each["Name"]) if ":ecs:" in each["Target"]["Arn"] else None
        yield each["Name"], [_of_schedule(record)] if record and "EcsParameters" in record["Target"] else []


def _schedule(clients: Clients, clock: Clock, group: str, name: str) -> dict[str, Any] | None:
    scheduler = clients.read("scheduler")
    try:
        found: dict[str, Any] = look_again(clock, lambda: scheduler.get_schedule(GroupName=group, Name=name))
    except botocore.exceptions.ClientError as error:
        if code_of(error) != GONE:
            raise
        return None
    return found


def _of_schedule(record: Mapping[str, Any]) -> Target:
    runs = record["Target"]["EcsParameters"].get("TaskDefinitionArn", "")
    return Target(kind="schedule", group=record.get("GroupName", "default"), name=record["Name"], runs=runs)


@dataclass
class Pointing:
    """Moves one target to the revision `want`."""

    clients: Clients
    clock: Clock
    target: Target
    want: str

    def operation(self) -> Operation[Seen, Point]:
        return Operation(self.observe, partial(decide, self.want, self.target.family), self.act, partial(after, self.want))

    def observe(self) -> Seen:
        record = self._record()
        if record is None:
            return Seen(None)
        return Seen(_of_rule(self.target.name, record) if self.target.kind == "rule" else _of_schedule(record))

    def _record(self) -> dict[str, Any] | None:
        if self.target.kind == "schedule":
            record = _schedule(self.clients, self.clock, self.target.group, self.target.name)
            return record if record and "EcsParameters" in record["Target"] else None
        try:
            found = _rule_targets(self.clients, self.clock, self.target.name)
        except botocore.exceptions.ClientError as error:
            if code_of(error) != GONE:
                raise
            return None
        return next((each for each in found if each["Id"] == self.target.id and "EcsParameters" in each), None)

    def act(self, step: Point) -> None:
        """Reads what it replaces directly before: both calls overwrite the whole target or schedule."""
        record = self._record()
        if record is None:
            raise NoEffect(f"there is nothing left to {step}")
        try:
            with one_write():
                self._put(record)
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in BUSY:
                raise
            raise NoEffect(str(error)) from error

    def _put(self, record: Mapping[str, Any]) -> None:
        if self.target.kind == "rule":
            answer = self.clients.write("events").put_targets(Rule=self.target.name, Targets=[rule_target(record, self.want)])
            for entry in answer.get("FailedEntries", ()):
                raise refused(entry)
            return
        scheduler = self.clients.write("scheduler")
        members = scheduler.meta.service_model.operation_model("UpdateSchedule").input_shape.members
        scheduler.update_schedule(**schedule(record, list(members), self.want, self.clock.now().timestamp()))


def refused(entry: Mapping[str, Any]) -> Exception:
    """An entry that PutTargets rejected within an answer of status 200."""
    code, message = entry.get("ErrorCode", ""), entry.get("ErrorMessage", "no reason given")
    return NoEffect(message) if code in BUSY else Failure(Exit.REMOTE, Fault(f"EventBridge rejected it: {message} ({code})"))
