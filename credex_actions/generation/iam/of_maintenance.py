"""Permissions of maintenance-report: what the checks read. It changes nothing in AWS; a command on a database's instance, which reads its disk,
is the only thing that is sent. Whoever may send one is root there.
"""

from typing import Final

from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_reaching import REACHING

ACCOUNT: Final = (
    Grant(
        "Machines",
        (
            "autoscaling:DescribeLaunchConfigurations",
            "compute-optimizer:GetEC2InstanceRecommendations",
            "ec2:DescribeAddresses",
            "ec2:DescribeImages",
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSnapshots",
            "ec2:DescribeVolumes",
        ),
        "checks of instances, volumes, snapshots, images, addresses and security groups",
    ),
    Grant(
        "Services",
        (
            "batch:DescribeComputeEnvironments",
            "codebuild:BatchGetProjects",
            "codebuild:ListProjects",
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "ecs:ListClusters",
            "ecs:ListServices",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "lambda:ListFunctions",
        ),
        "checks of services, load balancers and image repositories, and of what uses a log group or a security group",
    ),
    Grant(
        "Identities",
        (
            "access-analyzer:GetAnalyzer",
            "access-analyzer:GetFinding",
            "access-analyzer:ListAnalyzers",
            "access-analyzer:ListFindings",
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "iam:GetAccessKeyLastUsed",
            "iam:GetAccountAuthorizationDetails",
            "iam:GetAccountSummary",
            "iam:GetCredentialReport",
            "iam:GetLoginProfile",
            "iam:GetServiceLastAccessedDetails",
            "iam:ListAccessKeys",
            "iam:ListMFADevices",
            "iam:ListPoliciesGrantingServiceAccess",
            "iam:ListSSHPublicKeys",
            "iam:ListServiceSpecificCredentials",
            "iam:ListUserTags",
        ),
        "checks of users, keys, roles and policies",
    ),
    Grant(
        "Kept",
        (
            "s3:GetAccountPublicAccessBlock",
            "s3:GetBucketAcl",
            "s3:GetBucketLocation",
            "s3:GetBucketPolicy",
            "s3:GetBucketPolicyStatus",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetEncryptionConfiguration",
            "s3:ListAllMyBuckets",
            "secretsmanager:ListSecrets",
            "ssm:DescribeParameters",
        ),
        "checks of buckets, secrets and parameters; no value is read",
    ),
    Grant(
        "Watched",
        (
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricData",
            "cloudwatch:ListMetrics",
            "events:ListRules",
            "events:ListTargetsByRule",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:ListTagsForResource",
            "scheduler:GetSchedule",
            "scheduler:ListSchedules",
            "sns:ListTopics",
        ),
        "checks of alarms and log groups, of what is idle, and of costs",
    ),
)
LOGS: Final = Grant(
    "LogEvents", ("logs:FilterLogEvents",), "`logs`: patterns of errors", ("arn:aws:logs:REGION:ACCOUNT:log-group:GROUP:*",)
)
DUMPS: Final = Grant(
    "Dumps",
    ("s3:GetObjectTagging", "s3:ListBucket"),
    "`databases` whose backups are dumps",
    ("arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/PREFIX*"),
)
ROLES: Final = Grant("OtherAccounts", ("sts:AssumeRole",), "`accounts` with a role", ("arn:aws:iam::ACCOUNT:role/ROLE",))

MAINTENANCE: Final = (*ACCOUNT, LOGS, *REACHING, DUMPS, ROLES)
