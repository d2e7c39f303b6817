"""What things look like in answers. Shapes: GitHub's published description of its REST API."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.routing import Call
from credex_actions.sandbox.github.state import Environment, Job, Repository, Run

LINKED = (
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
)
"""What a repository has a URL of."""


def when(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def user(call: Call, login: str) -> dict[str, Any]:
    kind = "Bot" if login.endswith("[bot]") else "User"
    identity = sum(ord(letter) * (place + 1) for place, letter in enumerate(login))
    url = f"{call.url}/users/{login}"
    return {
        "login": login,
        "id": identity,
        "node_id": f"U_{identity}",
        "avatar_url": f"{call.site}/avatars/{login}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{call.site}/{login}",
        "type": kind,
        "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in ("followers", "subscriptions", "organizations", "repos", "received_events")},
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
    }


def small_repository(call: Call, repository: Repository) -> dict[str, Any]:
    url = f"{call.url}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": True,
        "owner": user(call, repository.owner),
        "html_url": f"{call.site}/{repository.full_name}",
        "description": None,
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in LINKED},
    }


def repository(call: Call, record: Repository) -> dict[str, Any]:
    page, moment = f"{call.site}/{record.full_name}", "2026-01-01T00:00:00Z"
    counts = ("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers", "watchers_count")
    features = ("has_discussions", "has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki", "is_template")
    return {
        **small_repository(call, record),
        **dict.fromkeys((*counts, "network_count", "subscribers_count"), 0),
        **dict.fromkeys(features, False),
        **dict.fromkeys(("homepage", "language", "license", "mirror_url"), None),
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), moment),
        "clone_url": f"{page}.git",
        "git_url": f"{page}.git",
        "ssh_url": f"{page}.git",
        "svn_url": page,
        "topics": [],
        "default_branch": record.default_branch,
        "visibility": "private",
        "archived": False,
        "disabled": False,
    }


def run(call: Call, record: Run, attempt: int | None = None) -> dict[str, Any]:
    repository_url = call.repository_url()
    url, page = f"{repository_url}/actions/runs/{record.id}", f"{call.site}/{call.repository.full_name}/actions/runs/{record.id}"
    head = git_store.commit(call.repository.git, record.sha)
    number = attempt or record.attempt
    suffix = f"/attempts/{attempt}" if attempt else ""
    workflow_id = call.repository.workflow_ids[record.workflow]
    return {
        "id": record.id,
        "name": record.workflow,
        "node_id": f"WFR_{record.id}",
        "check_suite_id": record.id + 1,
        "check_suite_node_id": f"CS_{record.id}",
        "head_branch": record.branch,
        "head_sha": record.sha,
        "path": record.workflow,
        "run_number": record.number,
        "run_attempt": number,
        "event": record.event,
        "display_title": record.title,
        "status": record.status,
        "conclusion": record.conclusion,
        "workflow_id": workflow_id,
        "url": url,
        "html_url": f"{page}{suffix}",
        "pull_requests": [],
        "created_at": when(record.created),
        "updated_at": when(record.updated),
        "run_started_at": when(record.started),
        "actor": user(call, record.actor),
        "triggering_actor": user(call, record.actor),
        "jobs_url": f"{url}{suffix}/jobs",
        "logs_url": f"{url}{suffix}/logs",
        "check_suite_url": f"{repository_url}/check-suites/{record.id + 1}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{number - 1}" if number > 1 else None,
        "workflow_url": f"{repository_url}/actions/workflows/{workflow_id}",
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": head.date,
            "author": {"name": head.author, "email": head.email},
            "committer": {"name": head.author, "email": head.email},
        },
        "repository": small_repository(call, call.repository),
        "head_repository": small_repository(call, call.repository),
    }


def job(call: Call, record: Run, each: Job) -> dict[str, Any]:
    repository_url = call.repository_url()
    return {
        "id": each.id,
        "run_id": record.id,
        "run_url": f"{repository_url}/actions/runs/{record.id}",
        "run_attempt": each.attempt,
        "node_id": f"CR_{each.id}",
        "head_sha": record.sha,
        "head_branch": record.branch,
        "url": f"{repository_url}/actions/jobs/{each.id}",
        "html_url": f"{call.site}/{call.repository.full_name}/actions/runs/{record.id}/job/{each.id}",
        "status": each.status,
        "conclusion": each.conclusion,
        "created_at": when(each.created),
        "started_at": when(each.started or each.created),
        "completed_at": when(each.completed),
        "name": each.name,
        "workflow_name": record.workflow,
        "steps": [
            {
                "name": step.name,
                "status": step.status,
                "conclusion": step.conclusion,
                "number": step.number,
                "started_at": when(step.started),
                "completed_at": when(step.completed),
            }
            for step in each.steps
        ],
        "check_run_url": f"{repository_url}/check-runs/{each.id}",
        "labels": list(each.labels),
        "runner_id": 1 if each.started else None,
        "runner_name": "sandbox" if each.started else None,
        "runner_group_id": 1 if each.started else None,
        "runner_group_name": "sandbox" if each.started else None,
    }


def environment(call: Call, record: Environment) -> dict[str, Any]:
    url = f"{call.repository_url()}/environments/{record.name}"
    rules = []
    if record.reviewers:
        reviewers = [{"type": "User", "reviewer": user(call, login)} for login in record.reviewers]
        rules = [
            {
                "id": record.id + 1,
                "node_id": f"GA_{record.id}",
                "type": "required_reviewers",
                "prevent_self_review": False,
                "reviewers": reviewers,
            }
        ]
    return {
        "id": record.id,
        "node_id": f"EN_{record.id}",
        "name": record.name,
        "url": url,
        "html_url": f"{call.site}/{call.repository.full_name}/deployments/activity_log?environments_filter={record.name}",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "protection_rules": rules,
        "deployment_branch_policy": None,
    }


def commit(call: Call, sha: str) -> dict[str, Any]:
    record = git_store.commit(call.repository.git, sha)
    url = f"{call.repository_url()}/commits/{record.sha}"
    who = {"name": record.author, "email": record.email, "date": record.date}
    page = f"{call.site}/{call.repository.full_name}/commit/{record.sha}"
    return {
        "sha": record.sha,
        "node_id": f"C_{record.sha}",
        "url": url,
        "html_url": page,
        "comments_url": f"{url}/comments",
        "commit": {
            "url": f"{call.repository_url()}/git/commits/{record.sha}",
            "author": who,
            "committer": who,
            "message": record.message,
            "comment_count": 0,
            "tree": {"sha": record.tree, "url": f"{call.repository_url()}/git/trees/{record.tree}"},
        },
        "author": None,
        "committer": None,
        "parents": [{"sha": parent, "url": f"{call.repository_url()}/commits/{parent}"} for parent in record.parents],
    }


def changed_files(call: Call, base: str, head: str) -> list[dict[str, Any]]:
    """As comparisons and pull requests list them."""
    page, url = f"{call.site}/{call.repository.full_name}", call.repository_url()
    rows = git_store.changed_files(call.repository.git, base, head)
    return [
        {
            **row,
            "blob_url": f"{page}/blob/{head}/{quote(str(row['filename']))}",
            "raw_url": f"{page}/raw/{head}/{quote(str(row['filename']))}",
            "contents_url": f"{url}/contents/{quote(str(row['filename']))}?ref={head}",
        }
        for row in rows
    ]
