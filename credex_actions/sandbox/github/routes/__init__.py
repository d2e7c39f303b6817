"""The API by topic. Importing this package registers every route."""

from credex_actions.sandbox.github.routes import apps, deployments, pulls, repositories, runs, workflows

__all__ = ["apps", "deployments", "pulls", "repositories", "runs", "workflows"]
