"""Workflows, and the dispatch that starts their runs."""

from collections.abc import Mapping
from typing import Any

import yaml

from credex_actions.sandbox.github import documents, workflow_files
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.starting import start_run


def _workflow(call: Call, path: str, name: str) -> dict[str, Any]:
    identity = call.repository.workflow_ids[path]
    page = f"{call.site}/{call.repository.full_name}"
    return {
        "id": identity,
        "node_id": f"W_{identity}",
        "name": name,
        "path": path,
        "state": call.repository.disabled.get(path, "active"),
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
        "url": f"{call.repository_url()}/actions/workflows/{identity}",
        "html_url": f"{page}/blob/{call.repository.default_branch}/{path}",
        "badge_url": f"{page}/workflows/{name}/badge.svg",
    }


@route("GET", "/repos/<owner>/<name>/actions/workflows", "actions:read")
def list_workflows(call: Call) -> Answer:
    page, total, links = call.page_of(workflow_files.listed(call.hub, call.repository))
    return Answer({"total_count": total, "workflows": [_workflow(call, each.path, each.name) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/actions/workflows/<workflow>", "actions:read")
def get_workflow(call: Call, workflow: str) -> Answer:
    path = workflow_files.find(call.hub, call.repository, workflow)
    names = {each.path: each.name for each in workflow_files.listed(call.hub, call.repository)}
    return Answer(_workflow(call, path, names[path]))


@route("POST", "/repos/<owner>/<name>/actions/workflows/<workflow>/dispatches", "actions:write")
def create_dispatch(call: Call, workflow: str) -> Answer:
    path = workflow_files.find(call.hub, call.repository, workflow)
    if path in call.repository.disabled:
        raise Refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    given = call.body()
    known = {"ref", "inputs", "return_run_details"} if call.knows_run_details else {"ref", "inputs"}
    if strange := [key for key in given if key not in known]:
        raise Refusal(422, f'Invalid request.\n\n"{strange[0]}" is not a permitted key.')
    if not isinstance(given.get("ref"), str):
        raise Refusal(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
    branch, sha = _branch(call, given["ref"])
    try:
        file = workflow_files.read(call.repository, sha, path)
    except yaml.YAMLError:
        raise Refusal(422, "Workflow file is not valid YAML") from None
    if file is None:
        raise Refusal(422, f"Workflow file not found for ref: {given['ref']}")
    sent = given.get("inputs") or {}
    inputs = workflow_files.dispatch_inputs(file, sent if isinstance(sent, Mapping) else {})
    assert call.token
    record = start_run(call.hub, call.executions, call.repository, file, "workflow_dispatch", branch, sha, call.token.actor, inputs)
    if not given.get("return_run_details"):
        return Answer(None, 204)
    document = documents.run(call, record)
    return Answer({"workflow_run_id": record.id, "run_url": document["url"], "html_url": document["html_url"]})


def _branch(call: Call, ref: str) -> tuple[str, str]:
    """The name of a branch or tag, with or without `refs/heads/`, and its commit."""
    for prefix, known in (("refs/heads/", git_store.branches), ("refs/tags/", git_store.tags)):
        name = ref.removeprefix(prefix)
        found = known(call.repository.git)
        if name in found:
            return name, found[name]
    raise Refusal(422, f"No ref found for: {ref}")
