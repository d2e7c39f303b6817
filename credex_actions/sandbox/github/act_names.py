"""What GitHub calls the jobs and steps that act's log is about: act has names of its own for matrices, reused workflows and steps without a name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


class Names:
    """Of one workflow file and of the workflows of its repository that it reuses."""

    def __init__(self, checkout: Path, workflow: str) -> None:
        self._main = _load(checkout / workflow)
        files = sorted((checkout / ".github" / "workflows").glob("*.y*ml"))
        self._jobs = {str(key): dict(job) for file in files for key, job in _jobs(_load(file)).items()} | _jobs(self._main)

    def job(self, record: Mapping[str, Any]) -> str:
        """What act calls `Workflow/job-2  ` and `caller/Called workflow/job`, as GitHub does: `job (a, b)` and `caller / job`."""
        said = str(record["job"]).rstrip()
        name = str(self._main.get("name", ""))
        matrix = dict(record.get("matrix") or {})
        if name and said.startswith(f"{name}/"):
            return self._single(said.removeprefix(f"{name}/"), record, matrix)
        caller, _, rest = said.partition("/")
        called = rest.partition("/")[2] or rest
        named = self._jobs.get(caller, {}).get("name", caller)
        return f"{named} / {self._single(called, record, matrix)}" if rest else self._single(caller, record, matrix)

    def _single(self, said: str, record: Mapping[str, Any], matrix: Mapping[str, Any]) -> str:
        if not matrix:
            return said
        declared = str(self._jobs.get(str(record.get("jobID")), {}).get("name", record.get("jobID")))
        if "${{" in declared:
            return re.sub(r"-\d+$", "", said)
        return f"{declared} ({', '.join(str(value) for value in matrix.values())})"

    def step(self, record: Mapping[str, Any]) -> str:
        said = str(record.get("step", ""))
        if record.get("stage") == "Post":
            return f"Post {self._named(record, said)}"
        return self._named(record, said)

    def _named(self, record: Mapping[str, Any], said: str) -> str:
        declared = self._declared(record)
        if said in ("Set up job", "Complete job") or (declared is not None and declared.get("name")):
            return said
        return f"Run {said.partition(chr(10))[0]}" if declared is not None or "\n" in said else said

    def header(self, record: Mapping[str, Any]) -> str:
        """What a step's log begins with; empty for those that GitHub adds."""
        declared = self._declared(record)
        if record.get("stage") != "Main" or declared is None:
            return ""
        return f"Run {str(declared.get('run') or declared.get('uses') or '').strip().partition(chr(10))[0]}"

    def _declared(self, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The step in the workflow file: act gives its id, or its place where it has none."""
        identity = str(next(iter(record.get("stepID", ())), ""))
        steps = [dict(step) for step in self._jobs.get(str(record.get("jobID")), {}).get("steps") or ()]
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
