"""The sandbox's GitHub as a Python object. It starts in threads of this process and leaves nothing behind."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from credex_actions.sandbox.github import access, identity, routes, starting, workflow_files
from credex_actions.sandbox.github.act import run as act_run
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.records import Artifact, artifacts
from credex_actions.sandbox.github.runs.execution import Executions, Script
from credex_actions.sandbox.github.runs.happenings import Happening
from credex_actions.sandbox.github.server import GitHubEndpoint
from credex_actions.sandbox.github.speaker import Speaker
from credex_actions.sandbox.github.state import App, Environment, Repository, Run, Token
from credex_actions.sandbox.serving import LocalService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

EVERYTHING: Final = {
    "actions": "write",
    "administration": "write",
    "checks": "write",
    "contents": "write",
    "dependabot_secrets": "write",
    "deployments": "write",
    "environments": "write",
    "issues": "write",
    "metadata": "read",
    "organization_secrets": "write",
    "pull_requests": "write",
    "secrets": "write",
    "security_events": "write",
    "statuses": "write",
    "variables": "write",
}
assert routes  # registered by the import


class GitHub(LocalService):
    """`with GitHub() as github:` starts it; on the way out its port is free, its runs have ended and its files are gone.

    For whoever starts many servers: `app_keys`, where the keys of its Apps come from, one after the other, since drawing one takes a fifth of a second; and `suite`, a copy of
    the suite that its runs may share with others' (sandbox.suite.copy_suite).
    """

    def __init__(self, port: int = 0, app_keys: "Iterator[RSAPrivateKey] | None" = None, suite: Path | None = None) -> None:
        self._port = port
        self._app_keys = app_keys or access.drawn_keys()
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-github-"))
        self.hub = Hub(self._folder)
        self._executions = Executions(self.hub, self._run_by_act, environments_of)
        self._endpoint: GitHubEndpoint = GitHubEndpoint(self.hub, self._executions)
        self.url = ""
        self.suite = suite
        self.local_actions: dict[str, Path] = {}
        self.runner_environment: dict[str, str] = {}

    def start(self) -> Self:
        self.url = self._endpoint.start(self._port)
        return self

    def stop(self) -> None:
        self._executions.stop()
        self._endpoint.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """What points any client at it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_SERVER_URL": self.url}

    @staticmethod
    def app_environment(app: App) -> dict[str, str]:
        """What lets trigger-dev-deploy act as this App."""
        return {"GH_APP_ID": str(app.id), "GH_APP_PRIVATE_KEY": app.private_key}

    def repository(
        self, full_name: str, files: Mapping[str, str | None] | None = None, source: Path | None = None, branch: str = "dev"
    ) -> Repository:
        """A repository whose default branch holds `files`, or a copy of the folder `source`."""
        owner, _, name = full_name.partition("/")
        folder = self._folder / owner / f"{name}.git"
        git_store.create(folder, branch)
        git_store.commit_files(folder, branch, files or {}, "As it is", source)
        with self.hub.lock:
            record = Repository(self.hub.id(), owner, name, folder, branch)
            self.hub.repositories[full_name.lower()] = record
        return record

    def rename(self, repository: Repository, full_name: str) -> None:
        """Its old name is answered with a redirect from now on."""
        with self.hub.lock:
            self.hub.former_names[repository.full_name.lower()] = self.hub.repositories.pop(repository.full_name.lower())
            repository.owner, _, repository.name = full_name.partition("/")
            self.hub.repositories[full_name.lower()] = repository

    def push(
        self, repository: Repository, branch: str, files: Mapping[str, str | None], message: str = "A change", actor: str = "developer"
    ) -> list[Run]:
        """A commit on `branch`, and the runs that it fires."""
        sha = git_store.commit_files(repository.git, branch, files, message)
        with self.hub.lock:
            return starting.pushed(self.hub, self._executions, repository, branch, sha, actor)

    def app(
        self, permissions: Mapping[str, str] = EVERYTHING, repositories: tuple[str, ...] | None = None, slug: str = "credex-deployer"
    ) -> App:
        with self.hub.lock:
            return access.new_app(self.hub, slug, permissions, repositories, next(self._app_keys))

    def token(
        self,
        permissions: Mapping[str, str] = EVERYTHING,
        kind: str = "pat",
        actor: str = "developer",
        repositories: tuple[str, ...] | None = None,
    ) -> Token:
        """`kind`: pat, installation, or actions (a run's GITHUB_TOKEN)."""
        with self.hub.lock:
            return access.new_token(self.hub, kind, actor, permissions, repositories)

    def identity(self, repository: Repository, environment: str = "", branch: str = "dev") -> dict[str, str]:
        """What a job with `permissions: id-token: write` has in its environment."""
        with self.hub.lock:
            bearer = identity.bearer(self.hub, Speaker(repository, f"refs/heads/{branch}"))
        return {identity.ADDRESS: f"{identity.address(self.url)}&environment={environment}", identity.BEARER: bearer}

    def protect(self, repository: Repository, environment: str, reviewers: tuple[str, ...] = ()) -> Environment:
        """An environment; with reviewers, its jobs wait for one of them."""
        with self.hub.lock:
            record = Environment(self.hub.id(), environment, reviewers)
            repository.environments[environment] = record
            return record

    def disable(self, repository: Repository, workflow: str, state: str = "disabled_manually") -> None:
        """`workflow`: its file name. `state`: disabled_manually, disabled_inactivity, disabled_fork, or active to enable it again."""
        with self.hub.lock:
            path = f"{workflow_files.FOLDER}/{workflow}"
            repository.disabled.pop(path, None) if state == "active" else repository.disabled.update({path: state})

    def secret(self, repository: Repository, name: str, environment: str = "", *, dependabot: bool = False) -> str | None:
        """The value that was sealed, for tests: the API never gives it."""
        vault = repository.dependabot if dependabot else repository.environments[environment].vault if environment else repository.vault
        return vault.secrets.get(name.upper())

    def keep_artifact(self, run: int, name: str, files: Mapping[str, bytes]) -> Artifact:
        """What a run would have uploaded."""
        with self.hub.lock:
            (repository,) = (each for each in self.hub.repositories.values() if any(own.id == run for own in each.runs))
            record = Artifact(self.hub.id(), run, name, dict(files))
            artifacts(repository).append(record)
            return record

    def script(self, workflow: str, script: Script | Iterable[Happening]) -> None:
        """What happens in runs of this workflow file from now on, instead of what act would do: for tests that must be quick."""
        self._executions.scripts[workflow] = script if callable(script) else lambda _: list(script)

    @property
    def knows_run_details(self) -> bool:
        return self._endpoint.knows_run_details

    @knows_run_details.setter
    def knows_run_details(self, known: bool) -> None:
        self._endpoint.knows_run_details = known

    @property
    def faults_struck(self) -> list[str]:
        """The operations that met one, in their order; the log of calls has a call only once it was answered."""
        return list(self._endpoint.faults.struck)

    def lag(self, seconds: float) -> None:
        """Reads of runs and jobs answer as the world was so long ago."""
        with self.hub.lock:
            self.hub.lag = seconds

    @property
    def misfits(self) -> list[str]:
        """What the server stumbled over, and what no client should do: both fail a test."""
        return self.hub.misfits

    def _run_by_act(self, repository: Repository, run: Run) -> Iterable[Happening]:
        """A checkout of the run's commit, with what its environments, its repository and its organisation give it."""
        with self.hub.lock:
            setting = self._setting(repository, run)
        with tempfile.TemporaryDirectory(prefix="sandbox-run-") as folder:
            checkout = Path(folder) / repository.name
            git_store.checkout(repository.git, run.sha, checkout, repository.full_name)
            for file in (checkout / workflow_files.FOLDER).glob("*.y*ml"):
                file.write_text(identity.handed_on(file.read_text()))
            payload = {"ref": f"refs/heads/{run.branch}", "inputs": {name: _text(value) for name, value in run.inputs.items()}}
            yield from act_run.happenings(checkout, run.workflow, run.event, payload, setting, run.cancelled, run.killed)

    def _setting(self, repository: Repository, run: Run) -> act_run.Setting:
        file = workflow_files.read(repository, run.sha, run.workflow)
        named = [
            repository.environments[name].vault for name in (file.deploys_to().values() if file else ()) if name in repository.environments
        ]
        variables = dict(repository.vault.variables)
        for vault in named:
            variables |= vault.variables
        bearer = identity.bearer(self.hub, Speaker(repository, f"refs/heads/{run.branch}", run))
        variables |= {identity.GIVEN_ADDRESS: identity.address(self.url), identity.GIVEN_BEARER: bearer}
        token = access.new_token(self.hub, "actions", "github-actions[bot]", EVERYTHING, (repository.full_name,))
        facts = {"GITHUB_REPOSITORY": repository.full_name, "GITHUB_RUN_ID": str(run.id), "GITHUB_RUN_NUMBER": str(run.number)}
        return act_run.Setting(
            secrets=organisation_secrets(self.hub, repository) | repository.vault.secrets,
            of_environments={name: dict(each.vault.secrets) for name, each in repository.environments.items()},
            variables=variables,
            environment={**self.environment, **facts, "GITHUB_RUN_ATTEMPT": str(run.attempt), **self.runner_environment},
            local_actions=self.local_actions,
            actor=run.actor,
            token=token.text,
        )


def organisation_secrets(hub: Hub, repository: Repository) -> dict[str, str]:
    """Those that this repository may have."""
    vault = hub.organisations.get(repository.owner)
    if vault is None:
        return {}
    return {
        name: value
        for name, value in vault.secrets.items()
        if vault.visibility.get(name) != "selected" or repository.id in vault.selected.get(name, [])
    }


def environments_of(repository: Repository, run: Run) -> dict[str, str]:
    """Job -> environment: those that the run's workflow file names outright, as far as the repository has them."""
    file = workflow_files.read(repository, run.sha, run.workflow)
    return {job: name for job, name in (file.environments().items() if file else ()) if name in repository.environments}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
