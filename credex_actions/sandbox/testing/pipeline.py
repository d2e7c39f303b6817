"""A repository's own workflows, run in the sandbox: what its secrets and variables are, and how a run ended."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import requests

from credex_actions.sandbox import suite as suites
from credex_actions.sandbox.github.state import Repository, Vault

if TYPE_CHECKING:
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.local import Sandbox

LOOKS_EVERY: Final = 0.2
"""Seconds."""


@dataclass(frozen=True)
class Ended:
    """How a run ended: `conclusion` in GitHub's words (success, failure, cancelled …), that of each job by its name, and the log of all jobs."""

    conclusion: str
    jobs: Mapping[str, str]
    log: str


class NoStandInError(Exception):
    """A workflow uses an action of somebody else that nothing stands in for; runs of the sandbox fetch nothing."""


@dataclass(frozen=True)
class Pipeline:
    """`secrets` and `variables` are the repository's; those of an environment are those of `environment(name)`."""

    sandbox: "Sandbox"
    github: "GitHub"
    repository: Repository

    @classmethod
    def of(
        cls, sandbox: "Sandbox", github: "GitHub", name: str, folder: Path, branch: str, suite: Path | None, stand_ins: Mapping[str, Path]
    ) -> Self:
        """Raises NoStandInError, and NoCheckoutError where neither `suite` nor a checkout of the suite is there."""
        copy = suites.copy_for(github, suite)
        github.local_actions |= {**suites.local_actions(copy), **_stand_ins(folder), **stand_ins}
        missing = _used(folder) - github.local_actions.keys() - {each for each in _used(folder) if each.startswith("actions/checkout@")}
        if missing:
            raise NoStandInError(f"nothing stands in for {', '.join(sorted(missing))}: provide a folder with an action.yml in stand_ins")
        github.runner_environment |= {
            "AWS_ENDPOINT_URL": sandbox.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SANDBOX_PYTHON": sys.executable,
            "SANDBOX_REGISTRY": f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com",
        }
        return cls(sandbox, github, github.repository(name, source=folder, branch=branch))

    @property
    def secrets(self) -> dict[str, str]:
        return self.repository.vault.secrets

    @property
    def variables(self) -> dict[str, str]:
        return self.repository.vault.variables

    def environment(self, name: str, reviewers: tuple[str, ...] = ()) -> Vault:
        """The environment's `secrets` and `variables`; it is created if it does not exist. With reviewers its jobs wait for one of them."""
        known = self.repository.environments.get(name)
        return (known or self.github.protect(self.repository, name, reviewers)).vault

    def run(self, workflow: str, ref: str = "", *, seconds: float = 300, **inputs: str) -> Ended:
        """Dispatches `workflow` (a file name) on `ref` (default: the default branch), and waits until its run has ended.

        Raises TimeoutError after `seconds`; HTTPError, with GitHub's own words, for a workflow that cannot be dispatched.
        """
        body = {"ref": ref or self.repository.default_branch, "inputs": inputs, "return_run_details": True}
        answer = self._asked("POST", f"/actions/workflows/{workflow}/dispatches", json=body)
        return self._ended(int(answer["workflow_run_id"]), seconds)

    def push(self, files: Mapping[str, str | None], branch: str = "", *, seconds: float = 300) -> list[Ended]:
        """A commit with `files` (None removes one) on `branch`, and how the runs ended that it started."""
        runs = self.github.push(self.repository, branch or self.repository.default_branch, files)
        return [self._ended(run.id, seconds) for run in runs]

    def _ended(self, run: int, seconds: float) -> Ended:
        until = time.monotonic() + seconds
        while (found := self._asked("GET", f"/actions/runs/{run}"))["status"] != "completed":
            if time.monotonic() > until:
                raise TimeoutError(f"the run of {found['path']} has not ended within {seconds:g} seconds: {found['status']}")
            time.sleep(LOOKS_EVERY)
        jobs = self._asked("GET", f"/actions/runs/{run}/jobs")["jobs"]
        log = "".join(self._log(job["id"]) for job in jobs)
        return Ended(found["conclusion"], {job["name"]: job["conclusion"] for job in jobs}, log)

    def _log(self, job: int) -> str:
        answer = requests.get(f"{self.github.url}/_blobs/{self.repository.full_name}/jobs/{job}", timeout=30)
        return answer.text if answer.ok else ""

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.github.token().text}"}
        answer = requests.request(method, f"{self.github.url}/repos/{self.repository.full_name}{path}", headers=headers, timeout=30, **more)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code}: {answer.json().get('message', answer.text)}")
        return answer.json() if answer.content else None


def _used(folder: Path) -> set[str]:
    return suites.third_party((folder / ".github" / "workflows").glob("*.y*ml"))


def _stand_ins(folder: Path) -> dict[str, Path]:
    """Those that the sandbox has for what the repository's workflows use, whatever their refs."""
    known = {used: suites.STAND_INS / used.partition("@")[0].rpartition("/")[2] for used in _used(folder)}
    return {used: place for used, place in known.items() if place.is_dir()}
