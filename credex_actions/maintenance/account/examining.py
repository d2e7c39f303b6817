"""All checks of the accounts: regions and units side by side, findings and what became of each check together again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from credex_actions.core.text import one_line
from credex_actions.core.workers import side_by_side
from credex_actions.maintenance.account import charts
from credex_actions.maintenance.account.custodian.examining import examine_own
from credex_actions.maintenance.account.custodian.translating import CHECK
from credex_actions.maintenance.account.ec2.addresses import addresses
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.reading import NO_REGION, Reading, Unreadable
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.account.units import GLOBAL, REGIONAL, Unit
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined, Finding, Ran

PARALLEL: Final = 8
"""Calls at the same time: EC2 refills 20 reads a second for an account and region, and most calls take a tenth of one."""


@dataclass(frozen=True)
class _Work:
    survey: Survey
    unit: Unit
    region: str


def everything(_: str) -> bool:
    return True


def examine(
    context: Context,
    scopes: Sequence[Scope],
    own_policies: Sequence[str] = (),
    *,
    prices: Mapping[str, float] | None = None,
    wanted: Callable[[str], bool] = everything,
) -> Examined:
    """`own_policies`: files of Cloud Custodian. `prices`: in USD a month, instead of those of the list. `wanted`: whether a check, by its name, is to run.
    Raises Cancelled alone.
    """
    ends = context.clock.monotonic() + (context.give_up - context.clock.now()).total_seconds()
    now = context.clock.now()
    surveys = [Survey(each, Reading(each.clients, context.clock, ends), now, context.settings, Prices(prices or {})) for each in scopes]
    join(surveys)
    closed, cancelled = side_by_side(_closed, [surveys], context.clock, PARALLEL)
    reasons = dict(closed)
    work = [each for each in _work(surveys, reasons) if any(map(wanted, each.unit.checks))]
    done: list[Examined] = []
    if cancelled is None:
        done, cancelled = side_by_side(_look, [work], context.clock, PARALLEL)
    if cancelled:
        raise cancelled
    done += [_skipped(survey, reasons[id(survey)]) for survey in surveys if reasons[id(survey)]]
    if own_policies and wanted(CHECK):
        done += _own(context, [each for each in surveys if not reasons[id(each)]], own_policies)
    return together([_only(each, wanted) for each in done], surveys)


def _only(part: Examined, wanted: Callable[[str], bool]) -> Examined:
    """A unit looks for all of its checks, and an account that is closed closes them all."""
    return replace(
        part,
        findings=tuple(each for each in part.findings if wanted(each.check)),
        ran=tuple(each for each in part.ran if wanted(each.check)),
    )


def join(surveys: Sequence[Survey]) -> None:
    """IAM's checks ask all regions of an account what they use."""
    for each in surveys:
        each.siblings = tuple(other for other in surveys if other.scope.account == each.scope.account)


def _closed(survey: Survey) -> tuple[int, Unreadable | None]:
    """Why nothing can be read in a region; None if something can."""
    try:
        survey.shared(addresses)
    except Unreadable as error:
        if error.code in NO_REGION:
            why = f"the region {survey.scope.region} is not enabled for this account, or the credentials are not valid in it: {error.why}"
            return id(survey), Unreadable("skipped", why, error.code)
        if not error.code:  # nothing answered, or nothing of AWS's
            return id(survey), error
    return id(survey), None


def _work(surveys: Sequence[Survey], closed: Mapping[int, Unreadable | None]) -> Iterator[_Work]:
    for survey in surveys:
        if survey is survey.siblings[0]:
            yield from (_Work(survey, unit, "") for unit in GLOBAL)
        if closed.get(id(survey)) is None:
            yield from (_Work(survey, unit, survey.scope.region) for unit in REGIONAL)


def _look(work: _Work) -> Examined:
    """A look that fails takes back what it found: half of the findings would pass for all of them."""
    survey, unit = work.survey, work.unit
    try:
        findings = tuple(survey.finding(each) for each in unit.look(survey))
    except Unreadable as error:
        return Examined(ran=tuple(Ran(each, error.state, error.why, survey.scope.account, work.region) for each in unit.checks))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"AWS's answer is not as AWS describes it: {type(error).__name__}: {one_line(str(error))}"
        return Examined(ran=tuple(Ran(each, "failed", why, survey.scope.account, work.region) for each in unit.checks))
    ran = tuple(Ran(each, "ran", account=survey.scope.account, region=work.region) for each in unit.checks)
    return Examined(findings=findings, ran=ran)


def _own(context: Context, surveys: Sequence[Survey], files: Sequence[str]) -> tuple[Examined, ...]:
    try:
        return examine_own(surveys, files)
    except Exception as error:  # noqa: BLE001 - a fault of one check is told, and ends no other
        context.runner.debug(f"{CHECK}: {error!r}")
        why = f"the check itself failed: {type(error).__name__}"
        return tuple(Examined(ran=(Ran(CHECK, "failed", why, each.scope.account, each.scope.region),)) for each in surveys)


def _skipped(survey: Survey, error: Unreadable | None) -> Examined:
    assert error
    checks = (check for unit in REGIONAL for check in unit.checks)
    return Examined(ran=tuple(Ran(each, error.state, error.why, survey.scope.account, survey.scope.region) for each in checks))


def together(parts: Sequence[Examined], surveys: Sequence[Survey]) -> Examined:
    findings = [finding for part in parts for finding in part.findings]
    return Examined(
        findings=tuple(sorted(findings, key=_order)),
        ran=tuple(sorted((each for part in parts for each in part.ran), key=lambda ran: (ran.account, ran.region, ran.check))),
        charts=charts.charts(findings, surveys),
        notes=tuple(note for part in parts for note in part.notes) + charts.notes(surveys),
        calls=sum(each.reading.calls for each in surveys),
    )


def _order(finding: Finding) -> tuple[str, ...]:
    return (finding.check, finding.account, finding.region, finding.resource, finding.key)
