"""Policies that allow everything."""

from collections.abc import Iterator

from credex_actions.maintenance.account.found import Found, aws, plain
from credex_actions.maintenance.account.iam.authorization import Policy, authorization
from credex_actions.maintenance.account.survey import Survey


def check(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(authorization).wide:
        yield found(each)


def found(policy: Policy) -> Found:
    if not policy.holder:
        where, fix = "it is attached", aws("iam", "list-entities-for-policy", policy_arn=policy.arn)
    else:
        kind, _, name = policy.holder.rpartition(":")[2].partition("/")
        name = name.rpartition("/")[2]
        where, fix = (
            f"it is part of the {kind} {plain(name)}",
            aws("iam", f"get-{kind}-policy", **{f"{kind}_name": name}, policy_name=policy.name),
        )
    return Found(
        check="policy-wildcard",
        resource=policy.arn or policy.holder,
        key=policy.name if policy.holder else "",
        title=f"policy {plain(policy.name)} allows {policy.breadth} on all resources",
        why=f"{where}, and a statement has Effect Allow, all resources or all but a few, and no condition",
        fix=f"Replace it by the actions that are used (IAM Access Analyzer generates such a policy). Who has it: {fix}",
        tags=policy.tags,
        region="",
    )
