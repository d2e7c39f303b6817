"""The example application in a sandbox: its repository with secrets and variables on the local GitHub, its three environments in the local AWS."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from credex_actions.sandbox import suite
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.state import Vault
from credex_actions.sandbox.refused import RefusedError

if TYPE_CHECKING:
    from credex_actions.sandbox.databases import Databases
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.github.state import Repository
    from credex_actions.sandbox.local import Sandbox
    from credex_actions.sandbox.provision import Provisioned

REPOSITORY: Final = "Great-Sun-Group/credex-core"
BRANCHES: Final = {"dev": "development", "stage": "staging", "prod": "production"}
SECRETS: Final = (
    "JWT_SECRET",
    "WHATSAPP_BOT_API_KEY",
    "OPEN_EXCHANGE_RATES_API",
    "NEO_4J_LEDGER_SPACE_BOLT_URL",
    "NEO_4J_LEDGER_SPACE_USER",
    "NEO_4J_LEDGER_SPACE_PASS",
    "NEO_4J_SEARCH_SPACE_BOLT_URL",
    "NEO_4J_SEARCH_SPACE_USER",
    "NEO_4J_SEARCH_SPACE_PASS",
)


PARAMETERS: Final = ("jwt_secret", "jwt_secret_previous", "open_exchange_rates_api", "whatsapp_bot_api_key")
AN_HOUR: Final = {"grace: 1h": "grace: 5s", "watch: 1d": "watch: 5s"}
"""In the sandbox nobody waits for days."""


def make(sandbox: "Sandbox", github: "GitHub", databases: "Databases | None" = None) -> dict[str, "Provisioned"]:
    """What each environment has, by its name; with `databases`, development's are real ones.

    Raises NoCheckoutError where only the package is installed, ValueError where the example is there already.
    """
    if REPOSITORY.lower() in github.hub.repositories:
        raise ValueError("the example already exists: clone it, or start a new sandbox")
    github.local_actions = suite.local_actions(suite.copy_for(github))
    places = {environment: sandbox.provision("credex-core", environment) for environment in BRANCHES.values()}
    with tempfile.TemporaryDirectory(prefix="sandbox-example-") as scratch:
        source = Path(scratch) / "credex-core"
        shutil.copytree(suite.ROOT / "examples" / "credex-core", source)
        definition = source / "task-definition.json"
        definition.write_text(definition.read_text().replace("123456789012", sandbox.account))
        manifest = source / "rotation.yml"
        manifest.write_text(_quick(manifest.read_text()))
        record = github.repository(REPOSITORY, source=source)
    for branch in BRANCHES:
        git_store.git(record.git, "update-ref", f"refs/heads/{branch}", "refs/heads/dev")
    record.vault.secrets |= {name: f"example-{token_hex(6)}" for name in SECRETS}
    deployer = github.app_environment(github.app())
    record.vault.secrets |= {
        **deployer,
        "AWS_ACCESS_KEY": sandbox.environment["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": sandbox.environment["AWS_SECRET_ACCESS_KEY"],
    }
    _give_credentials(sandbox, github, record)
    if databases is not None:
        databases.start()
        record.environments["development"].vault.secrets |= databases.publish(sandbox, "development")
    record.vault.variables |= {f"{environment.upper()}_URL": place.url for environment, place in places.items()}
    record.vault.variables |= {"WATCH_MINUTES": "0.05", "POLL_SECONDS": "1", "ROTATION_WAIT_MINUTES": "1"}
    github.runner_environment = {
        "AWS_ENDPOINT_URL": sandbox.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SANDBOX_PYTHON": sys.executable,
        "SANDBOX_REGISTRY": f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com",
    }
    return places


def _quick(manifest: str) -> str:
    for real, quick in AN_HOUR.items():
        manifest = manifest.replace(real, quick)
    return manifest


def _give_credentials(sandbox: "Sandbox", github: "GitHub", record: "Repository") -> None:
    """What rotation.yml speaks of: a user with a key for each environment, parameters, and a secret of the organisation."""
    for environment in BRANCHES.values():
        user = f"credex-core-{environment}-deployment"
        sandbox.client("iam").create_user(UserName=user)
        key = sandbox.client("iam").create_access_key(UserName=user)["AccessKey"]
        vault = github.protect(record, environment).vault
        vault.secrets |= {"AWS_ACCESS_KEY": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    for name in PARAMETERS:
        sandbox.client("ssm").put_parameter(Name=f"/credex/development/{name}", Value=f"example-{token_hex(8)}", Type="SecureString")
    shared = github.hub.organisations.setdefault(record.owner, Vault())
    shared.secrets["OPEN_EXCHANGE_RATES_API"] = f"example-{token_hex(6)}"
    shared.visibility["OPEN_EXCHANGE_RATES_API"] = "selected"
    shared.selected["OPEN_EXCHANGE_RATES_API"] = [record.id]


def clone(github_url: str, folder: Path) -> None:
    """A checkout of the example, as a developer has it. Raises RefusedError in git's words."""
    try:
        subprocess.run(
            ["git", "clone", "--quiet", "--branch", "dev", f"{github_url}/{REPOSITORY}.git", str(folder)],
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        raise RefusedError(str(error.stderr).strip()) from None
