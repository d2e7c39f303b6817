"""An ECS service, whose tasks read their secrets when they start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from credex_actions.core.aws import Clients
from credex_actions.rotation.state import User

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks takes."""


@dataclass
class EcsTasks:
    """`renew` starts the service's tasks anew and follows them: the suite's own deploy."""

    clients: Clients
    cluster: str
    service: str
    redeployable: bool
    renew: Callable[[str, str], None]

    @property
    def name(self) -> str:
        return f"service {self.service}"

    def look(self) -> User:
        """Since when its oldest task runs."""
        ecs = self.clients.read("ecs")
        arns = [
            arn
            for page in ecs.get_paginator("list_tasks").paginate(cluster=self.cluster, serviceName=self.service)
            for arn in page["taskArns"]
        ]
        began: list[datetime] = []
        for at in range(0, len(arns), AT_ONCE):
            tasks = ecs.describe_tasks(cluster=self.cluster, tasks=arns[at : at + AT_ONCE])["tasks"]
            began += [task["createdAt"].astimezone(UTC) for task in tasks if task["lastStatus"] != "STOPPED"]
        return User(name=self.name, since=min(began, default=None), redeployable=self.redeployable)

    def redeploy(self) -> None:
        self.renew(self.cluster, self.service)
