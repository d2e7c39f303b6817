"""Permissions of rotate-secrets, by what the manifest names."""

from typing import Final

from credex_actions.generation.iam.grant import Grant

KMS: Final = Grant(
    "OwnKey",
    ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    "secrets and parameters under a KMS key of your own",
    ("arn:aws:kms:REGION:ACCOUNT:key/KEY",),
    unseen=dict.fromkeys(
        ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"), "Secrets Manager and SSM ask for it on the caller's behalf"
    ),
)

ROTATE: Final = (
    Grant(
        "EscrowInSecretsManager",
        (
            "secretsmanager:CreateSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:TagResource",
            "secretsmanager:UpdateSecretVersionStage",
        ),
        "the escrow, by default",
        ("arn:aws:secretsmanager:REGION:ACCOUNT:secret:credex/rotation/*",),
    ),
    Grant(
        "EscrowInSsm",
        ("ssm:DeleteParameters", "ssm:GetParametersByPath", "ssm:PutParameter"),
        "the escrow in SSM",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/credex/rotation/*",),
    ),
    Grant(
        "AccessKeys",
        ("iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey"),
        "access keys",
        ("arn:aws:iam::ACCOUNT:user/USER",),
    ),
    Grant(
        "Parameters",
        ("ssm:GetParameter", "ssm:GetParameterHistory", "ssm:PutParameter"),
        "parameters; GetParameter also for `url-parameter`, and for `mode: init`",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/PARAMETER",),
    ),
    Grant("ParametersListed", ("ssm:DescribeParameters",), "parameters, and `mode: init`"),
    Grant(
        "Secrets",
        ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
        "secrets of Secrets Manager",
        ("arn:aws:secretsmanager:REGION:ACCOUNT:secret:SECRET-*",),
    ),
    KMS,
    Grant("Consumers", ("ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListTasks"), "`used-by: ecs-service`"),
    Grant(
        "Redeploy",
        ("ecs:ListServiceDeployments", "ecs:UpdateService"),
        "`redeploy` of such a service, unless it is false",
        ("arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE",),
    ),
    Grant(
        "RedeploySeen",
        ("ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeTaskDefinition"),
        "`redeploy` of such a service, unless it is false",
        unseen={
            "ecs:DescribeServiceDeployments": "asked only if the service's own description does not tell the end of its deployment",
            "ecs:DescribeServiceRevisions": "asked only if the last deployment failed",
        },
    ),
    Grant(
        "AssumeRole",
        ("sts:AssumeRole",),
        "`role` of a credential; that role has the permissions above",
        ("arn:aws:iam::ACCOUNT:role/ROLE",),
    ),
    Grant(
        "Init",
        (
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "ecs:ListClusters",
            "ecs:ListServices",
            "iam:ListAccessKeys",
            "iam:ListUsers",
            "ssm:DescribeParameters",
        ),
        "`mode: init`",
    ),
)
