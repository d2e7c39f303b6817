"""Tells what happens while a deployment is followed: ECS's events and the tasks that stopped, each once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions

from credex_actions.core.aws import Clients, is_passing
from credex_actions.ecs.rollout import Seen
from credex_actions.ecs.service import Event, Service
from credex_actions.ecs.stopped_tasks import StoppedTask, sentences, stopped_tasks


@dataclass
class Narrator:
    """`definition`: the task definition, for its log options. `stopped`: the failed tasks of the deployment, in the order in which they were seen."""

    clients: Clients
    cluster: str
    definition: Mapping[str, Any]
    tell: Callable[[str], None]
    stopped: list[StoppedTask] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)
    _known_tasks: set[str] = field(default_factory=set)
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
        if deployment and (failed != self._failed or any(_speaks_of_failure(event) for event in fresh)):
            self._failed = failed
            self.tell_stopped(seen.service.name, deployment)

    def tell_stopped(self, service: str, deployment: str) -> None:
        """Looks for stopped tasks of `deployment` that were not told yet, and tells them with their last log lines."""
        for task in self._fresh(service, deployment):
            self.stopped.append(task)
            for sentence in sentences(task):
                self.tell(f"          {sentence}")

    def _fresh(self, service: str, deployment: str) -> Iterator[StoppedTask]:
        ecs = self.clients.read("ecs")
        try:
            arns = ecs.list_tasks(cluster=self.cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
            unknown = [arn for arn in arns if arn not in self._known_tasks]
            ours = self._started_by(deployment, unknown)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            if is_passing(error):
                return  # the next look tells them
            self.tell(f"          (the stopped tasks cannot be read: {type(error).__name__})")
            self._failed = -1
            return
        self._known_tasks.update(unknown)
        yield from stopped_tasks(self.clients, self.cluster, ours, self.definition)

    def _started_by(self, deployment: str, arns: list[str]) -> list[str]:
        ecs = self.clients.read("ecs")
        tasks = [task for start in range(0, len(arns), 100) for task in ecs.describe_tasks(cluster=self.cluster, tasks=arns[start : start + 100])["tasks"]]
        return [task["taskArn"] for task in tasks if task.get("startedBy") == deployment]


def _without_name(event: Event, service: str) -> str:
    return event.message.removeprefix(f"(service {service})").strip()


def _speaks_of_failure(event: Event) -> bool:
    return any(word in event.message for word in ("stopped", "unhealthy", "failed", "unable", "rolling back"))
