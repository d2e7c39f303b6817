"""What issues and pull requests look like in answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.records import Comment, Issue
from credex_actions.sandbox.github.routing import Call, Refusal


def check_state(given: Mapping[str, Any]) -> None:
    """Raises Refusal for a state that there is not."""
    if given.get("state", "open") not in ("open", "closed"):
        raise Refusal(422, "Validation Failed", errors=[{"resource": "Issue", "field": "state", "code": "invalid"}])


def names_of(labels: Iterable[Any]) -> list[str]:
    """GitHub takes labels as names or as objects."""
    return [str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in labels]


def label(call: Call, name: str) -> dict[str, Any]:
    identity = sum(ord(letter) for letter in name)
    url = f"{call.repository_url()}/labels/{name}"
    return {"id": identity, "node_id": f"LA_{identity}", "url": url, "name": name, "description": None, "color": "ededed", "default": False}


def _common(call: Call, record: Issue, url: str, page: str) -> dict[str, Any]:
    issue_url = f"{call.repository_url()}/issues/{record.number}"
    return {
        "id": record.id,
        "node_id": f"I_{record.id}",
        "number": record.number,
        "url": url,
        "html_url": page,
        "title": record.title,
        "body": record.body or None,
        "state": record.state,
        "user": documents.user(call, record.user),
        "labels": [label(call, name) for name in record.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "author_association": "MEMBER",
        "created_at": documents.when(record.created),
        "updated_at": documents.when(record.updated),
        "closed_at": documents.when(record.closed),
        "comments_url": f"{issue_url}/comments",
    }


def issue(call: Call, record: Issue) -> dict[str, Any]:
    url = f"{call.repository_url()}/issues/{record.number}"
    kind = "pull" if record.head else "issues"
    page = f"{call.site}/{call.repository.full_name}/{kind}/{record.number}"
    document = _common(call, record, url, page) | {
        "repository_url": call.repository_url(),
        "labels_url": f"{url}/labels{{/name}}",
        "events_url": f"{url}/events",
        "comments": len(record.comments),
        "closed_by": None,
        "state_reason": "completed" if record.state == "closed" else None,
    }
    if record.head:
        pull_url = f"{call.repository_url()}/pulls/{record.number}"
        document["pull_request"] = {"url": pull_url, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
    return document


def comment(call: Call, record: Issue, each: Comment) -> dict[str, Any]:
    page = f"{call.site}/{call.repository.full_name}/issues/{record.number}"
    return {
        "id": each.id,
        "node_id": f"IC_{each.id}",
        "url": f"{call.repository_url()}/issues/comments/{each.id}",
        "html_url": f"{page}#issuecomment-{each.id}",
        "issue_url": f"{call.repository_url()}/issues/{record.number}",
        "body": each.body,
        "user": documents.user(call, each.user),
        "created_at": documents.when(each.created),
        "updated_at": documents.when(each.created),
        "author_association": "MEMBER",
    }


def pull(call: Call, record: Issue) -> dict[str, Any]:
    url = f"{call.repository_url()}/pulls/{record.number}"
    page = f"{call.site}/{call.repository.full_name}/pull/{record.number}"
    branches = git_store.branches(call.repository.git)
    issue_url = f"{call.repository_url()}/issues/{record.number}"
    names = ("self", "html", "issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    return _common(call, record, url, page) | {
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue_url,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{call.repository_url()}/pulls/comments{{/number}}",
        "statuses_url": f"{call.repository_url()}/statuses/{branches.get(record.head, '')}",
        "merged_at": documents.when(record.closed) if record.merged else None,
        "merge_commit_sha": record.merged or None,
        "draft": record.draft,
        "requested_reviewers": [documents.user(call, login) for login in record.reviewers],
        "requested_teams": [],
        "head": _end(call, record.head, branches),
        "base": _end(call, record.base, branches),
        "_links": {name: {"href": url} for name in names},
        "auto_merge": None,
        "merged": bool(record.merged),
        "mergeable": record.state == "open" or None,
        "rebaseable": None,
        "mergeable_state": "clean",
        "merged_by": documents.user(call, record.user) if record.merged else None,
        "comments": len(record.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": 1,
        "additions": 0,
        "deletions": 0,
        "changed_files": 0,
    }


def _end(call: Call, branch: str, branches: dict[str, str]) -> dict[str, Any]:
    owner = documents.user(call, call.repository.owner)
    full = documents.repository(call, call.repository)
    return {"label": f"{call.repository.owner}:{branch}", "ref": branch, "sha": branches.get(branch, ""), "user": owner, "repo": full}
