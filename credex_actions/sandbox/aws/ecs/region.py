"""The ECS stand-in's state in one account and region, and the names it gives things."""

import random
import secrets
from typing import TYPE_CHECKING, NamedTuple

from credex_actions.sandbox.aws.ecs.records import Cluster, Document, Service, Task
from credex_actions.sandbox.aws.refusals import Refusal, client_error, invalid

if TYPE_CHECKING:
    from credex_actions.sandbox.aws.ecs.release import Release


class Definition(NamedTuple):
    """A task definition revision: DescribeTaskDefinition's document and its tags."""

    document: Document
    tags: list[Document]


class Region:
    def __init__(self, account: str, name: str) -> None:
        self.account = account
        self.name = name
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, list[Definition]] = {}
        self.services: dict[tuple[str, str], Service] = {}
        self.tasks: dict[str, Task] = {}
        self.releases: dict[str, Release] = {}  # CodeDeploy's deployments, oldest first
        self.settings: dict[str, str] = {}
        self.answered: dict[tuple[str, str], Document] = {}  # (operation, client token) -> what was answered

    def arn(self, resource: str) -> str:
        return f"arn:aws:ecs:{self.name}:{self.account}:{resource}"

    def cluster(self, name_or_arn: str | None) -> Cluster:
        found = self.clusters.get((name_or_arn or "default").rpartition("/")[2])
        if found is None or found.status != "ACTIVE":
            raise Refusal("ClusterNotFoundException", "Cluster not found.")
        return found

    def service(self, cluster: str | None, name_or_arn: str) -> Service:
        found = self.find_service(cluster, name_or_arn)
        if found is None:
            raise Refusal("ServiceNotFoundException", "Service not found.")
        return found

    def find_service(self, cluster: str | None, name_or_arn: str) -> Service | None:
        return self.services.get((self.cluster(cluster).name, name_or_arn.rpartition("/")[2]))

    def definition(self, reference: str) -> Definition:
        """family, family:revision or an ARN; a bare family is its newest ACTIVE revision."""
        if reference.startswith("arn:") and not reference.startswith(self.arn("task-definition/")):
            raise client_error("Unable to describe task definition.")
        family, _, number = reference.rpartition("/")[2].partition(":")
        revisions = self.families.get(family, [])
        if number:
            found = next((each for each in revisions if str(each.document["revision"]) == number), None)
        else:
            found = next((each for each in reversed(revisions) if each.document["status"] == "ACTIVE"), None)
        if found is None:
            raise client_error("Unable to describe task definition.")
        return found

    def runnable(self, reference: str) -> Definition:
        """The definition for a service or a run; ECS refuses INACTIVE ones there."""
        try:
            found = self.definition(reference)
        except Refusal:
            raise client_error("TaskDefinition not found.") from None
        if found.document["status"] != "ACTIVE":
            raise client_error("TaskDefinition is inactive")
        return found

    def task(self, cluster: str | None, name_or_arn: str) -> Task:
        found = self.find_task(cluster, name_or_arn)
        if found is None:
            raise invalid("The referenced task was not found.")
        return found

    def find_task(self, cluster: str | None, name_or_arn: str) -> Task | None:
        found = self.tasks.get(name_or_arn.rpartition("/")[2])
        return found if found and found.cluster == self.cluster(cluster).name else None

    def tasks_of(self, service: Service) -> list[Task]:
        return [task for task in self.tasks.values() if task.service == service.name and task.cluster == service.cluster]

    def service_of(self, task: Task) -> Service | None:
        return self.services.get((task.cluster, task.service)) if task.service else None


def new_task_id() -> str:
    return secrets.token_hex(16)


def new_number() -> str:
    """19 digits, as in ecs-svc/3417254024836031316."""
    return str(random.randint(10**18, 10**19 - 1))  # noqa: S311 - an identifier
