"""Permissions of the actions that render, deploy and verify."""

from typing import Final

from credex_actions.generation.iam.grant import Grant

SERVICE: Final = "arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE"
LOG: Final = ("arn:aws:logs:REGION:ACCOUNT:log-group:LOG-GROUP:*",)
PASSED: Final = ("arn:aws:iam::ACCOUNT:role/TASK-ROLE", "arn:aws:iam::ACCOUNT:role/EXECUTION-ROLE")
TO_ECS: Final = {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]}}
"""As AWS's own AmazonECS_FullAccess has it: roles of tasks, and those that ECS assumes itself for a service."""
PASSING: Final = "a condition of ECS for whoever names a role, not a call"
SCHEDULED: Final = Grant(
    "KeepScheduled",
    ("events:ListRuleNamesByTarget", "events:ListTargetsByRule", "scheduler:GetSchedule", "scheduler:ListSchedules"),
    "`keep-revisions`: a revision that a rule or a schedule runs is kept",
)

RENDER: Final = (Grant("Read", ("ecs:DescribeTaskDefinition",), "`task-definition-arn`, `task-definition-family`, `compare-with`"),)

DEPLOY: Final = (
    Grant("Service", ("ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"), on=(SERVICE,)),
    Grant(
        "Revisions",
        (
            "ecs:DescribeServiceDeployments",
            "ecs:DescribeServiceRevisions",
            "ecs:DescribeTaskDefinition",
            "ecs:ListTaskDefinitions",
            "ecs:RegisterTaskDefinition",
        ),
    ),
    Grant("PassRoles", ("iam:PassRole",), on=PASSED, condition=TO_ECS, unseen={"iam:PassRole": PASSING}),
    Grant(
        "Tags",
        ("ecs:TagResource",),
        "tags in the file, `tags`, `run-task-tags`, `propagate-tags`",
        unseen={"ecs:TagResource": "ECS asks for it when something is created with tags"},
    ),
    Grant(
        "Causes",
        ("ecs:DescribeTasks", "ecs:ListTasks"),
        "why tasks stopped; left out if it is not allowed",
    ),
    Grant("LastLines", ("logs:GetLogEvents",), "the last log lines of tasks that stopped; left out if it is not allowed", LOG),
    Grant(
        "Preflight",
        (
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ecr:BatchGetImage",
            "elasticloadbalancing:DescribeTargetGroups",
            "iam:GetRole",
            "logs:DescribeLogGroups",
            "secretsmanager:DescribeSecret",
        ),
        "`verify`; a check that is not allowed is skipped, and said",
    ),
    Grant(
        "PreflightParameters",
        ("ssm:GetParameters",),
        "`verify` of a file with parameters: IAM knows no permission to see that one exists without that to read it",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/PARAMETER",),
    ),
    Grant(
        "PreflightKeys",
        ("secretsmanager:GetSecretValue",),
        "`verify` of a file that names a JSON key of a secret",
        ("arn:aws:secretsmanager:REGION:ACCOUNT:secret:SECRET-*",),
    ),
    Grant("PreflightFiles", ("s3:GetObject",), "`verify` of a file with environment files", ("arn:aws:s3:::BUCKET/*",)),
    Grant("RunTask", ("ecs:RunTask",), "`run-task`", ("arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:*",)),
    Grant("StopTask", ("ecs:StopTask",), "`run-task` with `on-cancel: rollback`", ("arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/*",)),
    Grant("KeepRevisions", ("ecs:DeregisterTaskDefinition", "ecs:ListClusters", "ecs:ListServices"), "`keep-revisions`"),
    SCHEDULED,
    Grant(
        "ScheduledTasks",
        ("events:ListRules",),
        "`scheduled-tasks`, with the permissions above and `iam:PassRole` for the role of the rule or schedule",
    ),
    Grant("Rules", ("events:PutTargets",), "`scheduled-tasks` of rules", ("arn:aws:events:REGION:ACCOUNT:rule/RULE",)),
    Grant(
        "Schedules",
        ("scheduler:UpdateSchedule",),
        "`scheduled-tasks` of schedules",
        ("arn:aws:scheduler:REGION:ACCOUNT:schedule/GROUP/NAME",),
    ),
    Grant(
        "CodeDeploy",
        (
            "codedeploy:BatchGetDeploymentTargets",
            "codedeploy:BatchGetDeployments",
            "codedeploy:CreateDeployment",
            "codedeploy:GetDeployment",
            "codedeploy:GetDeploymentConfig",
            "codedeploy:GetDeploymentGroup",
            "codedeploy:ListDeploymentTargets",
            "codedeploy:ListDeployments",
            "codedeploy:RegisterApplicationRevision",
            "codedeploy:StopDeployment",
        ),
        "a service that CodeDeploy deploys",
        unseen={
            "codedeploy:GetDeploymentConfig": "CodeDeploy asks for it when a deployment is created",
            "codedeploy:RegisterApplicationRevision": "CodeDeploy asks for it when a deployment is created",
        },
    ),
)

VERIFY: Final = (
    Grant("Service", ("ecs:DescribeServices",), "`service`", (SERVICE,)),
    Grant("Tasks", ("ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListTasks"), "`service`"),
    Grant("Alarms", ("cloudwatch:DescribeAlarms",), "`alarms`"),
    Grant("Log", ("logs:FilterLogEvents",), "`log-group`", LOG),
    Grant("Rollback", ("ecs:ListServiceDeployments", "ecs:UpdateService"), "`rollback-to`", (SERVICE,)),
    Grant("RollbackSeen", ("ecs:DescribeServiceDeployments",), "`rollback-to`"),
    Grant("PassRoles", ("iam:PassRole",), "`rollback-to`", PASSED, TO_ECS, unseen={"iam:PassRole": PASSING}),
)
