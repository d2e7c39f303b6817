"""Which module looks for what. A unit is what stands or falls together: where it cannot be read, its checks are skipped, and the others go on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from credex_actions.maintenance.account.data import buckets, secrets
from credex_actions.maintenance.account.ec2 import addresses, backups, images, instances, security_groups, snapshots, using, volumes
from credex_actions.maintenance.account.found import Found
from credex_actions.maintenance.account.iam import permissions, policies, roles, users
from credex_actions.maintenance.account.serving import idle_services, load_balancers, registry
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.account.watching import alarms, log_groups


@dataclass(frozen=True)
class Unit:
    """`look` may yield findings of `checks` alone."""

    checks: tuple[str, ...]
    look: Callable[[Survey], Iterator[Found]]


REGIONAL: Final = (
    Unit(("volume-unattached",), volumes.check),
    Unit(("volume-unencrypted",), volumes.check_encryption),
    Unit(("address-unattached",), addresses.check),
    Unit(("snapshot-old", "snapshot-orphaned"), snapshots.check),
    Unit(("image-old",), images.check),
    Unit(("instance-idle",), using.check_idle),
    Unit(("instance-oversized",), using.check_size),
    Unit(("instance-stopped-long",), instances.check_stopped),
    Unit(("instance-imdsv1",), instances.check_metadata),
    Unit(("service-idle",), idle_services.check),
    Unit(("load-balancer-idle",), load_balancers.check),
    Unit(("security-group-open",), security_groups.check_open),
    Unit(("security-group-unused",), security_groups.check_unused),
    Unit(("bucket-public",), buckets.check_public),
    Unit(("bucket-unencrypted",), buckets.check_encryption),
    Unit(("log-group-without-retention",), log_groups.check_retention),
    Unit(("log-group-empty",), log_groups.check_empty),
    Unit(("alarm-insufficient-data",), alarms.check_data),
    Unit(("alarm-without-action",), alarms.check_actions),
    Unit(("alarm-dangling",), alarms.check_dangling),
    Unit(("alarm-missing",), alarms.check_missing),
    Unit(("image-untagged",), registry.check),
    Unit(("secret-unrotated",), secrets.check_rotation),
    Unit(("parameter-plaintext",), secrets.check_parameters),
    Unit(("backup-missing",), backups.check),
)

GLOBAL: Final = (
    Unit(("access-key-old", "access-key-unused"), users.check_keys),
    Unit(("user-inactive",), users.check_inactive),
    Unit(("user-without-mfa",), users.check_mfa),
    Unit(("policy-wildcard",), policies.check),
    Unit(("role-unused",), roles.check),
    Unit(("permission-unused",), permissions.check),
)
"""IAM belongs to no region: looked at once in an account."""
