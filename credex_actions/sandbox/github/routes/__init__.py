"""The API by topic. Importing this package registers every route."""

from credex_actions.sandbox.github.routes import (
    apps,
    deployments,
    environments,
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
    "deployments",
    "environments",
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
