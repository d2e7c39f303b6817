"""Plan cases: what the state holds, what the configuration asks for, and what the guard has to say. `make.py` has real Terraform plan each of them.

`state` names resources of before.tf. `keep` are those that the configuration still has as they were, `edit` those that it has with a piece of
their text replaced, `more` is further configuration. Whatever is in the state and in none of these is destroyed.
"""

from collections.abc import Mapping
from typing import NamedTuple

Edit = tuple[str, str]
Expected = tuple[str, str, str]  # address, action, severity


class Case(NamedTuple):
    expected: tuple[Expected, ...]
    state: str = ""
    keep: str = ""
    edit: Mapping[str, tuple[Edit, ...]] = {}
    more: str = ""
    flags: tuple[str, ...] = ()
    tainted: str = ""
    deposed: str = ""
    refreshed: bool = False  # against a local AWS that holds none of these objects
    fails: bool = False  # the plan errs, and Terraform writes it all the same
    rename: Mapping[str, str] = {}  # address in the state, where it is another one than in before.tf

    @property
    def verdict(self) -> str:
        return "refused" if any(severity == "refuse" for _, _, severity in self.expected) else "safe"


AMI: Edit = ("ami-0123456789abcdef0", "ami-0fedcba9876543210")
LEDGER = "aws_instance.ledger"
VOLUME = "aws_ebs_volume.ledger"
ATTACHMENT = "aws_volume_attachment.ledger"
BACKUPS = "aws_s3_bucket_lifecycle_configuration.backups"
REFUSED = "refuse"


def refused(address: str, action: str) -> tuple[Expected, ...]:
    return ((address, action, "refuse"),)


def warned(address: str, action: str) -> tuple[Expected, ...]:
    return ((address, action, "warn"),)


def removed(address: str, severity: str = "refuse") -> Case:
    """The block was deleted from the configuration."""
    return Case(((address, "delete", severity),), state=address)


def edited(address: str, *edits: Edit, action: str = "update", severity: str = "refuse") -> Case:
    return Case(((address, action, severity),) if severity else (), state=address, edit={address: edits})


CASES: Mapping[str, Case] = {
    # Instances
    "instance-replaced-by-ami": edited(LEDGER, AMI, action="replace"),
    "instance-replaced-with-data-volume-attached": Case(
        (*refused(LEDGER, "replace"), *refused(ATTACHMENT, "replace")),
        state=f"{LEDGER} {VOLUME} {ATTACHMENT}",
        keep=f"{VOLUME} {ATTACHMENT}",
        edit={LEDGER: (AMI,)},
    ),
    "instance-replaced-create-before-destroy": edited(
        LEDGER, AMI, ("  tags =", "  lifecycle {\n    create_before_destroy = true\n  }\n  tags ="), action="replace"
    ),
    "instance-replaced-root-kept": edited("aws_instance.kept", AMI, action="replace"),
    "instance-replaced-inline-volume": edited("aws_instance.inline", AMI, action="replace"),
    "instance-removed": removed(LEDGER),
    "instance-tainted": Case(refused(LEDGER, "replace"), state=LEDGER, keep=LEDGER, tainted=LEDGER),
    "instance-replace-requested": Case(refused(LEDGER, "replace"), state=LEDGER, keep=LEDGER, flags=(f"-replace={LEDGER}",)),
    "instance-deposed": Case(refused(LEDGER, "delete"), state=LEDGER, keep=LEDGER, deposed=LEDGER),
    "instance-renamed-without-moved": Case(
        refused(LEDGER, "delete"),
        state=LEDGER,
        more='resource "aws_instance" "ledger_space" {\n  ami = "ami-0123456789abcdef0"\n  instance_type = "m5.large"\n}\n',
    ),
    "instance-renamed-with-moved": Case(
        (),
        state="aws_instance.kept",
        edit={"aws_instance.kept": (('"kept"', '"moved"'),)},
        more="moved {\n  from = aws_instance.kept\n  to   = aws_instance.moved\n}\n",
    ),
    "instance-forgotten": Case(
        refused(LEDGER, "forget"),
        state=LEDGER,
        more="removed {\n  from = aws_instance.ledger\n  lifecycle {\n    destroy = false\n  }\n}\n",
    ),
    "instance-in-removed-module": Case(
        refused("module.neo4j.aws_instance.ledger", "delete"), state=LEDGER, rename={LEDGER: "module.neo4j.aws_instance.ledger"}
    ),
    "instance-prevent-destroy": Case(
        (*refused("(plan)", "plan"), *refused(LEDGER, "replace")),
        state=LEDGER,
        edit={LEDGER: (AMI, ("  tags =", "  lifecycle {\n    prevent_destroy = true\n  }\n  tags ="))},
        fails=True,
    ),
    "instance-ignore-changes": edited(LEDGER, AMI, ("  tags =", "  lifecycle {\n    ignore_changes = [ami]\n  }\n  tags ="), severity=""),
    "instance-delete-on-termination": edited("aws_instance.kept", ("delete_on_termination = false", "delete_on_termination = true")),
    "instance-shutdown-terminates": edited(LEDGER, ('= "stop"', '= "terminate"')),
    "instance-termination-protection-off": edited(LEDGER, ("= true\n\n  root", "= false\n\n  root"), severity="warn"),
    "instance-tags-changed": edited("aws_instance.kept", ("8\n", '8\n    tags = {\n      Owner = "us"\n    }\n'), severity=""),
    "copies-one-removed": Case(
        refused("aws_instance.copies[2]", "delete"),
        state="aws_instance.copies",
        edit={"aws_instance.copies": (("= 3", "= 2"),)},
    ),
    "copies-all-replaced": Case(
        (*refused("(plan)", "plan"), *(each for n in range(3) for each in refused(f"aws_instance.copies[{n}]", "replace"))),
        state="aws_instance.copies",
        edit={"aws_instance.copies": (AMI,)},
    ),
    "copies-count-to-for-each": Case(
        (*refused("(plan)", "plan"), *(each for n in range(3) for each in refused(f"aws_instance.copies[{n}]", "delete"))),
        state="aws_instance.copies",
        edit={"aws_instance.copies": (("count         = 3", 'for_each      = toset(["a", "b", "* aws_*"])'),)},
    ),
    "launch-template-delete-on-termination": edited("aws_launch_template.neo4j", ('"false"', '"true"'), severity="warn"),
    # Volumes, snapshots, images
    "volume-removed": removed(VOLUME),
    "volume-replaced-by-encryption": edited(VOLUME, ("encrypted         = true", "encrypted         = false"), action="replace"),
    "volume-replaced-with-snapshot": Case(
        (*refused(VOLUME, "replace"), *refused("aws_ebs_snapshot.ledger", "replace")),
        state=f"{VOLUME} aws_ebs_snapshot.ledger",
        keep="aws_ebs_snapshot.ledger",
        edit={VOLUME: (("af-south-1a", "af-south-1b"),)},
    ),
    "volume-grown": edited(VOLUME, ("= 100", "= 200"), severity=""),
    "volume-detached": Case(refused(ATTACHMENT, "delete"), state=f"{LEDGER} {VOLUME} {ATTACHMENT}", keep=f"{LEDGER} {VOLUME}"),
    "snapshot-removed": removed("aws_ebs_snapshot.ledger"),
    "image-removed": removed("aws_ami.neo4j"),
    # Buckets
    "bucket-removed": removed("aws_s3_bucket.backups"),
    "bucket-renamed": edited("aws_s3_bucket.backups", ("credex-backups", "credex-backups-2"), action="replace"),
    "bucket-force-destroy": edited("aws_s3_bucket.backups", ("force_destroy = false", "force_destroy = true"), severity="warn"),
    "bucket-versioning-suspended": edited("aws_s3_bucket_versioning.backups", ('"Enabled"', '"Suspended"')),
    "bucket-versioning-removed": removed("aws_s3_bucket_versioning.backups"),
    "bucket-expiry-sooner": edited(BACKUPS, ("days = 90", "days = 7")),
    "bucket-expiry-later": edited(BACKUPS, ("days = 90", "days = 365"), severity=""),
    "bucket-expiry-wider": edited(BACKUPS, ("daily/", "")),
    "bucket-expiry-on-existing": Case(refused(BACKUPS, "create"), state="aws_s3_bucket.backups", keep=f"aws_s3_bucket.backups {BACKUPS}"),
    "bucket-expiry-on-new": Case((), keep=f"aws_s3_bucket.backups {BACKUPS}"),
    # Keys, backups, secrets
    "key-removed": removed("aws_kms_key.data"),
    "key-disabled": edited("aws_kms_key.data", ("is_enabled  = true", "is_enabled  = false")),
    "backup-vault-removed": removed("aws_backup_vault.main"),
    "backup-plan-removed": removed("aws_backup_plan.main"),
    "backup-kept-shorter": edited("aws_backup_plan.main", ("= 35", "= 7")),
    "backup-selection-removed": removed("aws_backup_selection.main"),
    "secret-removed": removed("aws_secretsmanager_secret.database"),
    "parameter-removed": removed("aws_ssm_parameter.bolt_url"),
    "parameter-updated": edited("aws_ssm_parameter.bolt_url", ("canary-parameter-value", "canary-parameter-other"), severity=""),
    # File systems, tables, databases
    "file-system-removed": removed("aws_efs_file_system.shared"),
    "file-system-replaced": edited("aws_efs_file_system.shared", ("= true", "= false"), action="replace"),
    "mount-target-removed": removed("aws_efs_mount_target.shared", "warn"),
    "table-removed": removed("aws_dynamodb_table.locks"),
    "table-replaced-by-key": edited("aws_dynamodb_table.locks", ("LockID", "Lock"), ("LockID", "Lock"), action="replace"),
    "table-recovery-off": edited("aws_dynamodb_table.locks", ("enabled = true", "enabled = false")),
    "database-removed": removed("aws_db_instance.reports"),
    "database-replaced": edited(
        "aws_db_instance.reports",
        ("= 20", '= 20\n  kms_key_id = "arn:aws:kms:af-south-1:123456789012:key/1"\n  storage_encrypted = true'),
        action="replace",
    ),
    "database-backups-off": edited("aws_db_instance.reports", ("= 14", "= 0")),
    "database-backups-shorter": edited("aws_db_instance.reports", ("= 14", "= 3")),
    "database-protection-off": edited(
        "aws_db_instance.reports", ("deletion_protection     = true", "deletion_protection     = false"), severity="warn"
    ),
    "cluster-removed": removed("aws_rds_cluster.ledger"),
    # Logs, registries, queues, streams
    "logs-removed": removed("aws_cloudwatch_log_group.core"),
    "logs-kept-shorter": edited("aws_cloudwatch_log_group.core", ("= 90", "= 7"), severity="warn"),
    "logs-kept-longer": edited("aws_cloudwatch_log_group.core", ("= 90", "= 365"), severity=""),
    "repository-removed": removed("aws_ecr_repository.core"),
    "queue-removed": removed("aws_sqs_queue.jobs"),
    "queue-kept-shorter": edited("aws_sqs_queue.jobs", ("345600", "60")),
    "stream-kept-shorter": edited("aws_kinesis_stream.events", ("168", "24")),
    # What holds no data, what is not known, and the plan as a whole
    "security-group-removed": Case((), state="aws_security_group.core"),
    "unknown-type-removed": removed("aws_amplify_app.site"),
    "nothing-to-do": Case((), state=VOLUME, keep=VOLUME),
    "created-only": Case((), keep=f"{LEDGER} {VOLUME} {ATTACHMENT}"),
    "everything-destroyed": Case(
        (*refused(VOLUME, "delete"), *refused("aws_s3_bucket.backups", "delete")),
        state=f"{VOLUME} aws_s3_bucket.backups aws_security_group.core",
        keep=f"{VOLUME} aws_s3_bucket.backups aws_security_group.core",
        flags=("-destroy",),
    ),
    "targeted": Case(
        refused("(plan)", "plan"),
        state=f"{VOLUME} aws_security_group.core",
        keep=VOLUME,
        flags=("-target=aws_security_group.core",),
    ),
    "drift-deleted-outside": Case(refused(VOLUME, "create"), state=VOLUME, keep=VOLUME, refreshed=True),
    "drift-deleted-outside-refresh-only": Case(
        refused(VOLUME, "drift"), state=VOLUME, keep=VOLUME, flags=("-refresh-only",), refreshed=True
    ),
    "secrets-in-variables-and-outputs": Case(
        refused(LEDGER, "replace"),
        state=LEDGER,
        edit={LEDGER: (AMI,)},
        more='variable "password" {\n  sensitive = true\n  default = "canary-variable"\n}\noutput "password" {\n  sensitive = true\n  value = var.password\n}\n',
    ),
}
