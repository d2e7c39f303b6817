"""Conditions on tags. What may be deleted bears a tag that is set when it is created, and by no statement afterwards: `keys` of those that set tags later never name one of these."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Condition: TypeAlias = Mapping[str, Mapping[str, Any]]

SCRATCH: Final = "credex:scratch"
RECIPE: Final = "credex:recipe"
BACKUP: Final = "credex:backup"
RESTORED: Final = "credex:restored-from"
UNPROVEN: Final = "credex:unproven"
AT_CREATION: Final = frozenset((SCRATCH, RECIPE, BACKUP, RESTORED, UNPROVEN))
OF_DATABASES: Final[Condition] = {"StringEquals": {"aws:ResourceTag/TAG": "VALUE"}}
"""One of the tags by which the configuration finds the databases' instances and volumes."""


def has(key: str) -> Condition:
    return {"StringLike": {f"aws:ResourceTag/{key}": "*"}}


def created_with(key: str) -> Condition:
    return {"StringLike": {f"aws:RequestTag/{key}": "*"}}


def created_by(*operations: str) -> Condition:
    """Tags that are set by the request that creates their resource, and no other ones. Source: EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"."""
    return {"StringEquals": {"ec2:CreateAction": list(operations)}}


def keys(*names: str) -> Condition:
    """`ForAllValues` is true of a request without keys, and DeleteTags without keys deletes every tag: so there has to be one."""
    return {"ForAllValues:StringEquals": {"aws:TagKeys": list(names)}, "Null": {"aws:TagKeys": "false"}}
