"""Git's objects by the API: trees, commits, and branches that are set to them. A branch that is set fires no run, as if a bot had done it with the job's token."""

import subprocess
from typing import Any

from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.routes.repositories import ref_document
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route


@route("GET", "/repos/<owner>/<name>/git/commits/<sha>", "contents:read")
def get_git_commit(call: Call, sha: str) -> Answer:
    try:
        return Answer(_commit(call, git_store.resolve(call.repository.git, sha)))
    except git_store.NoSuchRevisionError:
        raise Refusal(404, "Not Found") from None


@route("POST", "/repos/<owner>/<name>/git/trees", "contents:write")
def create_tree(call: Call) -> Answer:
    given = call.body()
    entries = given.get("tree")
    if not isinstance(entries, list) or not all(_is_file(each) for each in entries):
        raise Refusal(422, "Invalid tree info")
    try:
        sha = git_store.write_tree(
            call.repository.git, str(given.get("base_tree", "")), {each["path"]: each["content"].encode() for each in entries}
        )
    except subprocess.CalledProcessError:
        raise Refusal(422, "base_tree is not a tree object") from None
    url = f"{call.repository_url()}/git/trees/{sha}"
    return Answer({"sha": sha, "url": url, "tree": [], "truncated": False}, 201)


def _is_file(entry: Any) -> bool:
    return (
        isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in ("path", "content")) and entry.get("mode") == "100644"
    )


@route("POST", "/repos/<owner>/<name>/git/commits", "contents:write")
def create_commit(call: Call) -> Answer:
    given = call.body()
    try:
        sha = git_store.write_commit(
            call.repository.git, str(given["tree"]), tuple(map(str, given.get("parents", ()))), str(given["message"])
        )
    except (KeyError, subprocess.CalledProcessError):
        raise Refusal(422, "Tree SHA does not exist") from None
    return Answer(_commit(call, sha), 201)


@route("POST", "/repos/<owner>/<name>/git/refs", "contents:write")
def create_ref(call: Call) -> Answer:
    given = call.body()
    ref, sha = str(given.get("ref", "")), str(given.get("sha", ""))
    branch = ref.removeprefix("refs/heads/")
    if branch == ref or not branch:
        raise Refusal(422, "Reference name must start with 'refs/' and contain at least three components")
    if branch in git_store.branches(call.repository.git):
        raise Refusal(422, "Reference already exists")
    _set(call, branch, sha)
    return Answer(ref_document(call, f"heads/{branch}", sha), 201)


@route("PATCH", "/repos/<owner>/<name>/git/refs/<path:ref>", "contents:write")
def update_ref(call: Call, ref: str) -> Answer:
    given = call.body()
    branch, sha = ref.removeprefix("heads/"), str(given.get("sha", ""))
    branches = git_store.branches(call.repository.git)
    if branch not in branches:
        raise Refusal(422, "Reference does not exist")
    if not given.get("force") and git_store.between(call.repository.git, branches[branch], sha)[2]:
        raise Refusal(422, "Update is not a fast forward")
    _set(call, branch, sha)
    return Answer(ref_document(call, ref, sha))


def _set(call: Call, branch: str, sha: str) -> None:
    try:
        git_store.set_branch(call.repository.git, branch, git_store.resolve(call.repository.git, sha))
    except (git_store.NoSuchRevisionError, subprocess.CalledProcessError):
        raise Refusal(422, "Object does not exist") from None


def _commit(call: Call, sha: str) -> dict[str, Any]:
    found = git_store.commit(call.repository.git, sha)
    url, page = f"{call.repository_url()}/git/commits", f"{call.site}/{call.repository.full_name}/commit"
    person = {"name": found.author, "email": found.email, "date": found.date}
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": f"{url}/{sha}",
        "html_url": f"{page}/{sha}",
        "author": person,
        "committer": person,
        "tree": {"sha": found.tree, "url": f"{call.repository_url()}/git/trees/{found.tree}"},
        "message": found.message,
        "parents": [{"sha": each, "url": f"{url}/{each}", "html_url": f"{page}/{each}"} for each in found.parents],
        "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None},
    }
