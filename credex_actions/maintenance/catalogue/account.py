"""The checks of an AWS account."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting, Severity


def _check(name: str, severity: Severity, title: str, finds: str, **settings: Setting) -> Check:
    return Check(name, "account", severity, title, finds, {key.replace("_", "-"): value for key, value in settings.items()})


def _days(default: float, says: str) -> Setting:
    return Setting(default, f"{says}, in days", least=0, most=3650)


def _window(default: float) -> Setting:
    return Setting(default, "how far back CloudWatch is asked, in days", least=1, most=63)


CHECKS: Final = (
    _check(
        "volume-unattached",
        "medium",
        "Volume without an instance",
        "an EBS volume that no instance has, created longer ago than `days`, and without metrics of an attachment since then",
        days=_days(14, "age of the volume, and time without an attachment"),
    ),
    _check(
        "address-unattached",
        "medium",
        "Elastic IP address that nothing uses",
        "an Elastic IP address without an association; AWS does not tell since when",
    ),
    _check(
        "snapshot-old",
        "low",
        "Old snapshot",
        "a snapshot of a volume that exists, older than `days`, that no image, launch template or backup uses and that is not the volume's newest",
        days=_days(180, "age of the snapshot"),
    ),
    _check(
        "snapshot-orphaned",
        "low",
        "Snapshot of a deleted volume",
        "a snapshot whose volume no longer exists, older than `days`, that no image, launch template or backup uses",
        days=_days(90, "age of the snapshot"),
    ),
    _check(
        "image-old",
        "low",
        "Old image that nothing uses",
        "an AMI of the account, older than `days`, not launched for as long, used by no instance, launch template or launch configuration, and not the newest of its name",
        days=_days(180, "age of the image, and time since its last launch"),
    ),
    _check(
        "instance-idle",
        "medium",
        "Idle instance",
        "an instance that runs, with a CPU of `cpu` at most and `megabytes` of network traffic at most on every day of the window",
        days=_window(14),
        cpu=Setting(3, "average CPU of a day, in percent", most=100),
        megabytes=Setting(5, "network traffic of a day, both ways, in MB"),
    ),
    _check(
        "instance-oversized",
        "low",
        "Instance larger than it needs",
        "an instance that Compute Optimizer calls over-provisioned, or whose CPU and memory both stayed below `cpu` and `memory` all through the window",
        days=_window(14),
        cpu=Setting(20, "highest CPU, in percent", most=100),
        memory=Setting(40, "highest memory in use (mem_used_percent of the CloudWatch agent), in percent", most=100),
    ),
    _check(
        "instance-stopped-long",
        "low",
        "Instance stopped for long",
        "an instance that has been stopped for longer than `days`; its volumes are still paid for",
        days=_days(30, "time since it was stopped"),
    ),
    _check(
        "instance-imdsv1",
        "medium",
        "Instance metadata without a session token",
        "an instance whose metadata service answers requests of version 1, which a forged request of a web application can send",
    ),
    _check(
        "service-idle",
        "medium",
        "Idle ECS service",
        "an ECS service that has run tasks through the window without a request at its load balancer or, if it has none, with a CPU of `cpu` at most",
        days=_window(14),
        cpu=Setting(1, "highest CPU, in percent, for a service without a load balancer", most=100),
    ),
    _check(
        "load-balancer-idle",
        "medium",
        "Load balancer that serves nothing",
        "a load balancer older than the window with no registered target, or without a request or a connection through the window",
        days=_window(14),
    ),
    _check(
        "security-group-open",
        "high",
        "Port open to the internet",
        "a security group in use that lets the whole internet reach a port for administration or a database (22, 3389, 7473, 7474, 7687, 5432 and others)",
    ),
    _check(
        "security-group-unused",
        "low",
        "Security group that nothing uses",
        "a security group that no network interface, load balancer, service, function, launch template, scheduled task or other group names",
    ),
    _check(
        "volume-unencrypted",
        "medium",
        "Volume without encryption",
        "an EBS volume that is not encrypted",
    ),
    _check(
        "bucket-public",
        "high",
        "Public bucket",
        "an S3 bucket that its policy or access control list makes public and that no public access block covers",
    ),
    _check(
        "bucket-unencrypted",
        "medium",
        "Bucket without encryption",
        "an S3 bucket without default encryption; AWS has encrypted all new objects with its own keys since January 2023, so that in AWS only `kms` and `tls` find anything",
        kms=Setting(0, "1: default encryption has to use a KMS key", most=1),
        tls=Setting(0, "1: the bucket policy has to deny requests without TLS", most=1),
    ),
    _check(
        "access-key-old",
        "medium",
        "Old access key",
        "an active access key created longer ago than `days`, or one of the root user's of any age",
        days=_days(90, "age of the key"),
    ),
    _check(
        "access-key-unused",
        "medium",
        "Access key that nobody uses",
        "an active access key older than `days` that has not been used for as long",
        days=_days(90, "time without use"),
    ),
    _check(
        "user-inactive",
        "medium",
        "User who no longer signs in",
        "an IAM user older than `days` whose password and keys have not been used for as long; its keys are not reported again",
        days=_days(90, "time without use"),
    ),
    _check(
        "user-without-mfa",
        "high",
        "Password without a second factor",
        "an IAM user with a password for the console, or the root user, without an MFA device",
    ),
    _check(
        "policy-wildcard",
        "high",
        "Policy that allows everything",
        "a policy of the account in use, or an inline policy, that allows all actions, or all of IAM, on all resources without a condition",
    ),
    _check(
        "role-unused",
        "low",
        "Role that nobody assumes",
        "a role older than `days` that has not been used for as long, and that no service, task, function or instance names; service-linked roles are left out",
        days=Setting(90, "time without use, in days; IAM keeps 400", most=400),
    ),
    _check(
        "permission-unused",
        "low",
        "Permissions that nobody uses",
        "a role or a user older than `days` whose policies allow services that it has not used for as long, by IAM Access Analyzer where the account has an analyzer of unused access, else by "
        "IAM's last accessed information; left out are roles of AWS, whoever `role-unused` and `user-inactive` report, and services that only a policy allows which has changed within `days`, or which AWS writes for a service or an agent",
        days=Setting(180, "time without use, in days; what is done once in a quarter is in use, and IAM keeps 400", least=1, most=400),
    ),
    _check(
        "log-group-without-retention",
        "medium",
        "Log group that keeps everything",
        "a log group whose events never expire, or are kept longer than `longest`",
        days=_days(1, "age of the log group"),
        longest=Setting(1827, "longest retention, in days", least=1, most=3653),
    ),
    _check(
        "log-group-empty",
        "low",
        "Log group that nothing writes to",
        "a log group without events, to which nothing has been written for `days`, and that no running service or function names",
        days=_days(30, "time without events"),
    ),
    _check(
        "alarm-insufficient-data",
        "medium",
        "Alarm without data",
        "an alarm that has been in INSUFFICIENT_DATA for longer than `days`; alarms whose actions are disabled are left out",
        days=_days(3, "time in that state"),
    ),
    _check(
        "alarm-without-action",
        "medium",
        "Alarm that notifies nobody",
        "an alarm without an action, that no composite alarm and no ECS deployment reads; alarms whose actions are disabled are left out",
    ),
    _check(
        "alarm-dangling",
        "medium",
        "Alarm on a deleted resource",
        "an alarm on an instance, volume, service, load balancer or target group that does not exist, or that notifies an SNS topic that does not exist",
    ),
    _check(
        "alarm-missing",
        "medium",
        "Database without an alarm",
        "an instance with a Neo4j database without an alarm on its status checks, its CPU or its disk, one finding for each",
    ),
    _check(
        "image-untagged",
        "low",
        "Container images without a tag",
        "a repository of ECR with untagged images older than `days` that no tagged image index and no task definition in use names, and no lifecycle policy that expires them",
        days=_days(14, "age of an image"),
    ),
    _check(
        "secret-unrotated",
        "medium",
        "Secret that is not rotated",
        "a secret of Secrets Manager that has neither been rotated nor changed for `days`; secrets that other services manage are left out",
        days=_days(180, "time since the last change"),
    ),
    _check(
        "parameter-plaintext",
        "high",
        "Secret in a plain parameter",
        "a parameter of type String or StringList whose name says that it holds a secret; its value is not read",
    ),
    _check(
        "backup-missing",
        "high",
        "Volume without a backup",
        "a data volume of an instance, or the root volume of an instance with a database, without a completed snapshot of the last `days`; the tag `Backup` with the value false, none or no leaves a volume out",
        days=_days(7, "age of the newest snapshot"),
    ),
    _check(
        "policy-own",
        "medium",
        "Own policy",
        "a resource that one of the team's own policies for Cloud Custodian selects (`policies` in the configuration); its severity is the policy's",
    ),
)
