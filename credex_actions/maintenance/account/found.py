"""What a rule says of one resource, before it is known whose account it is in."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from credex_actions.core.text import one_line
from credex_actions.maintenance.catalogue.check import Severity

Record: TypeAlias = Mapping[str, Any]
"""What AWS answers about one resource, in its own words."""

LONGEST_NAME: Final = 120


@dataclass(frozen=True, kw_only=True)
class Found:
    """`severity`: "" for the check's own. `tags`: the resource's. `region`: "" for what belongs to no region, None for the one that was looked at."""

    check: str
    resource: str
    title: str
    why: str
    fix: str
    severity: Severity | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    monthly_cost: float | None = None
    key: str = ""
    region: str | None = None


def tags_of(record: Record, member: str = "Tags") -> dict[str, str]:
    """ECS writes key and value in lower case."""
    listed: Iterable[Record] = record.get(member) or record.get(member.lower()) or ()
    return {str(each.get("Key", each.get("key", ""))): str(each.get("Value", each.get("value", ""))) for each in listed}


def named(identifier: str, tags: Mapping[str, str]) -> str:
    """With its name, for people. Names are strangers' text: one line, and not an endless one."""
    name = one_line(tags.get("Name", ""), LONGEST_NAME)
    return f"{identifier} ({name})" if name else identifier


def plain(text: str) -> str:
    return one_line(text, LONGEST_NAME)


@dataclass(frozen=True)
class Variable:
    """A variable of the shell, in the place of a value that is not known yet."""

    name: str


def aws(service: str, operation: str, region: str = "", /, *flags: str, **options: str | int | Variable) -> str:
    """A line for a shell. A value that begins with a hyphen would be read as an option, so it is joined to its own."""
    line = shlex.join(["aws", service, operation, *flags])
    for name, value in ({**options, "region": region} if region else options).items():
        option = f"--{name.replace('_', '-')}"
        text = f'"${value.name}"' if isinstance(value, Variable) else shlex.quote(str(value))
        line += f"{'=' if str(value).startswith('-') else ' '}".join((f" {option}", text))
    return line


def captured(variable: Variable, command: str, member: str) -> str:
    return f"{variable.name}=$({command} --query {member} --output text)"


def days_since(then: datetime, now: datetime) -> int:
    return max(0, (now - then).days)


def ago(then: datetime, now: datetime) -> str:
    past = days_since(then, now)
    return f"{days(past)} ago" if past else "today"


def older(then: datetime, now: datetime, days: float) -> bool:
    return (now - then).total_seconds() > days * 86400


def days(number: float) -> str:
    return f"{number:g} {'day' if number == 1 else 'days'}"
