"""Rules for keys, secrets, parameters, users, logs and artifacts: small things without which larger ones are lost."""

from collections.abc import Mapping
from typing import Final

from credex_actions.terraform.rules.rule import WARN, Move, Rule, watched

_KEY: Final = Rule(
    "the key: whatever is encrypted with it can never be decrypted again",
    "Re-encrypt what uses the key first; find it by the key's use in CloudTrail. A key that is scheduled for deletion can be restored by CancelKeyDeletion.",
    watched=(
        watched(
            "is_enabled",
            Move.LEAVES,
            "true",
            lost="access to whatever is encrypted with the key, until it is enabled again",
            instead="Re-encrypt what uses the key first; find it by the key's use in CloudTrail.",
        ),
        watched(
            "enabled",
            Move.LEAVES,
            "true",
            lost="access to whatever is encrypted with the key, until it is enabled again",
            instead="Re-encrypt what uses the key first; find it by the key's use in CloudTrail.",
        ),
        watched(
            "deletion_window_in_days",
            Move.LESSENS,
            "null",
            lost="days in which a deletion of the key can be cancelled",
            instead="Leave the longer window.",
            severity=WARN,
        ),
    ),
)
_IMAGES: Final = "Push the images to the new repository first; running task definitions name them by digest or tag."

KEYS_AND_RECORDS: Final[Mapping[str, Rule]] = {
    "aws_kms_key": _KEY,
    "aws_kms_external_key": _KEY,
    "aws_kms_replica_key": _KEY,
    "aws_kms_replica_external_key": _KEY,
    "aws_kms_custom_key_store": Rule("the keys in the key store", "Re-encrypt what uses the keys first."),
    "aws_kms_alias": Rule("the name by which the key is used", "Create the new alias first.", WARN),
    "aws_cloudhsm_v2_cluster": Rule("the keys in the cluster", "Take a backup of the cluster first."),
    "aws_key_pair": Rule("the name of the public key", "Add the new key to the instances first.", WARN),
    "aws_acm_certificate": Rule(
        "the certificate", "Issue the new certificate, and switch its users over, first (create_before_destroy).", WARN
    ),
    "aws_acmpca_certificate_authority": Rule("the authority's private key", "Issue from the new authority first."),
    "aws_iam_access_key": Rule(
        "the access key, for whoever uses it", "Create the second key, switch its users over, then delete this one."
    ),
    "aws_iam_user_login_profile": Rule("the user's password", "Create the new user first.", WARN),
    "tls_private_key": Rule("the private key, which only the state holds", "Keep a copy of the key where it is needed first."),
    "random_password": Rule(
        "the password, which only the state holds: whatever takes it from here gets another one",
        "Rotate it deliberately, with its users (rotate-secrets).",
    ),
    "random_string": Rule("the string, which only the state holds", "Keep the string where it is needed first.", WARN),
    "random_bytes": Rule("the bytes, which only the state holds", "Keep the bytes where they are needed first."),
    "aws_secretsmanager_secret": Rule(
        "the secret, with its versions",
        "Copy the secret to its new name, and switch its readers over, first.",
        notes=(("recovery_window_in_days", "0", "recovery_window_in_days is 0: it is deleted at once, and cannot be restored"),),
        watched=(
            watched(
                "recovery_window_in_days",
                Move.LESSENS,
                lost="days in which a deleted secret can be restored",
                instead="Leave the longer window.",
                severity=WARN,
            ),
        ),
    ),
    "aws_secretsmanager_secret_version": Rule(
        "the value of the secret", "Put the new version first; the previous one stays as AWSPREVIOUS."
    ),
    "aws_secretsmanager_secret_rotation": Rule("the rotation of the secret", "Set up the new rotation first.", WARN),
    "aws_ssm_parameter": Rule(
        "the parameter's value and its history", "Copy the value to its new name, and switch its readers over, first."
    ),
    "aws_cognito_user_pool": Rule(
        "the users, with their passwords, which cannot be exported",
        "Migrate the users by a trigger to the new pool first.",
        watched=(
            watched(
                "deletion_protection",
                Move.LEAVES,
                "active",
                lost="the protection against deletion",
                instead="Leave it ACTIVE.",
                severity=WARN,
            ),
        ),
    ),
    "aws_cognito_user": Rule("the user", "Create the user in the new pool first."),
    "aws_cognito_identity_pool": Rule("the identities of its users", "Migrate the users first."),
    "aws_directory_service_directory": Rule("the users and groups in the directory", "Take a snapshot, and migrate the users first."),
    "aws_identitystore_user": Rule("the user", "Create the new user first.", WARN),
    "aws_workspaces_workspace": Rule("the data on its volumes", "Copy the user's files first."),
    "aws_cloudwatch_log_group": Rule(
        "the log events in the group",
        "Export the events to S3 first.",
        watched=(
            watched(
                "retention_in_days",
                Move.LESSENS,
                "0",
                lost="log events that are older than the new retention",
                instead="Export the older events to S3 first.",
                severity=WARN,
            ),
        ),
    ),
    "aws_cloudwatch_log_stream": Rule("the log events in the stream", "Export the events to S3 first."),
    "aws_cloudtrail": Rule("the record of calls from now on", "Set up the new trail first."),
    "aws_cloudtrail_event_data_store": Rule(
        "the events in the store",
        "Export the events first.",
        watched=(watched("retention_period", Move.LESSENS, lost="events, sooner than before", instead="Export the older events first."),),
    ),
    "aws_securitylake_data_lake": Rule("the records in the data lake", "Copy the records first."),
    "aws_ecr_repository": Rule(
        "the images in the repository",
        _IMAGES,
        notes=(("force_delete", "true", "force_delete is true: the images are deleted too"),),
        watched=(
            watched(
                "force_delete",
                Move.BECOMES,
                "true",
                lost="ECR's refusal to delete a repository that still has images",
                instead="Leave it false until the repository is to be deleted.",
                severity=WARN,
            ),
        ),
    ),
    "aws_ecrpublic_repository": Rule("the images in the repository", _IMAGES),
    "aws_ecr_lifecycle_policy": Rule(
        "the rules that expire images",
        "",
        WARN,
        (
            watched(
                "policy",
                Move.CHANGES,
                lost="the images that the policy now expires",
                instead="Run a preview of the policy first (StartLifecyclePolicyPreview).",
                severity=WARN,
            ),
        ),
    ),
    "aws_codeartifact_domain": Rule("the packages in the domain", "Copy the packages first."),
    "aws_codeartifact_repository": Rule("the packages in the repository", "Copy the packages first."),
    "aws_codecommit_repository": Rule("the repository, with its history", "Push a mirror elsewhere first."),
    "aws_glue_catalog_database": Rule("the definitions of the tables in it", "Export the definitions first."),
    "aws_glue_catalog_table": Rule("the definition of the table", "Export the definition first.", WARN),
    "aws_athena_named_query": Rule("the query", "Keep a copy of the query first.", WARN),
    "aws_sagemaker_notebook_instance": Rule("the notebooks on its volume", "Copy the notebooks first."),
    "aws_sagemaker_feature_group": Rule("the records in the group", "Export the records first."),
    "aws_sagemaker_domain": Rule("the users' files in the domain", "Copy the files first."),
    "aws_prometheus_workspace": Rule("the metrics in the workspace", "Send the metrics to the new workspace first."),
    "aws_grafana_workspace": Rule("the dashboards in the workspace", "Export the dashboards first."),
    "aws_route53_zone": Rule("the zone, its name servers and its records", "Create the new zone, and change the delegation, first."),
    "aws_eip": Rule("the address, which others may have in their allow lists and DNS records", "Associate the new address first.", WARN),
    "aws_cloudformation_stack": Rule(
        "whatever the stack's resources hold", "Look at the stack's own change set, and at its deletion policies."
    ),
    "aws_cloudformation_stack_set_instance": Rule("whatever the stack's resources hold", "Retain the stacks (retain_stack)."),
    "aws_organizations_account": Rule("everything in the account", "Remove it from the state with a removed block (destroy = false)."),
    "aws_quicksight_data_set": Rule("the data set", "Export its definition first.", WARN),
    "aws_iot_thing": Rule("the registration and the shadow of the thing", "Export the shadow first.", WARN),
    "aws_ecs_cluster": Rule("no data of its own; its services stop", "Move the services first.", WARN),
    "aws_eks_cluster": Rule(
        "the objects in the cluster, and what its persistent volumes hold", "Back up the objects and the volumes first."
    ),
    "aws_eks_node_group": Rule("what pods keep on the disks of the nodes", "Drain the nodes first.", WARN),
    "aws_elastic_beanstalk_environment": Rule(
        "the environment's instances, and a database that belongs to it", "Decouple the database first."
    ),
    "aws_emr_cluster": Rule("what the cluster's HDFS holds", "Copy it to S3 first."),
    "kubernetes_persistent_volume": Rule("what the volume holds", "Set its reclaim policy to Retain, and take a snapshot."),
    "kubernetes_persistent_volume_claim": Rule("what the volume holds", "Set the volume's reclaim policy to Retain, and take a snapshot."),
    "kubernetes_namespace": Rule("everything in the namespace", "Back up its objects and volumes first."),
    "kubernetes_secret": Rule("the secret", "Keep a copy of the secret first."),
    "kubernetes_stateful_set": Rule("the pods that use its volumes", "Check that persistentVolumeClaimRetentionPolicy is Retain."),
    "helm_release": Rule("whatever the chart's objects hold", "Back up the volumes of the release first."),
    "local_sensitive_file": Rule("the file", "Keep a copy of the file first.", WARN),
    "github_repository": Rule("the repository, with its history, issues and releases", "Archive the repository (archive_on_destroy)."),
}
