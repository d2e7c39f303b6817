"""Findings, an earlier report and acceptances in; the report out: pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase, translate
from typing import Final

from credex_actions.core.text import listed
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.configuration.model import Accepted
from credex_actions.maintenance.finding import Chart, Finding, Ran
from credex_actions.maintenance.reporting.report import Acceptance, Entry, Former, Looked, Report, ScopeName, in_order

FORGOTTEN_AFTER: Final = timedelta(days=180)
"""A finding of a place where nobody looks any more."""
REMEMBERED: Final = 104
"""Reports: two years of weeks."""
WORST: Final = ("failed", "skipped", "ran")


@dataclass(frozen=True)
class Earlier:
    """What an earlier report says. `known`: its findings by id, those included that it did not check itself. `remark`: what a person has to know of it.

    `history`: when each report up to it was made, and how many findings it had to decide on. `kept`: what checks compare with, by a name.
    """

    made: datetime | None
    known: Mapping[str, Former]
    remark: str = ""
    history: tuple[tuple[str, int], ...] = ()
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What all groups returned, cleaned. `ran`: one or more of every check that this version has."""

    findings: Sequence[tuple[str, Finding]]
    ran: Sequence[Ran]
    charts: Sequence[Chart] = ()
    notes: Sequence[tuple[str, str]] = ()
    calls: int = 0
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def judged(
    checks: Mapping[str, Check],
    gathered: Gathered,
    accepted: Sequence[Accepted],
    earlier: Earlier | None,
    *,
    made: datetime,
    seconds: float,
    scopes: Sequence[ScopeName],
    remarks: Sequence[str] = (),
    complete: bool = True,
) -> Report:
    known = earlier.known if earlier else {}
    agreed = _Acceptances(accepted, checks)
    entries = [_entry(identity, finding, agreed, known.get(identity), made) for identity, finding in dict(gathered.findings).items()]
    present = {each.id for each in entries}
    by_check: dict[str, list[Ran]] = {name: [] for name in checks}
    for ran in gathered.ran:
        by_check[ran.check].append(ran)
    solved, unchecked, standing = [], [], []
    for former in (each for identity, each in known.items() if identity not in present and each.finding.check in checks):
        if _looked_at(former.finding, by_check[former.finding.check]):
            solved.append(former)
        elif made - former.last_seen < FORGOTTEN_AFTER:
            unchecked.append(former)
            if _missed(former.finding, by_check[former.finding.check]) and not agreed.in_force(former.finding, made.date()):
                standing.append(former)
    opened = in_order([each for each in entries if not each.accepted])
    history = (*(earlier.history if earlier else ()), (made.isoformat(timespec="seconds"), len(opened)))[-REMEMBERED:]
    return Report(
        made=made,
        seconds=seconds,
        scopes=tuple(scopes),
        checks=tuple(_looked(check, by_check[name]) for name, check in checks.items()),
        open=opened,
        accepted=in_order([each for each in entries if each.accepted]),
        solved=_by_place(solved),
        unchecked=_by_place(unchecked),
        standing=_by_place(standing),
        charts=(*gathered.charts, *_over_time(history)),
        history=history,
        notes=tuple(gathered.notes),
        remarks=(*remarks, *_remarks(entries, earlier)),
        since=earlier.made if earlier else None,
        calls=gathered.calls,
        complete=complete,
        kept={**(earlier.kept if earlier else {}), **gathered.kept},  # what was not looked at this time is compared with next time
    )


def _over_time(history: Sequence[tuple[str, int]]) -> Iterator[Chart]:
    if len(history) > 1:
        yield Chart("Findings to decide on", "", "line", tuple((made, float(count)) for made, count in history))


class _Acceptances:
    """Those of the configuration, ready to be asked about 100,000 findings."""

    def __init__(self, accepted: Sequence[Accepted], checks: Iterable[str]) -> None:
        matching = [
            (each, re.compile(translate(each.resource)).match, re.compile(translate(each.account)).match)
            for each in sorted(accepted, key=lambda each: each.until, reverse=True)
        ]
        self._of_check = {name: [each for each in matching if fnmatchcase(name, each[0].check)] for name in checks}

    def of(self, finding: Finding) -> Accepted | None:
        """The one that lasts longest."""
        fitting = (
            each
            for each, resource, account in self._of_check.get(finding.check, ())
            if resource(finding.resource) and account(finding.account)
        )
        return next(fitting, None)

    def in_force(self, finding: Finding, day: date) -> bool:
        latest = self.of(finding)
        return latest is not None and day <= date.fromisoformat(latest.until)


def _entry(identity: str, finding: Finding, agreed: _Acceptances, former: Former | None, made: datetime) -> Entry:
    latest = agreed.of(finding)
    in_force = agreed.in_force(finding, made.date())
    acceptance = Acceptance(latest.until, latest.reason) if latest else None
    return Entry(
        id=identity,
        finding=finding,
        first_seen=min(former.first_seen, made) if former else made,
        new=former is None and not in_force,
        accepted=acceptance if in_force else None,
        ended=None if in_force else acceptance,
        again=former is not None and former.accepted and not in_force,
    )


def _looked_at(finding: Finding, ran: Sequence[Ran]) -> bool:
    """Whether the check ran wherever it would have found this. A check of a whole account has no region, and a finding of one may have none."""
    concerned = _concerned(finding, ran)
    return bool(concerned) and all(each.state == "ran" for each in concerned)


def _missed(finding: Finding, ran: Sequence[Ran]) -> bool:
    """Whether the check should have looked where it found this, and did not. Where nobody could sign in, the place is a name instead of an account's number, so that any may be meant."""
    return any(each.missed for each in _concerned(finding, ran) or ran)


def _concerned(finding: Finding, ran: Sequence[Ran]) -> list[Ran]:
    return [
        each
        for each in ran
        if (not each.account or not finding.account or each.account == finding.account)
        and (not each.region or not finding.region or each.region == finding.region)
    ]


def _by_place(formers: Sequence[Former]) -> tuple[Former, ...]:
    return tuple(sorted(formers, key=lambda each: (each.finding.check, each.finding.resource)))


def _looked(check: Check, ran: Sequence[Ran]) -> Looked:
    state = next(state for state in WORST if any(each.state == state for each in ran))
    reasons: dict[str, list[str]] = {}
    for each in ran:
        if each.state == state and each.why:
            place = "/".join(filter(None, (each.account, each.region)))
            reasons.setdefault(each.why, []).append(place)
    partly = any(each.state != state for each in ran)
    parts = [f"{why} ({listed(places, 5)})" if partly and any(places) else why for why, places in reasons.items()]
    return Looked(check, state, "; ".join(parts[:5]) + ("; …" if len(parts) > 5 else ""), tuple(ran))  # type: ignore[arg-type] # noqa: PLR2004 - nobody reads more


def _remarks(entries: Sequence[Entry], earlier: Earlier | None) -> Iterator[str]:
    if earlier and earlier.remark:
        yield earlier.remark
    ended: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.ended:
            key = entry.finding.check, entry.ended.until
            ended[key] = ended.get(key, 0) + 1
    for (check, until), count in ended.items():
        yield f"{check}: an acceptance ended on {until}, and {count} {'finding counts' if count == 1 else 'findings count'} again"
