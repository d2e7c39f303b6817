"""What the checks find, and what they say of themselves: values that every group of checks returns, and all of the report is made of."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from credex_actions.maintenance.catalogue.check import Severity

ID_LENGTH: Final = 16
NOT_CHOSEN: Final = "not selected"
"""Why a check was skipped that nobody asked for."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of a file of the repository, for code scanning. `file`: relative to the repository. `line`: from 1; 0 for the file as a whole."""

    file: str
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`resource`: the ARN, or AWS's id where there is none, or what stands for it (a database's name, a file, a log group).

    `key`: what distinguishes two findings of one check at one resource, "" mostly; it must not change from run to run. `title`: what is wrong,
    one line. `why`: what it rests on, with figures. `fix`: a command or a step that solves it. `monthly_cost`: USD, None where unknown.
    `owner`: from tags, "" where unknown. No text holds a secret; each may hold what strangers wrote (names, tags, log lines).
    """

    check: str
    severity: Severity
    resource: str
    title: str
    why: str
    fix: str
    account: str = ""
    region: str = ""
    monthly_cost: float | None = None
    owner: str = ""
    key: str = ""
    place: Place | None = None

    @property
    def id(self) -> str:
        """Stable from run to run, whatever the texts say."""
        said = json.dumps([self.check, self.account, self.region, self.resource, self.key])
        return hashlib.sha256(said.encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True)
class Ran:
    """What became of one check in one scope. `why`: for skipped and failed, in words a person can act on. `configured`: whether there is something for it to look at. `absent`: what the configuration
    names and this place does not have.
    """

    check: str
    state: Literal["ran", "skipped", "failed"]
    why: str = ""
    account: str = ""
    region: str = ""
    configured: bool = True
    absent: tuple[str, ...] = ()

    @property
    def missed(self) -> bool:
        """Whether it should have looked here, and did not: it was selected, and there is something for it to look at."""
        return self.state != "ran" and self.configured and self.why != NOT_CHOSEN


@dataclass(frozen=True)
class Chart:
    """`points`: a label and a value each, in the order in which they are drawn; for `line`, a point of time in ISO 8601 each."""

    title: str
    unit: str
    kind: Literal["bars", "line"]
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Examined:
    """What a group of checks returns. `notes`: what went well and is worth a line, by check. `calls`: to AWS and GitHub.

    `kept`: what the next run compares with, by a name; the report writes it and hands it back. No secret is in it.
    """

    findings: tuple[Finding, ...] = ()
    ran: tuple[Ran, ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    calls: int = 0
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
