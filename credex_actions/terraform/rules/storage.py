"""Rules for what stores data as blocks, files, objects, and copies of them."""

from collections.abc import Mapping
from typing import Final

from credex_actions.terraform.rules.rule import WARN, Move, Rule, watched

DELETES_VOLUMES: Final = "the volume, as soon as the instance is terminated for whatever reason"
KEEP_VOLUMES: Final = "Leave delete_on_termination false for a volume that holds data."

INSTANCE: Final = Rule(
    "the data on its root volume, inline volumes and instance store",
    "Move the data to an aws_ebs_volume of its own and take a snapshot; then stop the instance, and replace only what holds no data.",
    watched=(
        watched("root_block_device.*.delete_on_termination", Move.BECOMES, "true", lost=DELETES_VOLUMES, instead=KEEP_VOLUMES),
        watched("ebs_block_device.*.delete_on_termination", Move.BECOMES, "true", lost=DELETES_VOLUMES, instead=KEEP_VOLUMES),
        watched(
            "instance_initiated_shutdown_behavior",
            Move.BECOMES,
            "terminate",
            lost="the instance and its volumes, as soon as its operating system shuts down",
            instead="Leave it stop, so that a shutdown keeps the instance.",
        ),
        watched(
            "disable_api_termination",
            Move.LEAVES,
            "true",
            lost="the protection against termination",
            instead="Leave it true until the data is proven to be elsewhere.",
            severity=WARN,
        ),
    ),
)
_TEMPLATE: Final = watched(
    "block_device_mappings.*.ebs.*.delete_on_termination",
    Move.BECOMES,
    "true",
    lost="the volumes of each instance that is launched from now on, as soon as it is terminated",
    instead=KEEP_VOLUMES,
    severity=WARN,
)
_EXPIRY: Final = "Check with a listing which objects the rule covers, keep a copy of them, then allow this address with the reason."

STORAGE: Final[Mapping[str, Rule]] = {
    "aws_instance": INSTANCE,
    "aws_spot_instance_request": INSTANCE,
    "aws_autoscaling_group": Rule(
        "the data on the volumes of its instances",
        "Take snapshots of the volumes, or prove that the instances hold no data.",
        watched=tuple(
            watched(
                name,
                Move.LESSENS,
                lost="the instances that are terminated to get to the smaller size, with the data on their volumes",
                instead="Take snapshots of the volumes, or prove that the instances hold no data.",
                severity=WARN,
            )
            for name in ("desired_capacity", "max_size")
        ),
    ),
    "aws_launch_template": Rule("how instances are launched, and whether their volumes are kept", "", WARN, (_TEMPLATE,)),
    "aws_ebs_volume": Rule(
        "the volume's data",
        "Take a snapshot and create the new volume from it (snapshot_id); detach the old one, and delete it when the data is proven to be in the new one.",
        notes=(("final_snapshot", "true", "final_snapshot is true: a last snapshot is taken"),),
    ),
    "aws_volume_attachment": Rule(
        "the instance's access to its volume, under a database that may be running",
        "Stop the database and the instance first (stop_instance_before_detaching), and attach the volume again in the same maintenance window.",
    ),
    "aws_ebs_snapshot": Rule(
        "the snapshot, and every restore from it", "Copy the snapshot, or remove it from the state with a removed block (destroy = false)."
    ),
    "aws_ebs_snapshot_copy": Rule("the copy of the snapshot, and every restore from it", "Take another copy first."),
    "aws_ebs_snapshot_import": Rule("the imported snapshot", "Copy the snapshot first."),
    "aws_ami": Rule(
        "the image, which launch templates, instances and rollbacks may still use",
        "Deprecate the image first; deregister it when nothing uses it.",
    ),
    "aws_ami_copy": Rule("the image, which launch templates, instances and rollbacks may still use", "Deprecate the image first."),
    "aws_ami_from_instance": Rule("the image made of an instance, with the data on it", "Copy the image first."),
    "aws_dlm_lifecycle_policy": Rule("the schedule that takes snapshots", "Set up the new schedule first, and see it take a snapshot."),
    "aws_s3_bucket": Rule(
        "the objects in the bucket, with all their versions",
        "Copy the objects to the new bucket and compare; or keep the bucket with a removed block (destroy = false).",
        notes=(
            ("force_destroy", "true", "force_destroy is true: Terraform deletes every object first"),
            ("force_destroy", "false", "force_destroy is false: S3 refuses while objects are in it, and the apply stops half-way"),
        ),
        watched=(
            watched(
                "force_destroy",
                Move.BECOMES,
                "true",
                lost="S3's refusal to delete a bucket that still has objects",
                instead="Leave it false until the bucket is to be deleted.",
                severity=WARN,
            ),
            watched("lifecycle_rule", Move.EXPIRES, lost="the objects that the rule now expires", instead=_EXPIRY),
            watched(
                "versioning.*.enabled",
                Move.LEAVES,
                "true",
                lost="earlier versions of objects that change from now on",
                instead="Leave it on.",
            ),
        ),
    ),
    "aws_s3_bucket_versioning": Rule(
        "earlier versions of objects: without it, an overwritten or deleted object is gone",
        "Leave versioning enabled, and let noncurrent versions expire by a lifecycle rule.",
        watched=(
            watched(
                "versioning_configuration.*.status",
                Move.LEAVES,
                "enabled",
                lost="earlier versions of objects that change from now on",
                instead="Leave it Enabled, and let noncurrent versions expire by a lifecycle rule.",
            ),
        ),
    ),
    "aws_s3_bucket_lifecycle_configuration": Rule(
        "the rules that transition and expire objects",
        "",
        WARN,
        (watched("rule", Move.EXPIRES, lost="the objects that the rule now expires", instead=_EXPIRY),),
    ),
    "aws_s3_bucket_object_lock_configuration": Rule("the retention of new objects, which protects them from deletion", "Leave the lock."),
    "aws_s3_bucket_replication_configuration": Rule(
        "the copies of new objects in another bucket", "Set up the new replication first.", WARN
    ),
    "aws_s3_object": Rule("the object", "Copy the object first.", notes=(("force_destroy", "true", "all its versions go too"),)),
    "aws_s3_bucket_object": Rule("the object", "Copy the object first."),
    "aws_s3_object_copy": Rule("the object", "Copy the object first."),
    "aws_s3_directory_bucket": Rule("the objects in the bucket", "Copy the objects first."),
    "aws_s3tables_table": Rule("the table's data", "Export the table first."),
    "aws_s3tables_table_bucket": Rule("the tables in the bucket", "Export the tables first."),
    "aws_glacier_vault": Rule("the archives in the vault", "Restore and copy the archives first."),
    "aws_efs_file_system": Rule("the files in the file system", "Take a backup by AWS Backup, or copy with DataSync, and compare."),
    "aws_efs_mount_target": Rule("the network access to the file system", "Add the new mount target first.", WARN),
    "aws_efs_backup_policy": Rule("the automatic backups of the file system", "Set up the new backup plan first."),
    "aws_fsx_lustre_file_system": Rule("the files in the file system", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_windows_file_system": Rule("the files in the file system", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_ontap_file_system": Rule("the volumes in the file system", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_ontap_storage_virtual_machine": Rule("the volumes in it", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_ontap_volume": Rule("the files in the volume", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_openzfs_file_system": Rule("the files in the file system", "Take a backup (aws_fsx_backup) and restore it first."),
    "aws_fsx_openzfs_volume": Rule("the files in the volume", "Take a snapshot and restore it first."),
    "aws_fsx_openzfs_snapshot": Rule("the snapshot", "Copy the snapshot first."),
    "aws_fsx_backup": Rule("the backup", "Copy the backup first."),
    "aws_backup_vault": Rule(
        "the recovery points in the vault",
        "Copy the recovery points to another vault first.",
        notes=(("force_destroy", "true", "force_destroy is true: Terraform deletes the recovery points first"),),
    ),
    "aws_backup_logically_air_gapped_vault": Rule("the recovery points in the vault", "Copy the recovery points to another vault first."),
    "aws_backup_vault_lock_configuration": Rule("the lock that keeps recovery points from being deleted", "Leave the lock."),
    "aws_backup_plan": Rule(
        "the backups that it takes",
        "Set up the new plan first, and see it complete a backup.",
        watched=(
            watched(
                "rule.*.lifecycle.*.delete_after",
                Move.LESSENS,
                "0",
                "null",
                lost="recovery points of the plan, sooner than before",
                instead="Leave the retention until the older recovery points are proven to be unneeded.",
            ),
        ),
    ),
    "aws_backup_selection": Rule(
        "the backups of the resources that it selects", "Set up the new selection first, and see it complete a backup."
    ),
    "aws_datasync_task": Rule("the copying of data by the task", "Set up the new task first.", WARN),
}
