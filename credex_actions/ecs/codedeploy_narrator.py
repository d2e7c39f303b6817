"""Tells what happens while CodeDeploy deploys: the lifecycle events of its target and the new tasks that stopped, each once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.text import one_line
from credex_actions.ecs.codedeploy_request import CodeDeployRequest
from credex_actions.ecs.codedeploy_steps import Deployment
from credex_actions.ecs.narrator import Narrator
from credex_actions.ecs.stopped_tasks import StoppedTask

LOOKS_BETWEEN: Final = 6
"""Looks that pass before stopped tasks are looked for again: CodeDeploy counts no failures, it waits an hour for healthy tasks."""

TOLD: Final = frozenset(("InProgress", "Succeeded", "Failed", "Skipped"))


@dataclass
class CodeDeployNarrator:
    """What may not be read is said once, and then left out."""

    clients: Clients
    clock: Clock
    want: CodeDeployRequest
    tell: Callable[[str], None]
    _tasks: Narrator = field(init=False)
    _targets: dict[str, list[str]] = field(default_factory=dict)
    _told: dict[tuple[str, str], str] = field(default_factory=dict)
    _allowed: bool = True
    _looks: int = 0

    def __post_init__(self) -> None:
        self._tasks = Narrator(self.clients, self.want.cluster, {}, self.tell)

    @property
    def stopped(self) -> list[StoppedTask]:
        return self._tasks.stopped

    def look(self, ours: Deployment, rollback: Deployment | None) -> str:
        """Tells what is new; answers the lifecycle event that is under way, "" where none is."""
        if not self._allowed:
            return ""
        try:
            stage = self._look_at(ours, "")
            if rollback:
                stage = self._look_at(rollback, "putting back: ")
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            self._allowed = False
            self.tell(f"(the steps of the CodeDeploy deployment cannot be read: {type(error).__name__})")
            return ""
        return stage

    def _look_at(self, deployment: Deployment, prefix: str) -> str:
        target = self._target(deployment.id)
        stage = ""
        for event in target.get("lifecycleEvents", ()):
            name, status = event.get("lifecycleEventName", ""), event.get("status", "")
            if status == "InProgress":
                stage = name
            if status in TOLD and self._told.get((deployment.id, name)) != status:
                self._told[deployment.id, name] = status
                self.tell(f"{self.clock.now():%H:%M:%S}  {prefix}{name}: {_in_words(event)}")
        self._look_for_stopped(deployment, target)
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

    def _look_for_stopped(self, deployment: Deployment, target: Mapping[str, Any]) -> None:
        green = next((each for each in target.get("taskSetsInfo", ()) if each.get("taskSetLabel") == "Green"), None)
        if green is None:
            return
        self._looks += 1
        lacks = green.get("runningCount", 0) < green.get("desiredCount", 0) and self._looks % LOOKS_BETWEEN == 0
        if lacks or (deployment.ended and deployment.status != "Succeeded"):
            self._tasks.tell_stopped(self.want.service, green.get("identifer", ""))


def _in_words(event: Mapping[str, Any]) -> str:
    words = {"InProgress": "begins", "Succeeded": "done", "Failed": "failed", "Skipped": "skipped"}[event["status"]]
    message = event.get("diagnostics", {}).get("message", "") if event["status"] == "Failed" else ""
    return f"{words}: {one_line(message)}" if message else words
