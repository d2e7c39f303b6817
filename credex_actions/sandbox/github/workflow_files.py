"""What the server itself reads of a workflow file: its triggers and their inputs, the run's name, its concurrency group, its environments.

Expressions are filled as far as names of the contexts `github` and `inputs`, texts in quotes and `||` go; the rest becomes empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.routing import Refusal
from credex_actions.sandbox.github.state import Repository

FOLDER: Final = ".github/workflows"
EXPRESSION: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
MOST_INPUTS: Final = 25


@dataclass(frozen=True)
class WorkflowFile:
    """`inputs`: of workflow_dispatch; None if the workflow has no such trigger."""

    path: str
    name: str
    triggers: dict[str, Any]
    inputs: dict[str, dict[str, Any]] | None
    document: dict[str, Any] = field(default_factory=dict)

    def deploys_to(self) -> dict[str, str]:
        """Job -> environment, even if the job hands the environment's name on to the workflow that it reuses."""
        handed = {}
        for key, job in self.document.get("jobs", {}).items():
            name = (job.get("with") or {}).get("environment", "")
            if name and "${{" not in str(name):
                handed[str(job.get("name", key))] = str(name)
        return handed | self.environments()

    def environments(self) -> dict[str, str]:
        """Job -> environment, where a job of this file names one outright."""
        found = {}
        for key, job in self.document.get("jobs", {}).items():
            environment = job.get("environment", "")
            name = environment.get("name", "") if isinstance(environment, dict) else environment
            if name and "${{" not in str(name):
                found[str(job.get("name", key))] = str(name)
        return found


def parse(path: str, text: str) -> WorkflowFile:
    document = yaml.safe_load(text)
    if not isinstance(document, dict):
        raise yaml.YAMLError("not a mapping")
    on = document.get("on", document.get(True, {}))  # YAML 1.1 reads `on` as a boolean
    triggers = {on: None} if isinstance(on, str) else dict.fromkeys(on) if isinstance(on, list) else dict(on or {})
    inputs = None
    if "workflow_dispatch" in triggers:
        written = yaml.load(text, Loader=yaml.CBaseLoader)["on"]["workflow_dispatch"] if isinstance(on, dict) else {}  # noqa: S506 - texts only
        inputs = {name: dict(each or {}) for name, each in ((triggers["workflow_dispatch"] or {}).get("inputs") or {}).items()}
        for name, each in inputs.items():  # choices are texts as they are in the file
            each.update({"options": written["inputs"][name]["options"]} if "options" in each else {})
    return WorkflowFile(path, str(document.get("name", path)), triggers, inputs, document)


def read(repository: Repository, sha: str, path: str) -> WorkflowFile | None:
    raw = git_store.read(repository.git, sha, path)
    return parse(path, raw.decode()) if raw is not None else None


def listed(hub: Hub, repository: Repository) -> list[WorkflowFile]:
    """Of the default branch, in the order of their names; each gets its id on the first sight."""
    head = git_store.branches(repository.git).get(repository.default_branch, "")
    names = [
        name
        for kind, _, name in git_store.listing(repository.git, head, FOLDER) or []
        if kind == "blob" and name.endswith((".yml", ".yaml"))
    ]
    files = []
    for name in sorted(names):
        path = f"{FOLDER}/{name}"
        repository.workflow_ids.setdefault(path, hub.id())
        try:
            file = read(repository, head, path)
        except yaml.YAMLError:
            file = WorkflowFile(path, path, {}, None)
        files += [file] if file else []
    return files


def find(hub: Hub, repository: Repository, wanted: str) -> str:
    """The path of the workflow with this id or file name. Raises Refusal."""
    for file in listed(hub, repository):
        if wanted in {str(repository.workflow_ids[file.path]), file.path.rpartition("/")[2]}:
            return file.path
    raise Refusal(404, "Not Found")


def dispatch_inputs(file: WorkflowFile, given: Mapping[str, Any]) -> dict[str, Any]:
    """Checked and with their defaults. Raises Refusal in GitHub's words."""
    if file.inputs is None:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    if len(given) > MOST_INPUTS:
        raise Refusal(422, f"you may only define up to {MOST_INPUTS} `inputs` for a `workflow_dispatch` event")
    if unknown := [name for name in given if name not in file.inputs]:
        raise Refusal(422, f"Unexpected inputs provided: {unknown}".replace("'", '"'))
    result: dict[str, Any] = {}
    for name, declared in file.inputs.items():
        value = given.get(name, declared.get("default"))
        if value in (None, "") and declared.get("required"):
            raise Refusal(422, f"Required input '{name}' not provided")
        kind = declared.get("type", "string")
        if kind == "choice" and name in given and str(value) not in declared.get("options", []):
            raise Refusal(422, f"Provided value '{value}' for input '{name}' not in the list of allowed values")
        if kind == "boolean":
            value = str(value).lower() == "true"
        result[name] = value if value is not None else ""
    return result


def filled(text: str, github: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    return EXPRESSION.sub(lambda found: _value(found[1], github, inputs), text)


def _value(expression: str, github: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    for part in expression.split("||"):
        word = part.strip()
        if word.startswith("'") and word.endswith("'"):
            return word[1:-1]
        head, _, name = word.rpartition(".")
        value = inputs.get(name, "") if head in {"inputs", "github.event.inputs"} else github.get(name, "") if head == "github" else ""
        if value not in ("", None, False):
            return str(value).lower() if isinstance(value, bool) else str(value)
    return ""
