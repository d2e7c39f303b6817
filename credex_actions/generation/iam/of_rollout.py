"""Permissions of neo4j-ami-rollout: what looks, builds and rehearses, and what changes databases."""

from typing import Final

from credex_actions.generation.iam.conditions import (
    BACKUP,
    OF_DATABASES,
    RECIPE,
    RESTORED,
    SCRATCH,
    created_by,
    has,
    keys,
)
from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_image_builder import IMAGE_BUILDER
from credex_actions.generation.iam.of_new_instance import NEW_INSTANCE
from credex_actions.generation.iam.of_reaching import INSTANCES, REACHING
from credex_actions.generation.iam.of_scratch import IMAGES, PASSED, SNAPSHOTS, TO_EC2, VOLUMES, scratch, volume_keys

SERVICE: Final = ("arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE",)
BUILDS: Final = "`mode: build`, `mode: plan`"
CHANGES: Final = "`mode: apply`, `mode: rollback`"
STOPS: Final = ("credex:stopped-by", "credex:writes-stopped-by")
ROLLS: Final = (
    "credex:last-roll-out",
    "credex:served-by",
    *(f"credex:roll{part}" for part in ("", "-data", "-fingerprint", "-from", "-to")),
)
ROOTS: Final = ("credex:database", "credex:environment", "credex:kept-data", "credex:kept-root", "credex:neo4j-version", "credex:run")
MOVES: Final = ("credex:move-before", "credex:moved")

HELPING: Final = (
    Grant("Images", ("ec2:DescribeImages", "ec2:DescribeSnapshots")),
    Grant("Base", ("ssm:GetParameter",), f"{BUILDS}: the base image's parameter", ("arn:aws:ssm:REGION:*:parameter/*",)),
    *scratch(BUILDS),
    Grant("Builder", ("ec2:CreateImage", "ec2:StopInstances"), "`mode: build`", INSTANCES, has(SCRATCH)),
    Grant("NewImage", ("ec2:CreateImage",), "`mode: build`", (*IMAGES, *SNAPSHOTS)),
    Grant("TagHelping", ("ec2:CreateTags",), BUILDS, condition=created_by("CreateImage", "RunInstances")),
    Grant("MarkImage", ("ec2:CreateTags",), "`mode: build`", condition={**keys("credex:boot-test", "credex:lease"), **has(RECIPE)}),
    Grant(
        "KeepImages",
        (
            "ec2:DeleteSnapshot",
            "ec2:DeregisterImage",
            "ec2:DisableImageDeregistrationProtection",
            "ec2:EnableImageDeprecation",
            "ec2:EnableImageDeregistrationProtection",
        ),
        "`mode: build`, also for the images that are too old; `mode: sweep`",
        condition=has(RECIPE),
        unseen={"ec2:DeleteSnapshot": "EC2 asks for it when an image is deregistered with its snapshots"},
    ),
    Grant(
        "UsedImages",
        ("ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"),
        "`mode: build`; DescribeLaunchTemplateVersions for `databases.NAME.user-data` too",
    ),
    Grant(
        "PassBuilder",
        ("iam:PassRole",),
        "`mode: build`",
        ("arn:aws:iam::ACCOUNT:role/BUILDER-ROLE",),
        TO_EC2,
        unseen={"iam:PassRole": PASSED},
    ),
    Grant(
        "PassRehearsal",
        ("iam:PassRole",),
        "`mode: plan`: a rehearsal is launched with the profile of the database's own instance",
        ("arn:aws:iam::ACCOUNT:role/INSTANCE-ROLE",),
        TO_EC2,
        unseen={"iam:PassRole": PASSED},
    ),
    Grant("NoteRehearsals", ("ec2:CreateTags",), "`mode: plan`", condition={**keys("credex:rehearsed"), **has(BACKUP)}),
    Grant(
        "Look",
        (
            "ec2:DescribeInstanceAttribute",
            "ec2:DescribeInstanceCreditSpecifications",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeReplaceRootVolumeTasks",
            "ec2:DescribeSubnets",
        ),
        f"`mode: plan`, {CHANGES}; DescribeInstanceAttribute for `mode: check` with `databases.NAME.user-data`",
    ),
    Grant(
        "Quotas",
        ("servicequotas:GetServiceQuota",),
        f"`mode: plan`, {CHANGES}: whether there is room; without it the plan says that it is not known",
    ),
    Grant(
        "LockSeen", ("ssm:GetParameterHistory",), f"`mode: status`, {CHANGES}", ("arn:aws:ssm:REGION:ACCOUNT:parameter/credex-actions/*",)
    ),
    Grant(
        "LetIn",
        ("ec2:CreateTags", "ec2:DeleteTags"),
        "`mode: sweep`: that a database is stopped, or writes to it",
        INSTANCES,
        {**keys(*STOPS), **OF_DATABASES},
    ),
    Grant("WritersSeen", ("ecs:DescribeServices",), "`rollout.service`", SERVICE),
    Grant(
        "Alarms",
        ("cloudwatch:DescribeAlarms",),
        "`rollout.alarms`",
        unseen={"cloudwatch:DescribeAlarms": "the tests of alarms call the parts of the command by themselves"},
    ),
    Grant(
        "States",
        ("s3:GetObject",),
        "`image.terraform-state` in S3",
        ("arn:aws:s3:::BUCKET/*",),
        unseen={"s3:GetObject": "the tests read states from files"},
    ),
    *IMAGE_BUILDER,
    *volume_keys("every mode but `check` and `status`"),
)
"""None of it stops, changes or deletes what bears no tag of the suite; in Image Builder, what bears no name of it."""

CHANGING: Final = (
    Grant(
        "Lock",
        ("ssm:PutParameter",),
        f"{CHANGES}, `mode: migrate-data-volume`",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/credex-actions/*",),
    ),
    Grant(
        "ChangeDatabases",
        (
            "ec2:AttachVolume",
            "ec2:CreateReplaceRootVolumeTask",
            "ec2:DetachVolume",
            "ec2:ModifyInstanceAttribute",
            "ec2:StartInstances",
            "ec2:StopInstances",
        ),
        f"{CHANGES}; AttachVolume for `mode: migrate-data-volume`; ModifyInstanceAttribute for `databases.NAME.user-data` and `rollout.swap: new-instance`",
        INSTANCES,
        OF_DATABASES,
    ),
    Grant(
        "ChangeVolumes",
        ("ec2:AttachVolume", "ec2:CreateReplaceRootVolumeTask", "ec2:CreateSnapshot", "ec2:CreateVolume", "ec2:DetachVolume"),
        "as above, for what is snapshotted, created, attached and booted from",
        (*IMAGES, *SNAPSHOTS, *VOLUMES, "arn:aws:ec2:*:*:replace-root-volume-task/*"),
    ),
    Grant(
        "TagCreated",
        ("ec2:CreateTags",),
        f"{CHANGES}, `mode: migrate-data-volume`",
        condition=created_by("CreateLaunchTemplate", "CreateReplaceRootVolumeTask", "CreateSnapshot", "CreateVolume"),
    ),
    Grant(
        "NoteRolls",
        ("ec2:CreateTags", "ec2:DeleteTags"),
        f"{CHANGES}, `mode: migrate-data-volume`",
        INSTANCES,
        {**keys(*ROLLS, *STOPS), **OF_DATABASES},
    ),
    Grant(
        "NoteOnVolumes",
        ("ec2:CreateTags",),
        f"{CHANGES}, `mode: migrate-data-volume`: which volumes are kept, and which are in use",
        VOLUMES,
        keys(*ROOTS, *MOVES),
    ),
    *NEW_INSTANCE,
    Grant(
        "KeepUserData",
        ("ec2:CreateLaunchTemplate",),
        "`databases.NAME.user-data` with `mode: apply`",
        ("arn:aws:ec2:*:*:launch-template/*",),
    ),
    Grant(
        "TakeTags",
        ("ec2:CreateTags",),
        f"{CHANGES}: a restored volume takes all tags of the one that it replaces",
        VOLUMES,
        {"ForAllValues:StringNotEquals": {"aws:TagKeys": [SCRATCH]}, **has(RESTORED)},
    ),
    Grant(
        "LoseTags",
        ("ec2:DeleteTags",),
        f"{CHANGES}: the replaced volume loses the tags by which it is found",
        VOLUMES,
        {"Null": {"aws:TagKeys": "false"}, **OF_DATABASES},
    ),
    Grant(
        "ProvenDumps",
        ("s3:GetObjectTagging", "s3:ListBucket"),
        "`backup.bucket`, whose dumps `mode: migrate-data-volume` relies on",
        ("arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"),
    ),
    Grant(
        "Writers",
        ("ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService"),
        "`rollout.drain: service`; UntagResource and UpdateService for `mode: sweep` after it too",
        SERVICE,
    ),
    Grant(
        "Address",
        ("ssm:PutParameter",),
        "`url-parameter`, if an address changes",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/URL-PARAMETER",),
    ),
    Grant("AddressDescribed", ("ssm:DescribeParameters",), "as above"),
    Grant(
        "Renew",
        ("ecs:ListServiceDeployments", "ecs:UpdateService"),
        "`rollout.service` with `url-parameter`: it is deployed again, and watched, if an address changes; a service that CodeDeploy deploys needs the statement `CodeDeploy` of deploy-task-definition, too",
        SERVICE,
    ),
    Grant(
        "RenewSeen",
        (
            "ecs:DescribeServiceDeployments",
            "ecs:DescribeServiceRevisions",
            "ecs:DescribeTaskDefinition",
            "ecs:DescribeTasks",
            "ecs:ListTasks",
        ),
        "as above",
    ),
    Grant(
        "RenewChecked",
        (
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ecr:BatchGetImage",
            "elasticloadbalancing:DescribeTargetGroups",
            "iam:GetRole",
            "logs:DescribeLogGroups",
        ),
        "as above: the preflight checks before it; one that is not allowed, such as those of secrets, is skipped, and said",
    ),
    Grant(
        "RenewLines",
        ("logs:GetLogEvents",),
        "as above: the last log lines of tasks that stop; left out if it is not allowed",
        ("arn:aws:logs:REGION:ACCOUNT:log-group:GROUP:*",),
    ),
)

ROLLOUT: Final = (*REACHING, *HELPING, *CHANGING)
