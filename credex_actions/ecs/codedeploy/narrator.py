"""Tells what happens while CodeDeploy deploys: the lifecycle events of its target and the new tasks that stopped, each once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, is_passing
from credex_actions.core.clock import Clock
from credex_actions.core.text import one_line
from credex_actions.ecs.codedeploy.request import CodeDeployRequest
from credex_actions.ecs.codedeploy.steps import Deployment
from credex_actions.ecs.rollout.narrator import Narrator
from credex_actions.ecs.tasks.stopped import StoppedTask

LOOKS_BETWEEN: Final = 6
"""Looks that pass before stopped tasks are looked for again: CodeDeploy counts no failures, it waits an hour for healthy tasks."""

TOLD: Final = frozenset(("InProgress", "Succeeded", "Failed", "Skipped"))


@dataclass
class CodeDeployNarrator:
    """`revision`: the ARN whose tasks are told when they fail; "" where another narrator has told what was there before.

    What may not be read is said once, and then left out.
    """

    clients: Clients
    clock: Clock
    want: CodeDeployRequest
    tell: Callable[[str], None]
    revision: str = ""
    _tasks: Narrator | None = None
    _targets: dict[str, list[str]] = field(default_factory=dict)
    _told: dict[tuple[str, str], str] = field(default_factory=dict)
    _replacement: str = ""  # the task set of our deployment
    _over: bool = False  # ours has ended, and all of it is told
    _allowed: bool = True
    _looks: int = 0

    @property
    def stopped(self) -> list[StoppedTask]:
        return self._tasks.stopped if self._tasks else []

    def look(self, ours: Deployment, rollback: Deployment | None) -> str:
        """Tells what is new; answers the lifecycle event that is in progress, "" if none is."""
        if not self._allowed:
            return ""
        try:
            stage = "" if self._over else self._look_at(ours)
            self._over = ours.ended
            if rollback:
                stage = self._events(rollback.id, self._target(rollback.id), "rollback: ")
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            if not is_passing(error) and "DeploymentDoesNotExistException" not in str(error):  # else the next look tells it
                self._allowed = False
                self.tell(f"(the lifecycle events of the CodeDeploy deployment cannot be read: {one_line(str(error))})")
            return ""
        return stage

    def _look_at(self, ours: Deployment) -> str:
        target = self._target(ours.id)
        stage = self._events(ours.id, target, "")
        self._failed_tasks(ours, target)
        return stage

    def _events(self, identifier: str, target: Mapping[str, Any], prefix: str) -> str:
        stage = ""
        quiet = not self.revision and not prefix and not self._told
        for event in target.get("lifecycleEvents", ()):
            name, status = event.get("lifecycleEventName", ""), event.get("status", "")
            if status == "InProgress":
                stage = name
            if status in TOLD and self._told.get((identifier, name)) != status:
                self._told[identifier, name] = status
                if not quiet:
                    self.tell(f"{self.clock.now():%H:%M:%S}  {prefix}{name}: {_in_words(event)}")
        return stage

    def _target(self, identifier: str) -> Mapping[str, Any]:
        """The one ECS service that a deployment has; an empty record while CodeDeploy does not show it."""
        codedeploy = self.clients.read("codedeploy")
        ids = self._targets.get(identifier) or codedeploy.list_deployment_targets(deploymentId=identifier).get("targetIds", [])
        if not ids:
            return {}
        self._targets[identifier] = ids
        found = codedeploy.batch_get_deployment_targets(deploymentId=identifier, targetIds=ids[:1]).get("deploymentTargets", [])
        target: Mapping[str, Any] = found[0].get("ecsTarget", {}) if found else {}
        return target

    def _failed_tasks(self, ours: Deployment, target: Mapping[str, Any]) -> None:
        sets: list[Mapping[str, Any]] = target.get("taskSetsInfo", [])
        green = next((each for each in sets if each.get("taskSetLabel") == "Green"), {})
        self._replacement = green.get("identifer", "") or self._replacement
        if not self._replacement or not self.revision:
            return
        self._looks += 1
        if ours.ended and ours.status != "Succeeded":
            self._narrator().conclude(self.want.service, self._replacement, self.clock)
        elif green.get("runningCount", 0) < green.get("desiredCount", 0) and self._looks % LOOKS_BETWEEN == 0:
            self._narrator().tell_stopped(self.want.service, self._replacement)

    def _narrator(self) -> Narrator:
        """Only if there are tasks to tell of does it need the definition, for its log options."""
        if self._tasks is None:
            definition = self.clients.read("ecs").describe_task_definition(taskDefinition=self.revision)["taskDefinition"]
            self._tasks = Narrator(self.clients, self.want.cluster, definition, self.tell)
        return self._tasks


def _in_words(event: Mapping[str, Any]) -> str:
    words = {"InProgress": "begins", "Succeeded": "done", "Failed": "failed", "Skipped": "skipped"}[event["status"]]
    message = event.get("diagnostics", {}).get("message", "") if event["status"] == "Failed" else ""
    return f"{words}: {one_line(message)}" if message else words
