"""The checks of a repository."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting

CHECKS: Final = (
    Check(
        "dependabot-uncovered",
        "repository",
        "medium",
        "Dependencies that nobody updates",
        "an ecosystem (pip, npm, terraform, github-actions, docker …) with dependencies in directories that neither Dependabot's nor Renovate's configuration covers",
    ),
    Check(
        "action-unpinned",
        "repository",
        "medium",
        "Actions that are not pinned",
        "an action, a reusable workflow or a container image in a workflow that is named by a tag or a branch, which its owner can move, instead of a commit's SHA or a digest",
    ),
    Check(
        "workflow-risk",
        "repository",
        "medium",
        "Risks in workflows",
        "a finding of zizmor, where it is installed; its own comments and configuration that ignore one are honoured",
    ),
    Check(
        "key-replaceable",
        "repository",
        "medium",
        "Long-lived keys that OIDC could replace",
        "a workflow that signs in to AWS, Google Cloud, Azure or a package index with a stored key, though GitHub's OIDC token would do",
    ),
    Check(
        "dependency-vulnerable",
        "repository",
        "high",
        "Dependencies with known vulnerabilities",
        "an advisory of pip-audit or npm audit about a pinned dependency, where these are installed and reach their database; skipped where an ecosystem has no list or lock that one of them reads",
    ),
    Check(
        "document-broken",
        "repository",
        "low",
        "Documents that name what no longer exists",
        "a link, an anchor, a path, a workflow, a script or a secret named in a Markdown file that does not resolve within the repository; links to other sites are not fetched",
    ),
    Check(
        "changelog-behind",
        "repository",
        "low",
        "A changelog that is behind",
        "commits since the last release that changed code while the changelog did not change",
        {
            "commits": Setting(3, "commits that change code from which on it is found", 1),
            "days": Setting(7, "age in days of the oldest of them from which on it is found"),
        },
    ),
)
