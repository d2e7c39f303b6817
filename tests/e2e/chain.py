"""A team's repository on the sandbox: the example, its three environments, and pushes that run the real workflow."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from credex_actions.sandbox import Provisioned, Sandbox
from credex_actions.sandbox.github.act.gates import WORKFLOWS, without_environments
from credex_actions.sandbox.github.act.mirrored import mirror
from credex_actions.sandbox.suite import copy_suite, local_actions
from tests.e2e import act

ROOT: Final = Path(__file__).resolve().parents[2]
BRANCHES: Final = {"dev": "development", "stage": "staging", "prod": "production"}
AUTHOR: Final = {
    "GIT_AUTHOR_NAME": "A developer",
    "GIT_AUTHOR_EMAIL": "developer@example.com",
    "GIT_COMMITTER_NAME": "A developer",
    "GIT_COMMITTER_EMAIL": "developer@example.com",
}

SECRETS: Final = {
    "JWT_SECRET": "jwt|canary&'7f3a\"${HOME}$(id)",
    "WHATSAPP_BOT_API_KEY": "whatsapp-canary-51d0\\n 100% `date`",
    "OPEN_EXCHANGE_RATES_API": "exchange-canary-9c2e",
    "NEO_4J_LEDGER_SPACE_BOLT_URL": "bolt://ledger-canary.internal:7687",
    "NEO_4J_LEDGER_SPACE_USER": "ledger-canary-user",
    "NEO_4J_LEDGER_SPACE_PASS": "first-canary-line\nsecond-canary-line / + =",
    "NEO_4J_SEARCH_SPACE_BOLT_URL": "bolt://search-canary.internal:7687",
    "NEO_4J_SEARCH_SPACE_USER": "search-canary-user",
    "NEO_4J_SEARCH_SPACE_PASS": "search-canary-;rm -rf & | \\ '",
}
"""The nine that the example lists, with everything in them that `sed` would trip over. Each holds the word canary."""


@dataclass
class Chain:
    """`folder`: scratch space of the caller's, which is not emptied here. `suite`: a copy that copy_suite made; without one, prepare makes it."""

    sandbox: Sandbox
    folder: Path
    suite: Path | None = None
    environments: dict[str, Provisioned] = field(default_factory=dict)
    variables: dict[str, str] = field(
        default_factory=lambda: {"WATCH_MINUTES": "0.05", "POLL_SECONDS": "1", "DEPLOY_ON_PUSH_TO_DEV": "true"}
    )
    more_secrets: dict[str, str] = field(default_factory=lambda: {"UNRELATED_TOKEN": "unrelated-canary-token"})

    @property
    def repository(self) -> Path:
        return self.folder / "credex-core"

    def prepare(self) -> None:
        """The repository, with the account's number in its roles, and the suite as its users get it."""
        shutil.copytree(ROOT / "examples" / "credex-core", self.repository)
        definition = self.repository / "task-definition.json"
        definition.write_text(definition.read_text().replace("123456789012", self.sandbox.account))
        self._git("init", "--quiet", "--initial-branch", "dev")
        self._git("remote", "add", "origin", "https://github.com/Great-Sun-Group/credex-core.git")
        self.commit("The service as it is")
        if self.suite is None:
            self.suite = self.folder / "copy"
            copy_suite(self.suite)
        mirror(self.suite, self.folder / "suite", {WORKFLOWS})
        without_environments(self.folder / "suite")

    def provision(self, branch: str) -> Provisioned:
        return self.take(branch, self.sandbox.provision("credex-core", BRANCHES[branch]))

    def take(self, branch: str, place: Provisioned) -> Provisioned:
        """The branch's environment, where it already exists."""
        environment = BRANCHES[branch]
        self.environments[branch] = place
        self.variables[f"{environment.upper()}_URL"] = self.environments[branch].url
        return self.environments[branch]

    def commit(self, message: str, files: Mapping[str, str] | None = None) -> None:
        for name, text in (files or {}).items():
            (self.repository / name).write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message)

    def break_image(self, behaviour: str = "crash") -> None:
        """A commit whose image does not start. A build is not possible here; the label tells the sandbox what the image would do."""
        dockerfile = self.repository / "Dockerfile"
        self.commit("Forget the database driver", {"Dockerfile": f'{dockerfile.read_text()}LABEL sandbox="{behaviour}"\n'})

    def push(self, branch: str, event: str = "push") -> Iterator[act.Event | int]:
        """What happens when the current commit arrives on `branch`, as it happens; last of all, 0 or not."""
        self._git("checkout", "--quiet", "-B", branch)
        return act.run(self.repository, event, branch, self._setting(), ".github/workflows/deploy.yml")

    def _setting(self) -> act.Setting:
        keys = {
            "AWS_ACCESS_KEY": self.sandbox.environment["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": self.sandbox.environment["AWS_SECRET_ACCESS_KEY"],
        }
        runner = {
            "AWS_ENDPOINT_URL": self.sandbox.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SANDBOX_PYTHON": sys.executable,
            "SANDBOX_REGISTRY": f"{self.sandbox.account}.dkr.ecr.{self.sandbox.region}.amazonaws.com",
        }
        return act.Setting(SECRETS | self.more_secrets | keys, self.variables, runner, local_actions(self.folder / "suite"))

    def _git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", *arguments],
            cwd=self.repository,
            env=os.environ | AUTHOR | {"GIT_CONFIG_GLOBAL": os.devnull},
            check=True,
            stdout=subprocess.DEVNULL,
        )


def environment_of(sandbox: Sandbox, provisioned: Provisioned) -> dict[str, str]:
    """The environment of the containers that the service runs now, read back from ECS."""
    ecs = sandbox.client("ecs")
    service = ecs.describe_services(cluster=provisioned.cluster, services=[provisioned.service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    return {each["name"]: each["value"] for each in definition["containerDefinitions"][0]["environment"]}


def shown_forms(secret: str) -> set[str]:
    """The forms in which a secret could show: as it is, line by line, and inside JSON."""
    return {secret, json.dumps(secret)[1:-1], *(line for line in secret.splitlines() if line)}
