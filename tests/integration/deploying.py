"""Runs deploy-task-definition as users do: the real command line, in a process of its own, against the sandbox."""

import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.called import Ended, ended, put, under_way
from tests.integration.warm import Command


@dataclass
class Deploying:
    """One service to deploy to, and the file that is deployed."""

    sandbox: Sandbox
    place: Provisioned
    folder: Path

    def write(self, image: str = "", **members: Any) -> Path:
        path = self.folder / "task-definition.json"
        put(path, json.dumps(self.place.definition(image, **members)))
        return path

    def image(self, tag: str) -> str:
        """An image of that name, which the sandbox knows from then on; its name says how it behaves (docs/sandbox.md)."""
        known = self.sandbox.client("ecr").list_images(repositoryName=self.place.repository)["imageIds"]
        if any(each.get("imageTag") == tag for each in known):
            return f"{self.place.repository_uri}:{tag}"
        return self.sandbox.push_image(self.place.repository, tag)

    def started(self, *flags: str, **environment: str) -> AbstractContextManager[Command]:
        return under_way(Command("deploy-task-definition", *flags, "--json", cwd=self.folder, env={**self.environment, **environment}))

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
        return {**kept, **self.sandbox.environment, "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}

    def arguments(self, image: str, *more: str, **members: Any) -> list[str]:
        path = self.write(self.image(image) if image and "/" not in image else image, **members)
        return [
            "--task-definition",
            str(path),
            "--service",
            self.place.service,
            "--cluster",
            self.place.cluster,
            "--poll-seconds",
            "0.2",
            *more,
        ]

    def deploy(self, image: str = "next", *more: str, **members: Any) -> Ended:
        return self.call(*self.arguments(image, *more, **members))

    def call(self, *flags: str) -> Ended:
        with self.started(*flags) as process:
            return self.ended(process)

    def ended(self, process: Command) -> Ended:
        return ended(process, self.folder)

    def serving(self) -> dict[str, Any]:
        """The service as ECS describes it."""
        service: dict[str, Any] = self.sandbox.client("ecs").describe_services(cluster=self.place.cluster, services=[self.place.service])[
            "services"
        ][0]
        return service

    def revisions(self) -> list[str]:
        arns: list[str] = self.sandbox.client("ecs").list_task_definitions(familyPrefix=self.place.family)["taskDefinitionArns"]
        return arns

    def count(self, operation: str) -> int:
        return sum(1 for call in self.sandbox.calls() if call.operation == operation)
