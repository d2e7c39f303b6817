"""Deployments and their statuses; commit statuses; check runs, which are the jobs of runs."""

from typing import Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.records import Deployment, DeploymentStatus, Status, deployments, statuses
from credex_actions.sandbox.github.routes.repositories import resolved
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import Job, Run

COMMIT_STATES = ("error", "failure", "pending", "success")
DEPLOYMENT_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


def _deployment(call: Call, record: Deployment) -> dict[str, Any]:
    url = f"{call.repository_url()}/deployments/{record.id}"
    moved = record.statuses[-1].created if record.statuses else record.created
    return {
        "url": url,
        "id": record.id,
        "node_id": f"DE_{record.id}",
        "sha": record.sha,
        "ref": record.ref,
        "task": record.task,
        "payload": {},
        "original_environment": record.environment,
        "environment": record.environment,
        "description": record.description or None,
        "creator": documents.user(call, record.creator),
        "created_at": documents.when(record.created),
        "updated_at": documents.when(moved),
        "statuses_url": f"{url}/statuses",
        "repository_url": call.repository_url(),
    }


def _status(call: Call, record: Deployment, each: DeploymentStatus) -> dict[str, Any]:
    url = f"{call.repository_url()}/deployments/{record.id}"
    return {
        "url": f"{url}/statuses/{each.id}",
        "id": each.id,
        "node_id": f"DES_{each.id}",
        "state": each.state,
        "creator": documents.user(call, each.creator),
        "description": each.description,
        "environment": record.environment,
        "target_url": f"{call.site}/{call.repository.full_name}",
        "created_at": documents.when(each.created),
        "updated_at": documents.when(each.created),
        "deployment_url": url,
        **({"environment_url": record.url} if record.url else {}),
        "repository_url": call.repository_url(),
    }


def _found(call: Call, deployment: int) -> Deployment:
    for each in deployments(call.repository):
        if each.id == deployment:
            return each
    raise Refusal(404, "Not Found")


@route("GET", "/repos/<owner>/<name>/deployments", "deployments:read")
def list_deployments(call: Call) -> Answer:
    wanted = call.request.args
    found = [
        each
        for each in reversed(deployments(call.repository))
        if all(
            wanted.get(name, value) == value for name, value in (("environment", each.environment), ("sha", each.sha), ("ref", each.ref))
        )
    ]
    page, _, links = call.page_of(found)
    return Answer([_deployment(call, each) for each in page], headers=links)


@route("POST", "/repos/<owner>/<name>/deployments", "deployments:write")
def create_deployment(call: Call) -> Answer:
    given = call.body()
    assert call.token
    sha = resolved(call, str(given.get("ref", "")))
    environment = given.get("environment") or "production"
    record = Deployment(call.hub.id(), sha, given["ref"], environment, call.token.actor, description=given.get("description") or "")
    deployments(call.repository).append(record)
    return Answer(_deployment(call, record), 201)


@route("GET", "/repos/<owner>/<name>/deployments/<int:deployment>", "deployments:read")
def get_deployment(call: Call, deployment: int) -> Answer:
    return Answer(_deployment(call, _found(call, deployment)))


@route("GET", "/repos/<owner>/<name>/deployments/<int:deployment>/statuses", "deployments:read")
def list_deployment_statuses(call: Call, deployment: int) -> Answer:
    record = _found(call, deployment)
    page, _, links = call.page_of(reversed(record.statuses))
    return Answer([_status(call, record, each) for each in page], headers=links)


@route("POST", "/repos/<owner>/<name>/deployments/<int:deployment>/statuses", "deployments:write")
def create_deployment_status(call: Call, deployment: int) -> Answer:
    record, given = _found(call, deployment), call.body()
    assert call.token
    if given.get("state") not in DEPLOYMENT_STATES:
        raise Refusal(422, "Validation Failed", errors=[{"resource": "DeploymentStatus", "field": "state", "code": "invalid"}])
    each = DeploymentStatus(call.hub.id(), given["state"], given.get("description") or "", call.token.actor)
    record.statuses.append(each)
    return Answer(_status(call, record, each), 201)


def _commit_status(call: Call, each: Status) -> dict[str, Any]:
    return {
        "url": f"{call.repository_url()}/statuses/{each.sha}",
        "avatar_url": None,
        "id": each.id,
        "node_id": f"SC_{each.id}",
        "state": each.state,
        "description": each.description,
        "target_url": each.target or None,
        "context": each.context,
        "created_at": documents.when(each.created),
        "updated_at": documents.when(each.created),
    }


@route("POST", "/repos/<owner>/<name>/statuses/<sha>", "statuses:write")
def create_status(call: Call, sha: str) -> Answer:
    given = call.body()
    assert call.token
    context, state = given.get("context") or "default", str(given.get("state"))
    if state not in COMMIT_STATES:
        raise Refusal(422, "Validation Failed", errors=[{"resource": "Status", "field": "state", "code": "invalid"}])
    each = Status(
        call.hub.id(), resolved(call, sha), context, state, given.get("description") or "", given.get("target_url") or "", call.token.actor
    )
    statuses(call.repository).append(each)
    return Answer({**_commit_status(call, each), "creator": documents.user(call, each.creator)}, 201)


@route("GET", "/repos/<owner>/<name>/commits/<path:revision>/status", "statuses:read")
def get_combined_status(call: Call, revision: str) -> Answer:
    sha = resolved(call, revision)
    newest = {each.context: each for each in statuses(call.repository) if each.sha == sha}
    states = {each.state for each in newest.values()}
    state = "failure" if states & {"failure", "error"} else "pending" if "pending" in states or not states else "success"
    return Answer(
        {
            "state": state,
            "statuses": [_commit_status(call, each) for each in newest.values()],
            "sha": sha,
            "total_count": len(newest),
            "repository": documents.small_repository(call, call.repository),
            "commit_url": f"{call.repository_url()}/commits/{sha}",
            "url": f"{call.repository_url()}/commits/{sha}/status",
        }
    )


@route("GET", "/repos/<owner>/<name>/commits/<path:revision>/check-runs", "checks:read")
def list_check_runs(call: Call, revision: str) -> Answer:
    """The newest attempt of the jobs of every run of that commit."""
    sha = resolved(call, revision)
    jobs = [(run, job) for run in reversed(call.repository.runs) if run.sha == sha for job in run.jobs_of(run.attempt)]
    page, total, links = call.page_of(jobs)
    return Answer({"total_count": total, "check_runs": [_check_run(call, *each) for each in page]}, headers=links)


def _check_run(call: Call, run: Run, job: Job) -> dict[str, Any]:
    page = f"{call.site}/{call.repository.full_name}/actions/runs/{run.id}/job/{job.id}"
    url = f"{call.repository_url()}/check-runs/{job.id}"
    return {
        "id": job.id,
        "node_id": f"CR_{job.id}",
        "head_sha": run.sha,
        "external_id": str(job.id),
        "url": url,
        "html_url": page,
        "details_url": page,
        "status": job.status,
        "conclusion": job.conclusion,
        "started_at": documents.when(job.started),
        "completed_at": documents.when(job.completed),
        "output": {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": f"{url}/annotations"},
        "name": job.name,
        "check_suite": {"id": job.id},
        "app": None,
        "pull_requests": [],
    }
