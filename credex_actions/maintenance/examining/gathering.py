"""What the pieces of a run returned, brought together: pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, NamedTuple, TypeAlias

from msgspec import Meta

from credex_actions.core.clock import Cancelled
from credex_actions.maintenance.examining.planning import Key, Planned
from credex_actions.maintenance.finding import ID_LENGTH, Chart, Finding, Ran
from credex_actions.maintenance.reporting.cleaning import (
    cleaned_chart,
    cleaned_finding,
    cleaned_kept,
    cleaned_name,
    cleaned_note,
    cleaned_ran,
)
from credex_actions.maintenance.reporting.judging import Gathered
from credex_actions.maintenance.reporting.report import ScopeName

Identity: TypeAlias = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one piece. `ran`: one or more of each of its checks. `findings`: with their ids, which are made of the texts as they came: they are to
    be the same in the next run, whatever is hidden then. `scopes`: where in AWS it looked.
    """

    group: str
    account: str
    ran: tuple[Ran, ...]
    findings: tuple[tuple[Identity, Finding], ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    calls: int = 0
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scopes: tuple[ScopeName, ...] = ()

    @property
    def key(self) -> Key:
        return self.group, self.account

    def only(self, checks: Sequence[str]) -> "Outcome":
        """Without what it says of any other check."""
        return replace(
            self,
            ran=tuple(each for each in self.ran if each.check in checks),
            findings=tuple(pair for pair in self.findings if pair[1].check in checks),
            notes=tuple(note for note in self.notes if note[0] in checks),
        )


class Home(NamedTuple):
    """Of the job's own credentials."""

    account: str
    region: str


class Seen(NamedTuple):
    """What a run has seen, on one machine or on several. `made`: when its checks began, or its parts were joined. `cancelled`: the signal that ended it. `home`: None where nobody is signed in."""

    outcomes: Sequence[Outcome]
    made: datetime
    seconds: float
    home: Home | None = None
    remarks: Sequence[str] = ()
    cancelled: Cancelled | None = None


def cleaned(outcome: Outcome, redact: Callable[[str], str]) -> Outcome:
    """As it may be written and shown."""
    return replace(
        outcome,
        ran=tuple(cleaned_ran(each, redact) for each in outcome.ran),
        findings=tuple((identity, cleaned_finding(each, redact)) for identity, each in outcome.findings),
        charts=tuple(cleaned_chart(each, redact) for each in outcome.charts),
        notes=tuple(cleaned_note(each, redact) for each in outcome.notes),
        kept=cleaned_kept(outcome.kept, redact),
        scopes=tuple(ScopeName(*(cleaned_name(each, redact) for each in scope)) for scope in outcome.scopes),
    )


def gathered(planned: Planned, outcomes: Sequence[Outcome]) -> Gathered:
    return Gathered(
        findings=[pair for each in outcomes for pair in each.findings],
        ran=settled([*planned.ran, *(ran for each in outcomes for ran in each.ran)]),
        charts=[chart for each in outcomes for chart in each.charts],
        notes=[note for each in outcomes for note in each.notes],
        calls=sum(each.calls for each in outcomes),
        kept={name: values for each in outcomes for name, values in each.kept.items()},
    )


def scopes(outcomes: Sequence[Outcome]) -> Iterator[ScopeName]:
    """Each once, under the first name that it has."""
    seen = set()
    for scope in (scope for outcome in outcomes for scope in outcome.scopes):
        if scope[:2] not in seen:
            seen.add(scope[:2])
            yield scope


def settled(ran: Sequence[Ran]) -> list[Ran]:
    """What the configuration names has to be in one place of all that were looked at; a place that lacks what another has was looked at all the same."""
    looked = [each for each in ran if each.state == "ran" or each.absent]

    def is_elsewhere(check: str, name: str) -> bool:
        return any(each.check == check and name not in each.absent for each in looked)

    return [
        replace(each, state="ran", why="", absent=())
        if each.absent and all(is_elsewhere(each.check, name) for name in each.absent)
        else each
        for each in ran
    ]
