"""Runs rotate-secrets as users do: the real command line, in a process of its own, against the sandbox's AWS and GitHub."""

import json
import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import App, Repository
from tests.integration.called import Ended, ended, put, under_way
from tests.integration.warm import Command

NAME: Final = "Great-Sun-Group/credex-core"
USER: Final = "credex-core-development-deployment"


@dataclass
class Rotating:
    """A user, parameters, a secret and a repository with an environment; `manifest` is written before each call."""

    sandbox: Sandbox
    github: GitHub
    folder: Path
    credentials: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    repository: Repository = field(init=False)
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "As it is"})
        self.github.protect(self.repository, "development")
        self.app = self.github.app()

    def user(self, name: str = USER, keys: int = 1) -> list[dict[str, str]]:
        iam = self.sandbox.client("iam")
        iam.create_user(UserName=name)
        return [iam.create_access_key(UserName=name)["AccessKey"] for _ in range(keys)]

    def access_keys(self, name: str = USER) -> dict[str, str]:
        """Access key id -> status."""
        listed = self.sandbox.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in listed}

    def parameter(self, name: str, value: str = "as it was", kind: str = "SecureString", **more: Any) -> None:
        self.sandbox.client("ssm").put_parameter(Name=name, Value=value, Type=kind, **more)

    def parameter_value(self, name: str) -> str:
        return str(self.sandbox.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])

    def escrowed(self, name: str, stage: str = "AWSCURRENT") -> dict[str, str]:
        text = self.sandbox.client("secretsmanager").get_secret_value(SecretId=f"credex/rotation/{name}", VersionStage=stage)[
            "SecretString"
        ]
        return dict(json.loads(text)["values"])

    def stages(self, name: str) -> set[str]:
        versions = self.sandbox.client("secretsmanager").describe_secret(SecretId=f"credex/rotation/{name}")["VersionIdsToStages"]
        return {stage for stages in versions.values() for stage in stages}

    @property
    def path(self) -> Path:
        return self.folder / "rotation.yml"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "GH_", "INPUT_"))}
        who = {"GH_APP_ID": str(self.app.id), "GH_APP_PRIVATE_KEY": self.app.private_key, "GITHUB_REPOSITORY": NAME}
        files = {"GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}
        both = {**kept, **self.sandbox.environment, **self.github.environment, **who, **files, **self.more}
        return {name: value for name, value in both.items() if value}

    def started(self, mode: str, *flags: str) -> AbstractContextManager[Command]:
        put(self.path, yaml.safe_dump({"credentials": self.credentials, **self.rest}, sort_keys=False))
        return under_way(Command("rotate-secrets", "--mode", mode, *flags, "--json", cwd=self.folder, env=self.environment))

    def call(self, mode: str, *flags: str) -> Ended:
        with self.started(mode, *flags) as process:
            return self.ended(process)

    def ended(self, process: Command) -> Ended:
        return ended(process, self.folder, 180)

    def kill_at(self, process: Command) -> bool:
        """Kills it while the call that was made slow (by a second) is on its way: it takes effect, and nobody hears the answer. Whether it came to that call."""
        while process.poll() is None and self.sandbox.faults_left + self.github.faults_left:
            time.sleep(0.005)
        struck = process.poll() is None
        process.kill()
        process.wait()
        for each in (self.sandbox, self.github):
            each.until_answered()
        self.sandbox.reset_faults()
        self.github.reset_faults()
        return struck
