"""Runs, their jobs, logs, approvals and ends."""

import io
import threading
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.runs import entering
from credex_actions.sandbox.github.state import Job, Review, Run

if TYPE_CHECKING:
    from collections.abc import Callable


def _seen(call: Call, run: int) -> Run:
    """As a read sees it."""
    found = call.hub.as_read(_run(call, run))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def _run(call: Call, run: int) -> Run:
    for each in call.repository.runs:
        if each.id == run:
            return each
    raise Refusal(404, "Not Found")


def _matching(call: Call) -> list[Run]:
    wanted = call.request.args
    runs = [seen for each in reversed(call.repository.runs) if (seen := call.hub.as_read(each))]
    tests: dict[str, Callable[[Run], bool]] = {
        "actor": lambda run: run.actor == wanted["actor"],
        "branch": lambda run: run.branch == wanted["branch"],
        "event": lambda run: run.event == wanted["event"],
        "head_sha": lambda run: run.sha == wanted["head_sha"],
        "status": lambda run: wanted["status"] in (run.status, run.conclusion),
        "created": lambda run: _in_range(run.created, wanted["created"]),
    }
    return [run for run in runs if all(test(run) for name, test in tests.items() if wanted.get(name))]


def _in_range(moment: datetime, wanted: str) -> bool:
    """`>=T`, `>T`, `<=T`, `<T`, `T..T` and a day. Source: GitHub docs, "Understanding the search syntax", dates."""
    text = documents.when(moment) or ""
    if ".." in wanted:
        first, _, last = wanted.partition("..")
        return first <= text <= last
    for sign, holds in ((">=", text.__ge__), ("<=", text.__le__), (">", text.__gt__), ("<", text.__lt__)):
        if wanted.startswith(sign):
            return bool(holds(_utc(wanted.removeprefix(sign))))
    return text.startswith(wanted)


def _utc(text: str) -> str:
    return text.replace("+00:00", "Z")


@route("GET", "/repos/<owner>/<name>/actions/runs", "actions:read")
def list_runs(call: Call) -> Answer:
    page, total, links = call.page_of(_matching(call))
    return Answer({"total_count": total, "workflow_runs": [documents.run(call, each) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/actions/workflows/<workflow>/runs", "actions:read")
def list_workflow_runs(call: Call, workflow: str) -> Answer:
    from credex_actions.sandbox.github import workflow_files

    path = workflow_files.find(call.hub, call.repository, workflow)
    page, total, links = call.page_of(each for each in _matching(call) if each.workflow == path)
    return Answer({"total_count": total, "workflow_runs": [documents.run(call, each) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>", "actions:read")
def get_run(call: Call, run: int) -> Answer:
    return Answer(documents.run(call, _seen(call, run)))


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/attempts/<int:attempt>", "actions:read")
def get_run_attempt(call: Call, run: int, attempt: int) -> Answer:
    found = _seen(call, run)
    if not 1 <= attempt <= found.attempt:
        raise Refusal(404, "Not Found")
    return Answer(documents.run(call, found, attempt))


def _jobs(call: Call, run: Run, jobs: list[Job]) -> Answer:
    page, total, links = call.page_of(jobs)
    return Answer({"total_count": total, "jobs": [documents.job(call, run, each) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/jobs", "actions:read")
def list_jobs(call: Call, run: int) -> Answer:
    found = _seen(call, run)
    return _jobs(call, found, found.jobs if call.request.args.get("filter") == "all" else found.jobs_of(found.attempt))


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/attempts/<int:attempt>/jobs", "actions:read")
def list_attempt_jobs(call: Call, run: int, attempt: int) -> Answer:
    found = _seen(call, run)
    return _jobs(call, found, found.jobs_of(attempt))


def _job(call: Call, job: int) -> tuple[Run, Job]:
    for run in call.repository.runs:
        seen = call.hub.as_read(run)
        for each in seen.jobs if seen else ():
            if each.id == job:
                return run, each
    raise Refusal(404, "Not Found")


@route("GET", "/repos/<owner>/<name>/actions/jobs/<int:job>", "actions:read")
def get_job(call: Call, job: int) -> Answer:
    return Answer(documents.job(call, *_job(call, job)))


@route("GET", "/repos/<owner>/<name>/actions/jobs/<int:job>/logs", "actions:read")
def get_job_log(call: Call, job: int) -> Answer:
    _, found = _job(call, job)
    if found.status != "completed" or found.started is None:  # a job that no runner had has no log
        raise Refusal(404, "Not Found")
    return Answer(b"", 302, {"Location": f"{call.site}/_blobs/{call.repository.full_name}/jobs/{job}"})


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/logs", "actions:read")
def get_run_log(call: Call, run: int) -> Answer:
    if _run(call, run).status != "completed":
        raise Refusal(404, "Not Found")
    return Answer(b"", 302, {"Location": f"{call.site}/_blobs/{call.repository.full_name}/runs/{run}"})


@route("GET", "/_blobs/<owner>/<name>/jobs/<int:job>", open=True)
def download_job_log(call: Call, job: int) -> Answer:
    _, found = _job(call, job)
    return Answer(_text(found), content_type="text/plain; charset=utf-8")


@route("GET", "/_blobs/<owner>/<name>/runs/<int:run>", open=True)
def download_run_log(call: Call, run: int) -> Answer:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        found = _run(call, run)
        for number, job in enumerate(found.jobs_of(found.attempt)):
            archive.writestr(f"{number}_{job.name.replace('/', '_')}.txt", _text(job))
    return Answer(packed.getvalue(), content_type="application/zip")


def _text(job: Job) -> bytes:
    """As GitHub keeps it: a byte order mark, and each line behind its time with seven digits of a second."""
    lines = [f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z {line}\r\n" for moment, line in job.lines]
    return b"\xef\xbb\xbf" + "".join(lines).encode("utf-8", "surrogateescape")


@route("POST", "/repos/<owner>/<name>/actions/runs/<int:run>/cancel", "actions:write")
def cancel_run(call: Call, run: int) -> Answer:
    return _cancel(call, _run(call, run), force=False)


@route("POST", "/repos/<owner>/<name>/actions/runs/<int:run>/force-cancel", "actions:write")
def force_cancel_run(call: Call, run: int) -> Answer:
    return _cancel(call, _run(call, run), force=True)


def _cancel(call: Call, run: Run, *, force: bool) -> Answer:
    if run.status == "completed":
        raise Refusal(409, "Cannot cancel a workflow run that is completed.")
    call.executions.cancel(run, force=force)
    return Answer({}, 202)


@route("POST", "/repos/<owner>/<name>/actions/runs/<int:run>/rerun", "actions:write")
def rerun(call: Call, run: int) -> Answer:
    return _again(call, _run(call, run))


@route("POST", "/repos/<owner>/<name>/actions/runs/<int:run>/rerun-failed-jobs", "actions:write")
def rerun_failed_jobs(call: Call, run: int) -> Answer:
    """The sandbox runs all jobs again."""
    return _again(call, _run(call, run))


def _again(call: Call, run: Run) -> Answer:
    if run.status != "completed":
        raise Refusal(403, "This workflow is already running")
    run.attempt, run.status, run.conclusion = run.attempt + 1, "queued", None
    run.cancelled, run.killed = threading.Event(), threading.Event()
    run.reviews.clear()
    run.answered.clear()
    call.executions.start(call.repository, run)
    return Answer({}, 201)


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/pending_deployments", "actions:read")
def list_pending_deployments(call: Call, run: int) -> Answer:
    waiting = sorted(_seen(call, run).waits_for)
    return Answer([_pending(call, name) for name in waiting])


def _pending(call: Call, name: str) -> dict[str, Any]:
    environment = call.repository.environments[name]
    document = documents.environment(call, environment)
    reviewers = [{"type": "User", "reviewer": documents.user(call, login)} for login in environment.reviewers]
    mine = call.token is not None and call.token.actor in environment.reviewers
    kept = {key: document[key] for key in ("id", "node_id", "name", "url", "html_url")}
    return {"environment": kept, "wait_timer": 0, "wait_timer_started_at": None, "current_user_can_approve": mine, "reviewers": reviewers}


@route("POST", "/repos/<owner>/<name>/actions/runs/<int:run>/pending_deployments", "deployments:write")
def review_pending_deployments(call: Call, run: int) -> Answer:
    found, given = _run(call, run), call.body()
    names = {each.id: each.name for each in call.repository.environments.values()}
    chosen = tuple(names[identity] for identity in given.get("environment_ids", []) if identity in names)
    assert call.token
    if not chosen or any(call.token.actor not in call.repository.environments[name].reviewers for name in chosen):
        raise Refusal(422, "There was a problem approving one or more gates: the user is not a required reviewer")
    said = Review(chosen, given.get("state") == "approved", str(given.get("comment", "")), call.token.actor)
    entering.review(call.hub, call.repository, found, said)
    return Answer([])


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/approvals", "actions:read")
def list_approvals(call: Call, run: int) -> Answer:
    rows = []
    for review in _run(call, run).reviews:
        environments = [documents.environment(call, call.repository.environments[name]) for name in review.environments]
        state = "approved" if review.approved else "rejected"
        rows.append({"state": state, "comment": review.comment, "environments": environments, "user": documents.user(call, review.user)})
    return Answer(rows)
