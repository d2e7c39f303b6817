"""What GitHub calls the jobs and steps that act's log is about: act has names of its own for matrices, reused workflows and steps without a name."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from credex_actions.sandbox.github.act import gates as act_gates


class Names:
    """Of one workflow file, and of the workflows in `folders` that it may reuse."""

    def __init__(self, workflow: Path, folders: Iterable[Path]) -> None:
        self._main = _load(workflow)
        self._name = str(self._main.get("name") or workflow.name)
        files = [(file.name, _load(file)) for folder in folders for file in sorted(folder.glob("*.y*ml"))]
        self._jobs = {(str(document.get("name") or name), key): job for name, document in files for key, job in _jobs(document).items()}

    def listed(self) -> list[str]:
        """The main workflow's jobs."""
        return [str(job.get("name", key)) for key, job in _jobs(self._main).items()]

    def is_caller(self, record: Mapping[str, Any]) -> bool:
        """A job that reuses a workflow is not a job of its own on GitHub: its callee's jobs are."""
        return "uses" in self._declaration(record)

    def batch(self, record: Mapping[str, Any]) -> str:
        """The same for all jobs of a matrix."""
        caller, workflow, _ = self._parts(record)
        return f"{caller}/{workflow}/{record.get('jobID')}"

    def is_gated(self, record: Mapping[str, Any]) -> bool:
        """The job begins with a gate, before which nobody sees anything of it."""
        steps = self._declaration(record).get("steps") or [{}]
        return bool(steps[0].get("id") == act_gates.STEP)

    def job(self, record: Mapping[str, Any]) -> str:
        """What act calls `Workflow/job-2  ` and `caller/Called workflow/job`, as GitHub does: `job (a, b)` and `caller / job`."""
        caller, _, said = self._parts(record)
        name = self._single(said, record)
        return f"{_jobs(self._main).get(caller, {}).get('name', caller)} / {name}" if caller else name

    def _parts(self, record: Mapping[str, Any]) -> tuple[str, str, str]:
        """The job that reuses the workflow (empty for a job of the main one), that workflow's name, and act's name for the job there."""
        said = str(record["job"]).rstrip()
        caller, _, rest = said.partition("/")
        workflow, _, job = rest.partition("/")
        if said.startswith(f"{self._name}/") or not job:
            return "", self._name, said.removeprefix(f"{self._name}/")
        return caller, workflow, job

    def _declaration(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        caller, workflow, _ = self._parts(record)
        identity = str(record.get("jobID"))
        return self._jobs.get((workflow, identity), {}) if caller else _jobs(self._main).get(identity, {})

    def _single(self, said: str, record: Mapping[str, Any]) -> str:
        matrix = dict(record.get("matrix") or {})
        if not matrix:
            return said
        declared = str(self._declaration(record).get("name", record.get("jobID")))
        if "${{" in declared:
            return re.sub(r"-\d+$", "", said)
        return f"{declared} ({', '.join(str(value) for value in matrix.values())})"

    def step(self, record: Mapping[str, Any]) -> str:
        said, declared = str(record.get("step", "")), self._step(record)
        return said if declared is None or declared.get("name") else f"Run {said.partition(chr(10))[0]}"

    def header(self, record: Mapping[str, Any]) -> str:
        """What a step's log begins with; empty for those that GitHub adds."""
        declared = self._step(record)
        return f"Run {str(declared.get('run') or declared.get('uses') or '').strip().partition(chr(10))[0]}" if declared else ""

    def _step(self, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The step in the workflow file: act gives its id, or its place where it has none."""
        identity = str(next(iter(record.get("stepID", ())), ""))
        steps = [dict(step) for step in self._declaration(record).get("steps") or ()]
        if identity.isdigit() and int(identity) < len(steps):
            return steps[int(identity)]
        return next((step for step in steps if step.get("id") == identity), None)


def _load(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _jobs(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(key): job for key, job in (document.get("jobs") or {}).items() if isinstance(job, dict)}
