"""The API by topic. Importing this package registers every route."""

from credex_actions.sandbox.github.routes import (
    apps,
    artifacts,
    deployments,
    environments,
    git_data,
    identity,
    issues,
    pulls,
    repositories,
    runs,
    scanning,
    secrets,
    variables,
    workflows,
)

__all__ = [
    "apps",
    "artifacts",
    "deployments",
    "environments",
    "git_data",
    "identity",
    "issues",
    "pulls",
    "repositories",
    "runs",
    "scanning",
    "secrets",
    "variables",
    "workflows",
]
