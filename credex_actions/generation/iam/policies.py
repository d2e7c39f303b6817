"""The table: of each action what it needs of AWS and of GitHub."""

from collections.abc import Mapping
from typing import Any, Final

from credex_actions.generation.iam.grant import Grant, Job
from credex_actions.generation.iam.of_backup import BACKUP
from credex_actions.generation.iam.of_ecs import DEPLOY, RENDER, VERIFY
from credex_actions.generation.iam.of_image_builder import IMAGE_BUILDER
from credex_actions.generation.iam.of_maintenance import MAINTENANCE
from credex_actions.generation.iam.of_new_instance import NEW_INSTANCE
from credex_actions.generation.iam.of_rollout import ROLLOUT
from credex_actions.generation.iam.of_rotation import ROTATE

POLICIES: Final[Mapping[str, tuple[Grant, ...]]] = {
    "render-task-definition": RENDER,
    "deploy-task-definition": DEPLOY,
    "verify-deployment": VERIFY,
    "rotate-secrets": ROTATE,
    "neo4j-backup": BACKUP,
    "neo4j-ami-rollout": ROLLOUT,
    "maintenance-report": MAINTENANCE,
}

APART: Final[Mapping[str, Mapping[str, tuple[Grant, ...]]]] = {
    "neo4j-ami-rollout": {"neo4j-ami-rollout-image-builder": IMAGE_BUILDER, "neo4j-ami-rollout-new-instance": NEW_INSTANCE},
}
"""Statements that stand in a policy of their own, by its name: the inline policies of a role have 10,240 characters together, and a managed policy comes on top."""

TERRAFORMS: Final = "none of its own: Terraform calls what the configuration, its providers and its backend need, with the same session"
WITHOUT: Final[Mapping[str, str]] = {
    "plan-terraform": f"{TERRAFORMS}. A plan needs to read, and the lock of the state.",
    "apply-terraform": f"{TERRAFORMS}.",
    "guard-terraform-plan": "none: it reads a file.",
    "migrate": "none: it reads and writes files.",
    "trigger-dev-deploy": "none.",
    "promote": "none.",
    "comment-on-pull-request": "none.",
}
"""Actions without a policy, and why."""
AS_CONFIGURED: Final = frozenset(("plan-terraform", "apply-terraform"))
"""Those of them whose programs call AWS in their name."""

SOURCE: Final = {"contents: read": "actions/checkout"}
OIDC: Final = {"id-token: write": "`role-to-assume`; not with keys"}

JOBS: Final[Mapping[str, Job]] = {
    "render-task-definition": Job({**SOURCE, "id-token: write": "`role-to-assume`, if it reads from ECS"}),
    "deploy-task-definition": Job(SOURCE | OIDC),
    "verify-deployment": Job(OIDC),
    "rotate-secrets": Job(
        SOURCE | OIDC, "the job's own token cannot write secrets: [an App can](../../docs/how-to/rotate-secrets.md#required-permissions)"
    ),
    "neo4j-backup": Job(SOURCE | OIDC),
    "neo4j-ami-rollout": Job(
        {**SOURCE, **OIDC, "issues: write": "`issue`"},
        "needs the same permission for the issue, and is not needed: the job's own token can write it",
    ),
    "maintenance-report": Job(
        SOURCE
        | OIDC
        | {
            "actions: read": "`since: last-run`",
            "deployments: read": "`deployments` of the configuration",
            "issues: write": "`issue`",
            "contents: write": "`mode: propose`, in place of contents: read",
            "pull-requests: write": "`mode: propose`",
        },
        "needs the same permissions",
    ),
    "plan-terraform": Job(SOURCE | OIDC),
    "apply-terraform": Job(SOURCE | OIDC),
    "guard-terraform-plan": Job(SOURCE),
    "migrate": Job(SOURCE),
    "trigger-dev-deploy": Job(
        {"actions: write": "to dispatch", "contents: read": "to read the workflow's inputs"},
        "needs the same permissions, and is needed for another repository",
    ),
    "promote": Job(
        {
            "pull-requests: write": "the pull request",
            "contents: read": "the commits",
            "checks: read": "the checks; left out otherwise",
            "statuses: read": "as above",
            "deployments: read": "the deployments; left out otherwise",
        },
        "needs the same permissions; only its pull requests trigger workflows",
    ),
    "comment-on-pull-request": Job({"pull-requests: write": "the comment"}, "needs the same permission"),
}


def published(command: str) -> dict[str, tuple[Grant, ...]]:
    """The policies of a command, by their names: its own first."""
    apart = APART.get(command, {})
    elsewhere = {grant.sid for grants in apart.values() for grant in grants}
    return {command: tuple(grant for grant in POLICIES[command] if grant.sid not in elsewhere), **apart}


def policy(grants: tuple[Grant, ...]) -> dict[str, Any]:
    """A policy that allows all of it; leave out the statements that are not needed."""
    return {"Version": "2012-10-17", "Statement": [_statement(grant) for grant in grants]}


def _statement(grant: Grant) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": grant.sid, "Effect": "Allow", "Action": list(grant.actions), "Resource": list(grant.on)}
    return statement | ({"Condition": grant.condition} if grant.condition else {})
