"""How a run comes into being, by a dispatch or by a push."""

from typing import Any

import yaml

from credex_actions.sandbox.github import workflow_files
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.runs.execution import Executions
from credex_actions.sandbox.github.state import Repository, Run
from credex_actions.sandbox.github.workflow_files import WorkflowFile


def start_run(
    hub: Hub,
    executions: Executions,
    repository: Repository,
    file: WorkflowFile,
    event: str,
    branch: str,
    sha: str,
    actor: str,
    inputs: dict[str, Any],
) -> Run:
    repository.workflow_ids.setdefault(file.path, hub.id())
    context = {"ref": f"refs/heads/{branch}", "ref_name": branch, "sha": sha, "actor": actor, "workflow": file.name, "event_name": event}
    context["repository"] = repository.full_name
    title = git_store.commit(repository.git, sha).message.partition("\n")[0] if event == "push" else file.name
    if name := file.document.get("run-name"):
        title = workflow_files.filled(str(name), context, inputs).strip() or title
    number = 1 + sum(each.workflow == file.path for each in repository.runs)
    run = Run(hub.id(), number, file.path, event, branch, sha, actor, title, dict(inputs))
    concurrency = file.document.get("concurrency") or ""
    group = concurrency.get("group", "") if isinstance(concurrency, dict) else concurrency
    run.group = workflow_files.filled(str(group), context, inputs)
    repository.runs.append(run)
    run.keep()
    executions.start(repository, run, cancel_in_progress=isinstance(concurrency, dict) and concurrency.get("cancel-in-progress") is True)
    return run


def pushed(hub: Hub, executions: Executions, repository: Repository, branch: str, sha: str, actor: str) -> list[Run]:
    """The runs of the workflows that a push to `branch` fires. Filters by path are not read, nor are files that are no workflows."""
    started = []
    for kind, _, name in git_store.listing(repository.git, sha, workflow_files.FOLDER) or []:
        try:
            file = workflow_files.read(repository, sha, f"{workflow_files.FOLDER}/{name}") if kind == "blob" else None
        except yaml.YAMLError:
            continue
        if file is None or "push" not in file.triggers:
            continue
        wanted = (file.triggers["push"] or {}).get("branches")
        if wanted is None or branch in wanted:
            started.append(start_run(hub, executions, repository, file, "push", branch, sha, actor, {}))
    return started
