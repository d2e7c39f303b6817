"""Whether what a tag names by now is what runs: of one image, and of an index of several platforms."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import botocore.exceptions
import pytest

from credex_actions.ecs.deployment.pushed_again import pushed_again
from credex_actions.ecs.service.described import Service

if TYPE_CHECKING:
    from credex_actions.core.aws.clients import Clients

REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"
SERVICE = Service(name="web", arn="", cluster="main", status="ACTIVE", revision="web:2", desired=1, running=1, deployments=())


class Aws:
    """ECS and ECR as far as they are asked: what runs, and what ECR has under the tag."""

    def __init__(self, runs: str, has: str, inside: tuple[str, ...] = (), *, denied: str = "", revision: str = "web:2") -> None:
        self.runs, self.has, self.inside, self.denied, self.revision = runs, has, inside, denied, revision

    def read(self, service: str, region: str | None = None) -> Any:
        del service, region
        return SimpleNamespace(list_tasks=self.list_tasks, describe_tasks=self.describe_tasks, batch_get_image=self.batch_get_image)

    def list_tasks(self, **_: Any) -> dict[str, Any]:
        if self.denied == "ListTasks":
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListTasks")
        return {"taskArns": ["task"]}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        containers = [{"name": "web", "imageDigest": self.runs} if self.runs else {"name": "web"}]
        return {"tasks": [{"taskDefinitionArn": self.revision, "containers": containers}]}

    def batch_get_image(self, **_: Any) -> dict[str, Any]:
        if self.denied == "BatchGetImage":
            raise botocore.exceptions.ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchGetImage")
        manifest = {"manifests": [{"digest": each, "platform": {"os": "linux", "architecture": "amd64"}} for each in self.inside]}
        return {"images": [{"imageId": {"imageDigest": self.has}, "imageManifest": json.dumps(manifest)}]}


def found(aws: Aws, image: str = f"{REPOSITORY}:latest") -> tuple[list[str], list[str]]:
    told: list[str] = []
    definition = {"containerDefinitions": [{"name": "web", "image": image}]}
    return pushed_again(cast("Clients", aws), SERVICE, definition, told.append), told


@pytest.mark.parametrize(
    ("aws", "image", "again"),
    [
        (Aws("sha256:old", "sha256:new"), f"{REPOSITORY}:latest", True),
        (Aws("sha256:old", "sha256:new"), REPOSITORY, True),
        (Aws("sha256:a", "sha256:a"), f"{REPOSITORY}:latest", False),
        (Aws("sha256:platform", "sha256:index", ("sha256:platform",)), f"{REPOSITORY}:latest", False),
        (Aws("sha256:old", "sha256:index", ("sha256:platform",)), f"{REPOSITORY}:latest", True),
        (Aws("sha256:old", "sha256:new"), f"{REPOSITORY}@sha256:old", False),
        (Aws("sha256:old", "sha256:new"), "nginx:latest", False),
        (Aws("", "sha256:new"), f"{REPOSITORY}:latest", False),
        (Aws("sha256:old", "sha256:new", revision="web:1"), f"{REPOSITORY}:latest", False),
    ],
)
def test_what_a_tag_names_is_compared_with_what_runs(aws: Aws, image: str, again: bool) -> None:
    assert found(aws, image) == ([image] if again else [], [])


@pytest.mark.parametrize("operation", ["ListTasks", "BatchGetImage"])
def test_what_cannot_be_read_is_said(operation: str) -> None:
    again, told = found(Aws("sha256:old", "sha256:new", denied=operation))
    assert again == []
    assert told
    assert f"is not known: the role is not authorized to perform {operation}." in told[0]
