"""The report as a value, from which everything that is shown is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from credex_actions.maintenance.catalogue.check import Check, Severity
from credex_actions.maintenance.finding import Chart, Finding, Ran

State = Literal["ran", "skipped", "failed"]
RANK: Final[dict[Severity, int]] = {"high": 0, "medium": 1, "low": 2}


class Acceptance(NamedTuple):
    until: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A finding with what its history says of it. `accepted`: in force. `ended`: an acceptance that is over. `again`: it counts again since then."""

    id: str
    finding: Finding
    first_seen: datetime
    new: bool = False
    accepted: Acceptance | None = None
    ended: Acceptance | None = None
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Former:
    """A finding of an earlier report that this one does not have. `last_seen`: when a run last had it."""

    id: str
    finding: Finding
    first_seen: datetime
    last_seen: datetime
    accepted: bool = False


@dataclass(frozen=True)
class Looked:
    """What became of a check, in all scopes together: the worst of them."""

    check: Check
    state: State
    why: str
    ran: tuple[Ran, ...]


class ScopeName(NamedTuple):
    account: str
    region: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """`open`, `accepted`: in the order in which a person should read them. `unchecked`: of the earlier report, where nobody looked this time.
    `standing`: those of them that a check should have looked at, and that no acceptance covers: nobody knows whether they are solved.

    `history`: of this report and those before it, when it was made and how many were open. `since`: when the earlier report was made; None without one. `remarks`: what is to be said of the comparison, the acceptances, the end of the run.
    `kept`: what checks compare with next time, by a name.
    """

    made: datetime
    seconds: float
    scopes: tuple[ScopeName, ...]
    checks: tuple[Looked, ...]
    open: tuple[Entry, ...]
    accepted: tuple[Entry, ...] = ()
    solved: tuple[Former, ...] = ()
    unchecked: tuple[Former, ...] = ()
    standing: tuple[Former, ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    history: tuple[tuple[str, int], ...] = ()
    since: datetime | None = None
    calls: int = 0
    complete: bool = True
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def new(self) -> tuple[Entry, ...]:
        return tuple(each for each in self.open if each.new)

    @property
    def failed(self) -> tuple[Looked, ...]:
        return tuple(each for each in self.checks if each.state == "failed")

    @property
    def kept_out(self) -> tuple[Looked, ...]:
        """Checks that were skipped though there was something for them to look at."""
        return tuple(each for each in self.checks if each.state == "skipped" and any(ran.missed for ran in each.ran))

    @property
    def clear(self) -> bool:
        """Whether there is nothing to decide, as far as everything was looked at that should have been."""
        return self.complete and not (self.open or self.failed or self.standing)

    @property
    def fine(self) -> tuple[Looked, ...]:
        """Checks that ran everywhere and found nothing that counts."""
        found = {each.finding.check for each in self.open}
        return tuple(each for each in self.checks if each.state == "ran" and each.check.name not in found)

    @property
    def monthly_cost(self) -> float:
        return sum(each.finding.monthly_cost or 0.0 for each in self.open)


def in_order(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The worst first; among equals what is new, then what costs most, then by check and resource."""
    return tuple(
        sorted(
            entries,
            key=lambda each: (
                RANK[each.finding.severity],
                not (each.new or each.again),
                -(each.finding.monthly_cost or 0.0),
                each.finding.check,
                each.finding.account,
                each.finding.region,
                each.finding.resource,
                each.id,
            ),
        )
    )
