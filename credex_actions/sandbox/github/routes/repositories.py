"""Repositories, branches, commits, files."""

import base64
import subprocess
from typing import Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route


def resolved(call: Call, revision: str) -> str:
    try:
        return git_store.resolve(call.repository.git, revision)
    except git_store.NoSuchRevisionError:
        raise Refusal(404, "Not Found") from None


@route("GET", "/repos/<owner>/<name>", "metadata:read")
def get_repository(call: Call) -> Answer:
    return Answer(documents.repository(call, call.repository))


@route("GET", "/repos/<owner>/<name>/branches", "contents:read")
def list_branches(call: Call) -> Answer:
    page, _, links = call.page_of(sorted(git_store.branches(call.repository.git).items()))
    rows = [
        {"name": name, "commit": {"sha": sha, "url": f"{call.repository_url()}/commits/{sha}"}, "protected": False} for name, sha in page
    ]
    return Answer(rows, headers=links)


@route("GET", "/repos/<owner>/<name>/branches/<path:branch>", "contents:read")
def get_branch(call: Call, branch: str) -> Answer:
    sha = git_store.branches(call.repository.git).get(branch)
    if sha is None:
        raise Refusal(404, "Branch not found")
    url = f"{call.repository_url()}/branches/{branch}"
    return Answer(
        {
            "name": branch,
            "commit": documents.commit(call, sha),
            "_links": {"html": f"{call.site}/{call.repository.full_name}/tree/{branch}", "self": url},
            "protected": False,
            "protection": {"enabled": False},
            "protection_url": f"{url}/protection",
        }
    )


@route("GET", "/repos/<owner>/<name>/git/ref/<path:ref>", "contents:read")
def get_ref(call: Call, ref: str) -> Answer:
    kind, _, name = ref.partition("/")
    known = {"heads": git_store.branches, "tags": git_store.tags}.get(kind, lambda _: {})(call.repository.git)
    if name not in known:
        raise Refusal(404, "Not Found")
    return Answer(ref_document(call, ref, known[name]))


@route("GET", "/repos/<owner>/<name>/git/matching-refs/<path:ref>", "contents:read")
def list_matching_refs(call: Call, ref: str) -> Answer:
    everything = {f"heads/{name}": sha for name, sha in git_store.branches(call.repository.git).items()}
    everything |= {f"tags/{name}": sha for name, sha in git_store.tags(call.repository.git).items()}
    return Answer([ref_document(call, name, sha) for name, sha in sorted(everything.items()) if name.startswith(ref)])


def ref_document(call: Call, ref: str, sha: str) -> dict[str, Any]:
    target = {"sha": sha, "type": "commit", "url": f"{call.repository_url()}/git/commits/{sha}"}
    return {"ref": f"refs/{ref}", "node_id": f"REF_{sha}", "url": f"{call.repository_url()}/git/refs/{ref}", "object": target}


@route("GET", "/repos/<owner>/<name>/commits/<path:revision>", "contents:read")
def get_commit(call: Call, revision: str) -> Answer:
    try:
        sha = git_store.resolve(call.repository.git, revision)
    except git_store.NoSuchRevisionError:
        raise Refusal(422, f"No commit found for SHA: {revision}") from None
    if call.request.headers.get("Accept", "").endswith(".sha"):
        return Answer(sha.encode(), content_type="application/vnd.github.sha")
    return Answer(documents.commit(call, sha))


@route("GET", "/repos/<owner>/<name>/contents/<path:path>", "contents:read")
def get_contents(call: Call, path: str) -> Answer:
    revision = call.request.args.get("ref") or call.repository.default_branch
    try:
        sha = git_store.resolve(call.repository.git, revision)
    except git_store.NoSuchRevisionError:
        raise Refusal(404, f"No commit found for the ref {revision}") from None
    raw = git_store.read(call.repository.git, sha, path)
    if raw is not None:
        if "raw" in call.request.headers.get("Accept", ""):
            return Answer(raw, content_type="application/vnd.github.raw+json; charset=utf-8")
        encoded = base64.encodebytes(raw).decode()
        return Answer({**_entry(call, "file", path, sha), "size": len(raw), "encoding": "base64", "content": encoded})
    entries = git_store.listing(call.repository.git, sha, path)
    if entries is None:
        raise Refusal(404, "Not Found")
    kinds = {"blob": "file", "tree": "dir", "commit": "submodule"}
    return Answer([{**_entry(call, kinds[kind], f"{path}/{name}", blob), "size": 0} for kind, blob, name in entries])


def _entry(call: Call, kind: str, path: str, sha: str) -> dict[str, Any]:
    url = f"{call.repository_url()}/contents/{path}"
    page = f"{call.site}/{call.repository.full_name}/blob/{sha}/{path}"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": url,
        "git_url": f"{call.repository_url()}/git/blobs/{sha}",
        "html_url": page,
        "download_url": None,
        "_links": {"git": f"{call.repository_url()}/git/blobs/{sha}", "html": page, "self": url},
    }


@route("GET", "/repos/<owner>/<name>/compare/<path:basehead>", "contents:read")
def compare_commits(call: Call, basehead: str) -> Answer:
    base_name, _, head_name = basehead.partition("...")
    base, head = resolved(call, base_name), resolved(call, head_name)
    try:
        merge_base, ahead, behind = git_store.between(call.repository.git, base, head)
    except subprocess.CalledProcessError:
        raise Refusal(404, f"No common ancestor between {base_name} and {head_name}.") from None
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    page, _, links = call.page_of(ahead)
    url, site = f"{call.repository_url()}/compare/{basehead}", f"{call.site}/{call.repository.full_name}/compare/{basehead}"
    return Answer(
        {
            "url": url,
            "html_url": site,
            "permalink_url": site,
            "diff_url": f"{site}.diff",
            "patch_url": f"{site}.patch",
            "base_commit": documents.commit(call, base),
            "merge_base_commit": documents.commit(call, merge_base),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": [documents.commit(call, each.sha) for each in page],
            "files": documents.changed_files(call, merge_base, head),
        },
        headers=links,
    )
