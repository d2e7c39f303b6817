"""Permissions of neo4j-backup."""

from typing import Final

from credex_actions.generation.iam.conditions import BACKUP as IS_BACKUP
from credex_actions.generation.iam.conditions import OF_DATABASES, created_by, has, keys
from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_reaching import INSTANCES, REACHING
from credex_actions.generation.iam.of_scratch import PASSED, SNAPSHOTS, TO_EC2, scratch, volume_keys

BACKUP: Final = (
    *REACHING,
    Grant("Snapshots", ("ec2:CreateSnapshot", "ec2:DescribeSnapshots"), "`method: snapshot`, and every mode that reads backups"),
    Grant("TagCreated", ("ec2:CreateTags",), "`method: snapshot`, `mode: drill`", condition=created_by("CreateSnapshot", "RunInstances")),
    Grant(
        "NoteOnSnapshots",
        ("ec2:CreateTags",),
        "`method: snapshot`, `method: aws-backup`: what is known of a backup after it was begun",
        SNAPSHOTS,
        {**keys("credex:drill", "credex:up-to-transaction"), **has(IS_BACKUP)},
    ),
    Grant(
        "NoteStops",
        ("ec2:CreateTags", "ec2:DeleteTags"),
        "`quiesce: stop`, `method: dump`, and `mode: sweep` after them",
        INSTANCES,
        {**keys("credex:stopped-by"), **OF_DATABASES},
    ),
    Grant("LaunchedLike", ("ec2:DescribeInstanceAttribute",), "`mode: drill`"),
    *scratch("`mode: drill`"),
    Grant(
        "PassScratch",
        ("iam:PassRole",),
        "`mode: drill`",
        ("arn:aws:iam::ACCOUNT:role/INSTANCE-ROLE",),
        TO_EC2,
        unseen={"iam:PassRole": PASSED},
    ),
    *volume_keys("`mode: drill`"),
    Grant("Prune", ("ec2:DeleteSnapshot",), "`mode: prune`, `mode: sweep`", SNAPSHOTS, has(IS_BACKUP)),
    Grant(
        "Vault",
        ("backup:StartBackupJob",),
        "`method: aws-backup`",
        ("arn:aws:backup:REGION:ACCOUNT:backup-vault:VAULT",),
    ),
    Grant(
        "VaultSeen",
        ("backup:DescribeBackupJob", "backup:TagResource"),
        "`method: aws-backup`",
        unseen={"backup:TagResource": "AWS Backup asks for it when a job is started with tags"},
    ),
    Grant("PruneVault", ("backup:DeleteRecoveryPoint",), "`mode: prune` with `method: aws-backup`", SNAPSHOTS),
    Grant(
        "PassVault",
        ("iam:PassRole",),
        "`method: aws-backup`",
        ("arn:aws:iam::ACCOUNT:role/BACKUP-ROLE",),
        {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
        unseen={"iam:PassRole": "a condition of AWS Backup, not a call"},
    ),
    Grant(
        "Dumps",
        ("s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging", "s3:ListBucket", "s3:PutObjectTagging"),
        "`method: dump`",
        ("arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"),
    ),
)
