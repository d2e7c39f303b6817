"""The published policies against the source: each operation of AWS that a module names which a command can import is allowed, or has a reason here."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from credex_actions.generation.iam.grant import action_of
from credex_actions.generation.iam.policies import AS_CONFIGURED, POLICIES, WITHOUT
from tests.aws_calls import calls, imported, modules, reachable

SIGNING_IN: Final = {
    "credex_actions.core.aws.sign_in": {"sts:AssumeRole": "for the credentials at hand to be allowed, not for the role that is assumed"}
}
NOT_REGISTERED: Final = "a revision that exists is deployed: none is registered, and none is deregistered"
NO_TASK: Final = "run-task is not set"
NO_SCHEDULE: Final = "neither keep-revisions nor scheduled-tasks is set"
CODEDEPLOY: Final = "only of a service that CodeDeploy deploys; the table says that it needs more then"
SKIPPED: Final = "preflight skips a check that is not allowed, and says so"
LAST_LINES: Final = "the last lines of a log are left out if it is not allowed"
NAMED: Final = "asked only when a cluster does not exist, for the error to name those that do; without it the error names none"

DEPLOYING: Final[Mapping[str, Mapping[str, str]]] = {
    "credex_actions.ecs.codedeploy.client": dict.fromkeys(
        (
            "codedeploy:BatchGetDeployments",
            "codedeploy:CreateDeployment",
            "codedeploy:GetDeployment",
            "codedeploy:ListDeployments",
            "codedeploy:StopDeployment",
        ),
        CODEDEPLOY,
    ),
    "credex_actions.ecs.codedeploy.group": dict.fromkeys(("codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"), CODEDEPLOY),
    "credex_actions.ecs.codedeploy.narrator": dict.fromkeys(
        ("codedeploy:BatchGetDeploymentTargets", "codedeploy:ListDeploymentTargets"), CODEDEPLOY
    ),
    "credex_actions.ecs.deployment.deploying": {"ecs:RunTask": NO_TASK},
    "credex_actions.ecs.deployment.earlier_tasks": {"ecs:RunTask": NO_TASK},
    "credex_actions.ecs.deployment.plan": {"ecs:RunTask": NO_TASK},
    "credex_actions.ecs.deployment.situation": {"ecs:RunTask": NO_TASK},
    "credex_actions.ecs.preflight.images": {"ecr:BatchGetImage": SKIPPED},
    "credex_actions.ecs.preflight.log_groups": {"logs:DescribeLogGroups": SKIPPED},
    "credex_actions.ecs.preflight.network": dict.fromkeys(("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"), SKIPPED),
    "credex_actions.ecs.preflight.references": dict.fromkeys(
        ("s3:GetObject", "secretsmanager:DescribeSecret", "ssm:GetParameters"), SKIPPED
    ),
    "credex_actions.ecs.preflight.roles": {"iam:GetRole": SKIPPED},
    "credex_actions.ecs.preflight.traffic": {"elasticloadbalancing:DescribeTargetGroups": SKIPPED},
    "credex_actions.ecs.revisions.client": dict.fromkeys(
        ("ecs:DeregisterTaskDefinition", "ecs:ListTaskDefinitions", "ecs:RegisterTaskDefinition"), NOT_REGISTERED
    ),
    "credex_actions.ecs.run_task.client": dict.fromkeys(("ecs:RunTask", "ecs:StopTask"), NO_TASK),
    "credex_actions.ecs.run_task.request": {"ecs:RunTask": NO_TASK},
    "credex_actions.ecs.scheduled.client": dict.fromkeys(
        (
            "events:ListRuleNamesByTarget",
            "events:ListTargetsByRule",
            "events:PutTargets",
            "scheduler:GetSchedule",
            "scheduler:UpdateSchedule",
        ),
        NO_SCHEDULE,
    ),
    "credex_actions.ecs.tasks.logs": {"logs:GetLogEvents": LAST_LINES},
}
"""Of the suite's own deployment, where another command deploys a revision that exists."""

VERIFYING: Final = (
    "credex_actions.ecs.revisions.client",
    "credex_actions.ecs.run_task.request",
    "credex_actions.ecs.scheduled.client",
    "credex_actions.ecs.tasks.logs",
)
"""Modules of a deployment that verify-deployment imports, for what it names only."""
TAKES_NONE: Final = "a roll-out takes its own snapshots, and no backup by AWS Backup or as a dump"

NOT_REACHED: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "render-task-definition": SIGNING_IN,
    "deploy-task-definition": SIGNING_IN,
    "verify-deployment": {
        **SIGNING_IN,
        **{module: DEPLOYING[module] for module in VERIFYING},
        "credex_actions.ecs.looks": {"ecs:ListClusters": NAMED},
    },
    "rotate-secrets": {
        **DEPLOYING,
        "credex_actions.ecs.preflight.references": dict.fromkeys(("s3:GetObject", "ssm:GetParameters"), SKIPPED),
    },
    "neo4j-backup": SIGNING_IN,
    "neo4j-ami-rollout": {
        **SIGNING_IN,
        **{module: reasons for module, reasons in DEPLOYING.items() if not {SKIPPED, LAST_LINES} & set(reasons.values())},
        "credex_actions.ecs.preflight.references": dict.fromkeys(("secretsmanager:DescribeSecret", "ssm:GetParameters"), SKIPPED),
        "credex_actions.ecs.looks": {"ecs:ListClusters": NAMED},
        "credex_actions.ecs.verification.checks.log": {"logs:FilterLogEvents": "log-group is not set when a service is proven"},
        "credex_actions.backup.taking.dump": {"s3:PutObjectTagging": TAKES_NONE},
        "credex_actions.backup.taking.sources": dict.fromkeys(("backup:DescribeBackupJob", "backup:StartBackupJob"), TAKES_NONE),
    },
    "maintenance-report": {},
}
"""By command and module: an operation that is named there, and why the command never calls it, or does without it."""


def module_of(command: str) -> str:
    return f"credex_actions.commands.{command.replace('-', '_')}"


def not_allowed(command: str) -> Iterator[tuple[str, str]]:
    """Modules, and the actions that they need. A call that may be of several services is allowed if it is by one of them."""
    granted = {action for grant in POLICIES[command] for action in grant.actions} | {""}
    for module in sorted(reachable(module_of(command))):
        for call in calls(module):
            actions = {action_of(service, operation) for service, operation in call}
            if not actions & granted:
                yield module, "|".join(sorted(actions))


@pytest.mark.parametrize("command", POLICIES)
def test_what_a_command_can_call_is_allowed_or_has_a_reason(command: str) -> None:
    reasons = {(module, action) for module, actions in NOT_REACHED[command].items() for action in actions}
    assert set(not_allowed(command)) == reasons


@pytest.mark.parametrize("command", sorted(WITHOUT.keys() - AS_CONFIGURED))
def test_a_command_without_a_policy_can_call_nothing_but_to_sign_in(command: str) -> None:
    found = {(module, call) for module in reachable(module_of(command)) for call in calls(module)}
    assert {call for module, call in found if module not in SIGNING_IN} == set()


def test_what_is_read_from_the_source_is_what_is_there() -> None:
    assert "credex_actions.aws.scratch.instance" in reachable(module_of("neo4j-ami-rollout"))
    assert set(calls("credex_actions.aws.scratch.instance")) >= {
        (("ec2", "RunInstances"),),
        (("ec2", "TerminateInstances"),),
        (("ec2", "DeleteVolume"),),
    }
    assert (("ssm", "DescribeParameters"),) in set(calls("credex_actions.aws.parameters"))  # by a paginator
    assert imported("credex_actions.rotation.following") >= {"credex_actions.ecs.deployment.deploying"}  # inside of a function
    assert all(path.is_file() for path in modules().values())
