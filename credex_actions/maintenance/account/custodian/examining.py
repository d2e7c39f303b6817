"""A team's own policies in all regions, one region after the other: Cloud Custodian takes as much memory as it finds resources."""

from collections.abc import Sequence
from typing import Literal

from credex_actions.maintenance.account.custodian.policies import OwnPolicy, read
from credex_actions.maintenance.account.custodian.running import custodian
from credex_actions.maintenance.account.custodian.translating import CHECK, NotAnAnswer, answered, belonging, failed, findings, is_denied
from credex_actions.maintenance.account.reading import Unreadable
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.finding import Examined, Finding, Ran


def examine_own(surveys: Sequence[Survey], files: Sequence[str]) -> tuple[Examined, ...]:
    """Raises Cancelled alone."""
    given = read(files)
    if given.faults:
        why = "; ".join(given.faults)
        return tuple(Examined(ran=(Ran(CHECK, "failed", why, each.scope.account, each.scope.region),)) for each in surveys)
    return tuple(_in_region(each, given.policies) for each in surveys) if given.policies else ()


def _in_region(survey: Survey, policies: Sequence[OwnPolicy]) -> Examined:
    scope, reading = survey.scope, survey.reading
    try:
        text = custodian(policies, scope.account, scope.region, reading.environment(scope.region), reading.clock, reading.ends)
        answer = answered(text)
    except Unreadable as error:
        return Examined(ran=(Ran(CHECK, error.state, error.why, scope.account, scope.region),))
    except NotAnAnswer:
        return Examined(ran=(Ran(CHECK, "failed", "Cloud Custodian printed something else than an answer", scope.account, scope.region),))
    found: list[Finding] = []
    errors: list[tuple[OwnPolicy, str]] = []
    for policy in policies:
        said = answer.get(policy.name, {})
        if "found" in said:
            found += [
                survey.finding(each)
                for each in findings(policy, belonging(said["found"], scope.region, is_first=survey is survey.siblings[0]))
            ]
        else:
            errors.append((policy, str(said.get("error", "it was not answered"))))
    return Examined(findings=tuple(found), ran=(_ran(survey, errors),))


def _ran(survey: Survey, errors: Sequence[tuple[OwnPolicy, str]]) -> Ran:
    scope = survey.scope
    if not errors:
        return Ran(CHECK, "ran", account=scope.account, region=scope.region)
    state: Literal["skipped", "failed"] = "skipped" if all(is_denied(error) for _, error in errors) else "failed"
    return Ran(CHECK, state, "; ".join(failed(policy, error) for policy, error in errors), scope.account, scope.region)
