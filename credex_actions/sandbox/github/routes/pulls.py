"""Pull requests: opened, changed, merged by a real merge commit."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from credex_actions.sandbox.github import documents, issue_documents, starting
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.records import Issue, issues
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import now


def _pulls(call: Call) -> list[Issue]:
    return [each for each in issues(call.repository) if each.head]


def _pull(call: Call, number: int) -> Issue:
    for each in _pulls(call):
        if each.number == number:
            return each
    raise Refusal(404, "Not Found")


@route("GET", "/repos/<owner>/<name>/pulls", "pull_requests:read")
def list_pulls(call: Call) -> Answer:
    wanted = call.request.args
    state, head, base = wanted.get("state", "open"), wanted.get("head", ""), wanted.get("base", "")
    found = [
        each
        for each in reversed(_pulls(call))
        if state in ("all", each.state) and head in ("", f"{call.repository.owner}:{each.head}") and base in ("", each.base)
    ]
    page, _, links = call.page_of(found)
    return Answer([issue_documents.pull(call, each) for each in page], headers=links)


@route("POST", "/repos/<owner>/<name>/pulls", "pull_requests:write")
def create_pull(call: Call) -> Answer:
    given = call.body()
    head, base = str(given.get("head", "")).removeprefix(f"{call.repository.owner}:"), str(given.get("base", ""))
    branches = git_store.branches(call.repository.git)
    for place, name in (("head", head), ("base", base)):
        if name not in branches:
            raise Refusal(422, "Validation Failed", errors=[{"resource": "PullRequest", "field": place, "code": "invalid"}])
    if any(each.head == head and each.base == base and each.state == "open" for each in _pulls(call)):
        raise _invalid(f"A pull request already exists for {call.repository.owner}:{head}.")
    if not git_store.between(call.repository.git, branches[base], branches[head])[1]:
        raise _invalid(f"No commits between {base} and {head}")
    if not given.get("title"):
        raise Refusal(422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "missing_field", "field": "title"}])
    assert call.token
    record = Issue(
        id=call.hub.id(),
        number=len(issues(call.repository)) + 1,
        title=given["title"],
        body=given.get("body") or "",
        user=call.token.actor,
        head=head,
        base=base,
        draft=bool(given.get("draft")),
    )
    issues(call.repository).append(record)
    return Answer(issue_documents.pull(call, record), 201)


def _invalid(message: str) -> Refusal:
    return Refusal(422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": message}])


@route("GET", "/repos/<owner>/<name>/pulls/<int:number>", "pull_requests:read")
def get_pull(call: Call, number: int) -> Answer:
    return Answer(issue_documents.pull(call, _pull(call, number)))


@route("PATCH", "/repos/<owner>/<name>/pulls/<int:number>", "pull_requests:write")
def update_pull(call: Call, number: int) -> Answer:
    record, given = _pull(call, number), call.body()
    issue_documents.check_state(given)
    for name in ("title", "body", "state", "base"):
        if name in given:
            setattr(record, name, given[name] or "")
    record.closed = now() if record.state == "closed" else None
    record.updated = now()
    return Answer(issue_documents.pull(call, record))


@route("GET", "/repos/<owner>/<name>/pulls/<int:number>/commits", "pull_requests:read")
def list_pull_commits(call: Call, number: int) -> Answer:
    record = _pull(call, number)
    branches = git_store.branches(call.repository.git)
    _, ahead, _ = git_store.between(call.repository.git, branches[record.base], branches[record.head])
    page, _, links = call.page_of(ahead)
    return Answer([documents.commit(call, each.sha) for each in page], headers=links)


@route("GET", "/repos/<owner>/<name>/pulls/<int:number>/files", "pull_requests:read")
def list_pull_files(call: Call, number: int) -> Answer:
    record = _pull(call, number)
    branches = git_store.branches(call.repository.git)
    merge_base, _, _ = git_store.between(call.repository.git, branches[record.base], branches[record.head])
    page, _, links = call.page_of(documents.changed_files(call, merge_base, branches[record.head]))
    return Answer(page, headers=links)


@route("POST", "/repos/<owner>/<name>/pulls/<int:number>/requested_reviewers", "pull_requests:write")
def request_reviewers(call: Call, number: int) -> Answer:
    record = _pull(call, number)
    record.reviewers += [each for each in call.body().get("reviewers", []) if each not in record.reviewers]
    return Answer(issue_documents.pull(call, record), 201)


@route("PUT", "/repos/<owner>/<name>/pulls/<int:number>/merge", "contents:write")
def merge_pull(call: Call, number: int) -> Answer:
    record = _pull(call, number)
    if record.state != "open":
        raise Refusal(405, "Pull Request is not mergeable")
    branches = git_store.branches(call.repository.git)
    if call.body().get("sha", branches[record.head]) != branches[record.head]:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    record.merged = _merge(call.repository.git, record)
    record.state, record.closed, record.updated = "closed", now(), now()
    if call.token and call.token.kind != "actions":  # what a job's own token does fires nothing
        starting.pushed(call.hub, call.executions, call.repository, record.base, record.merged, call.token.actor)
    answer: dict[str, Any] = {"sha": record.merged, "merged": True, "message": "Pull Request successfully merged"}
    return Answer(answer)


def _merge(folder: Path, record: Issue) -> str:
    with tempfile.TemporaryDirectory(prefix="github-merge-") as scratch:
        tree = Path(scratch) / "tree"
        git_store.git(folder.parent, "clone", "--quiet", "--branch", record.base, str(folder), str(tree))
        message = f"Merge pull request #{record.number} from {record.head}\n\n{record.title}"
        try:
            git_store.git(tree, "merge", "--quiet", "--no-ff", "-m", message, f"origin/{record.head}")
        except subprocess.CalledProcessError:
            raise Refusal(405, "Pull Request is not mergeable") from None
        git_store.git(tree, "push", "--quiet", "origin", f"HEAD:refs/heads/{record.base}")
        return git_store.git(tree, "rev-parse", "HEAD").decode().strip()
