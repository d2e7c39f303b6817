"""How a deployment can end, in words and exit codes (interfaces.md, deploy-task-definition)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from credex_actions.core.faults import Exit
from credex_actions.ecs.tasks.stopped import StoppedTask

EXITS: Final = {
    "completed": Exit.DONE,
    "started": Exit.DONE,
    "registered": Exit.DONE,
    "unchanged": Exit.DONE,
    "rolled-back": Exit.FAILED,
    "failed": Exit.FAILED,
    "superseded": Exit.FAILED,
    "scaled-to-zero": Exit.FAILED,
    "timed-out": Exit.REMOTE,
}

NEXT: Final = {
    "rolled-back": "The previous revision serves. Fix the cause, then deploy again.",
    "failed": "Check why the tasks stopped; with on-failure: rollback the service would be rolled back to the previous revision.",
    "superseded": "Find out who started the other deployment; if this revision is still wanted, run this again.",
    "scaled-to-zero": "Nothing serves. Find out who set the desired count to 0, restore it, and deploy again.",
}


@dataclass
class Result:
    """What became of one call, filled while it continues, so that an interruption can still say it. `put_back`: what became of a rollback of ours.

    `former_settings`: members of service-update as the service had them before, those that differ. `tasks`: how many the service is to run, as it was seen last.
    `followed`: nothing had to be done but to follow a deployment that was in progress.
    """

    outcome: str = ""
    why: str = ""
    revision: str = ""
    former: str = ""
    former_settings: Mapping[str, Any] = field(default_factory=dict)
    deployment: str = ""
    run_tasks: tuple[str, ...] = ()
    codedeploy: str = ""
    put_back: str = ""
    tasks: int | None = None
    followed: bool = False
    stopped: list[StoppedTask] = field(default_factory=list)

    def outputs(self) -> dict[str, str | None]:
        import json

        return {
            "task_definition_arn": self.revision or None,
            "deployment_id": self.deployment or None,
            "outcome": self.outcome or None,
            "former_task_definition_arn": self.former or None,
            "former_service_update": json.dumps(self.former_settings) if self.former_settings else None,
            "run_task_arn": json.dumps(self.run_tasks) if self.run_tasks else None,
            "codedeploy_deployment_id": self.codedeploy or None,
        }
