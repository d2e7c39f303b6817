"""Tells what happens while a deployment is followed: ECS's events and the tasks that stopped, each once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, is_passing
from credex_actions.core.clock import Clock
from credex_actions.core.text import one_line
from credex_actions.ecs.rollout.steps import Seen
from credex_actions.ecs.service.described import Event, Service
from credex_actions.ecs.tasks.same_cause import Causes
from credex_actions.ecs.tasks.stopped import StoppedTask, described, scaled_down, stopped_of_service, stopped_task

LINES: Final = 20
"""Last log lines shown of a failed container."""

LAST_WORDS_WITHIN: Final = 10.0
"""Seconds that tasks get to stop after the deployment has ended."""


@dataclass
class Narrator:
    """`definition`: the task definition, for its log options. `stopped`: the failed tasks of the deployment, in the order in which they were seen."""

    clients: Clients
    cluster: str
    definition: Mapping[str, Any]
    tell: Callable[[str], None]
    stopped: list[StoppedTask] = field(default_factory=list)
    _causes: Causes = field(default_factory=Causes)
    _unreported: list[StoppedTask] = field(default_factory=list)  # a signal may come between reading a task and reporting it
    _told: set[str] = field(default_factory=set)
    _settled: set[str] = field(default_factory=set)  # tasks that are told, or are not this deployment's
    _stopping: bool = False  # some that are ours are on their way down
    _failed: int = 0

    def skip(self, service: Service) -> None:
        """What was there before this run began is not its story."""
        self._told.update(event.id for event in service.events)

    def look(self, seen: Seen, deployment: str | None) -> None:
        fresh = [event for event in reversed(seen.service.events) if event.id not in self._told]
        for event in fresh:
            self._told.add(event.id)
            self.tell(f"{event.at:%H:%M:%S}  {_without_name(event, seen.service.name)}")
        entry = seen.service.deployment(deployment)
        failed = entry.failed if entry else self._failed
        if deployment and (self._stopping or failed != self._failed or any(_speaks_of_failure(event) for event in fresh)):
            self._failed = failed
            self.tell_stopped(seen.service.name, deployment)

    def conclude(self, service: str, deployment: str, clock: Clock) -> None:
        """Tells what has failed and was not told yet; a task that is on its way down gets some seconds to write its last words."""
        self.tell_stopped(service, deployment)
        end = clock.monotonic() + LAST_WORDS_WITHIN
        while self._stopping and clock.monotonic() < end:
            clock.sleep(1)
            self.tell_stopped(service, deployment)

    def tell_stopped(self, service: str, deployment: str) -> None:
        """Looks for stopped tasks of `deployment` that were not told yet, and reports each cause once, with the last lines of one log."""
        trouble = ""
        try:
            for task in self._fresh(service, deployment):
                self.stopped.append(task)
                self._unreported.append(task)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            if not is_passing(error):  # else the next look reports them
                trouble = f"(why tasks stopped cannot be read: {one_line(str(error))})"
                self._stopping, self._failed = False, -1
        fresh, self._unreported = self._unreported, []
        for sentence in (*self._causes.report(fresh), *([trouble] if trouble else ())):
            self.tell(f"          {sentence}")

    def _fresh(self, service: str, deployment: str) -> Iterator[StoppedTask]:
        arns = stopped_of_service(self.clients, self.cluster, service)
        records = described(self.clients, self.cluster, [arn for arn in arns if arn not in self._settled])
        ours = [record for record in records if record.get("startedBy") == deployment]
        down = [record for record in ours if record.get("lastStatus") == "STOPPED"]
        self._stopping = len(down) < len(ours)
        self._settled.update(record["taskArn"] for record in records if record not in ours)
        for record in down:
            self._settled.add(record["taskArn"])
            if scaled_down(record):
                continue
            yield stopped_task(self.clients, record, self.definition, LINES)


def _without_name(event: Event, service: str) -> str:
    """The event's words; a load balancer's ARN is cut to the name that people know it by."""
    words = event.message.removeprefix(f"(service {service})").strip()
    return re.sub(r"arn:[^\s)]*:targetgroup/([^/\s)]+)/\w+", r"\1", words)


def _speaks_of_failure(event: Event) -> bool:
    return any(word in event.message for word in ("stopped", "unhealthy", "failed", "unable", "rolling back"))
