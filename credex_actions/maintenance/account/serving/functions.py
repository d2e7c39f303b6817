"""Lambda functions, for what they name."""

from dataclasses import dataclass

from credex_actions.maintenance.account.survey import Survey


@dataclass(frozen=True)
class Functions:
    names: frozenset[str]
    roles: frozenset[str]
    groups: frozenset[str]
    log_groups: frozenset[str]


def functions(survey: Survey) -> Functions:
    """What a function holds shows in no network interface, and in no last use, while it has not been called for some weeks."""
    seen = list(survey.reading.pages("lambda", "list_functions", "Functions"))
    return Functions(
        names=frozenset(each["FunctionName"] for each in seen),
        roles=frozenset(each["Role"] for each in seen),
        groups=frozenset(group for each in seen for group in each.get("VpcConfig", {}).get("SecurityGroupIds", ())),
        log_groups=frozenset(each.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{each['FunctionName']}" for each in seen),
    )
