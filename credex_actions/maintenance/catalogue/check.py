"""A check, as it is declared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["high", "medium", "low"]
Group: TypeAlias = Literal["account", "databases", "terraform", "repository", "logs", "deployments"]


@dataclass(frozen=True)
class Setting:
    """A number that the configuration can set, `checks: {NAME: {SETTING: 14}}`. `says`: what it is, with its unit."""

    default: float
    says: str
    least: float = 0
    most: float = 100_000


@dataclass(frozen=True)
class Check:
    """`finds`: what a finding is, one line for the reference page. `title`: for people, a few words."""

    name: str
    group: Group
    severity: Severity
    title: str
    finds: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
