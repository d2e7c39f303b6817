"""Artifacts of runs: listed, and downloaded as archives from another host, which also takes them from jobs: how is GitHub's own affair, and not described."""

import io
import zipfile
from typing import Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.records import Artifact, artifacts
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route


def _artifact(call: Call, number: int) -> Artifact:
    for each in artifacts(call.repository):
        if each.id == number:
            return each
    raise Refusal(404, "Not Found")


def _document(call: Call, record: Artifact) -> dict[str, Any]:
    url = f"{call.repository_url()}/actions/artifacts/{record.id}"
    run = next(each for each in call.repository.runs if each.id == record.run)
    return {
        "id": record.id,
        "node_id": f"MDg6{record.id}",
        "name": record.name,
        "size_in_bytes": sum(map(len, record.files.values())),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": record.expired,
        "created_at": documents.when(record.created),
        "expires_at": None,
        "updated_at": documents.when(record.created),
        "workflow_run": {
            "id": run.id,
            "repository_id": call.repository.id,
            "head_repository_id": call.repository.id,
            "head_branch": run.branch,
            "head_sha": run.sha,
        },
    }


@route("GET", "/repos/<owner>/<name>/actions/runs/<int:run>/artifacts", "actions:read")
def list_run_artifacts(call: Call, run: int) -> Answer:
    wanted = call.request.args.get("name")
    found = [each for each in reversed(artifacts(call.repository)) if each.run == run and wanted in (None, each.name)]
    page, total, links = call.page_of(found)
    return Answer({"total_count": total, "artifacts": [_document(call, each) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/actions/artifacts/<int:artifact>/<archive>", "actions:read")
def download_artifact(call: Call, artifact: int, archive: str) -> Answer:
    if archive != "zip":
        raise Refusal(404, "Not Found")
    if _artifact(call, artifact).expired:
        raise Refusal(410, "Artifact has expired")
    return Answer(b"", 302, {"Location": f"{call.site}/_blobs/{call.repository.full_name}/artifacts/{artifact}"})


@route("GET", "/_blobs/<owner>/<name>/artifacts/<int:artifact>", open=True)
def download_archive(call: Call, artifact: int) -> Answer:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _artifact(call, artifact).files.items():
            archive.writestr(name, content)
    return Answer(packed.getvalue(), content_type="application/zip")


@route("GET", "/_blobs/<owner>/<name>/runs/<int:run>/artifacts", open=True)
def list_own_artifacts(call: Call, run: int) -> Answer:
    """Of a job's own run, whatever its token may."""
    return Answer([{"id": each.id, "name": each.name} for each in artifacts(call.repository) if each.run == run])


@route("PUT", "/_blobs/<owner>/<name>/runs/<int:run>/artifacts/<artifact>", open=True)
def upload_artifact(call: Call, run: int, artifact: str) -> Answer:
    kept = artifacts(call.repository)
    former = [each for each in kept if each.run == run and each.name == artifact]
    if former and call.request.args.get("overwrite") != "true":
        raise Refusal(409, "Conflict: an artifact with this name already exists on the workflow run")
    with zipfile.ZipFile(io.BytesIO(call.request.get_data())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    kept[:] = [each for each in kept if each not in former]
    kept.append(Artifact(call.hub.id(), run, artifact, files))
    return Answer(None, 201)
