"""An ECS service, whose tasks read their secrets when they start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from botocore.exceptions import ClientError

from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.ecs.looks import is_no_cluster, no_cluster, one_service
from credex_actions.rotation.deciding.state import User

Follow: TypeAlias = Callable[[Clients, str, str], None]

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks takes."""


@dataclass
class EcsTasks:
    """`follow` follows the deployment of a service that runs: the suite's own deploy. Raises Failure unless it ends well."""

    clients: Clients
    cluster: str
    service: str
    redeployable: bool
    follow: Follow

    @property
    def name(self) -> str:
        return f"service {self.service}"

    def look(self) -> User:
        """Since when its oldest task runs. Raises Failure where its cluster is not there, and botocore's errors."""
        try:
            return self._look()
        except ClientError as error:
            raise no_cluster(self.clients, self.cluster) if is_no_cluster(error) else error from None

    def _look(self) -> User:
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
        found = one_service(self.clients, self.cluster, self.service) or {}
        running = [each for each in found.get("deployments", ()) if each.get("rolloutState") == "IN_PROGRESS"]
        return User(name=self.name, since=min(began, default=None), redeployable=self.redeployable, busy=bool(running))

    def redeploy(self) -> None:
        """Names no revision: whatever was rolled out meanwhile stays."""
        with one_write():
            self.clients.write("ecs").update_service(cluster=self.cluster, service=self.service, forceNewDeployment=True)
        self.follow(self.clients, self.cluster, self.service)
