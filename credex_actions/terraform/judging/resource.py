"""Judges one change of a resource by the rule of its type. Pure: a change in, findings out."""

from collections.abc import Iterator, Mapping
from typing import Final

from credex_actions.terraform.judging.attributes import NotUnderstood, loses, unknown
from credex_actions.terraform.judging.finding import Finding, Lifted
from credex_actions.terraform.judging.instances import lost_with
from credex_actions.terraform.plan.change import Change
from credex_actions.terraform.rules.rule import REFUSE, WARN, Move, Rule, Severity, Watched
from credex_actions.terraform.rules.stateless import STATELESS
from credex_actions.terraform.rules.table import RULES

REASONS: Final[Mapping[str, str]] = {
    "replace_because_tainted": "the object is tainted",
    "replace_by_request": "the plan was made with -replace",
    "replace_by_triggers": "replace_triggered_by names something that changes",
    "delete_because_no_resource_config": "the configuration has no such resource any more",
    "delete_because_wrong_repetition": "count or for_each was added or removed, and no moved block says where the instance went",
    "delete_because_count_index": "its index is beyond count",
    "delete_because_each_key": "its key is not in for_each any more",
    "delete_because_no_module": "the configuration has no such module any more",
    "delete_because_no_move_target": "a moved block names a target that the configuration does not have",
}
"""Terraform's `action_reason`, in words. Source: Terraform, JSON output format, "Plan Representation"."""

INSTANCES: Final = frozenset(("aws_instance", "aws_spot_instance_request"))
ON_EXISTING: Final = frozenset(("aws_s3_bucket_lifecycle_configuration", "aws_ecr_lifecycle_policy"))
"""Resources that are settings of another one: creating them can lose what that one holds."""

FORGOTTEN: Final = (
    "nothing yet; but Terraform manages it no longer, so that no plan shows what happens to it, and an empty one can take its place"
)
PROTECTED: Final = Rule("whatever it was protected for", "Leave it, or take its address out of protect.")
UNKNOWN_TYPE: Final = "not known: this version has no rule for this type, so it may hold data"
ALLOW_UNKNOWN: Final = "If it holds no data, allow this address with the reason."


def judge(change: Change, *, protected: bool = False) -> Iterator[Finding]:
    """What there is to say about a change of a managed resource. Its action is known. `protected`: also where its type holds no data."""
    rule = RULES.get(change.type) or (PROTECTED if protected else None)
    if change.destroys:
        yield from _destroyed(change, rule)
        if rule and rule.destroyed == WARN and change.action == "replace":
            yield from _updated(change, rule)  # what is a setting of another resource is set anew
    elif change.forgets:
        yield from _forgotten(change, rule)
    elif (change.action == "update" and rule) or (change.action == "create" and rule and change.type in ON_EXISTING):
        yield from _updated(change, rule)


def judge_drift(change: Change) -> Iterator[Finding]:
    """What changed outside Terraform, and was seen by the plan's refresh. An object that is gone is judged with the whole plan (`vanished`)."""
    rule = RULES.get(change.type)
    if rule and change.action == "update":
        for each in _updated(change, rule):
            yield each._replace(action="drift", severity=WARN, why=f"changed outside Terraform: {each.why}")


def vanished(change: Change, *, created: bool) -> Finding | None:
    """For a drift entry whose object is gone: `created` if the plan creates it anew."""
    rule = RULES.get(change.type)
    if rule is None or rule.destroyed != REFUSE:
        return None
    why = "Terraform did not find the object: it was deleted outside Terraform, or the credentials, the account or the region are not the right ones"
    ends = "the plan creates an empty one in its place" if created else "applying the plan removes it from the state"
    instead = "Check account and region; restore the object from its backup, and import it."
    return _finding(change, "create" if created else "drift", rule.holds, f"{why}; {ends}", instead)


def _destroyed(change: Change, rule: Rule | None) -> Iterator[Finding]:
    if rule is None:
        if change.type not in STATELESS:
            yield _finding(change, change.action, UNKNOWN_TYPE, _why(change), ALLOW_UNKNOWN)
        return
    lost, causes = rule.holds, [_why(change)]
    if change.type in INSTANCES:
        lost, cause = lost_with(change)
        causes.append(cause)
    causes += [note for name, value, note in rule.notes if str(change.before.get(name)).lower() == value]
    instead = rule.instead or "Check that nothing depends on it."
    if change.deposed:
        instead = f"It is the deposed object of an earlier replacement: check that the new one has its data. {instead}"
    if change.type in INSTANCES and any(path.startswith("ebs_block_device") for path in change.replace_paths):
        instead = f"Do not mix ebs_block_device with aws_volume_attachment: leave the inline block out of the configuration. {instead}"
    yield _finding(change, change.action, lost, "; ".join(causes), instead, rule.destroyed)


def _forgotten(change: Change, rule: Rule | None) -> Iterator[Finding]:
    if rule is None and change.type in STATELESS:
        return
    severity: Severity = rule.destroyed if rule else WARN
    instead = "Leave it managed; if another configuration takes it over, allow this address with the reason."
    yield _finding(change, "forget", FORGOTTEN, "a removed block, or destroy = false, takes it out of the state", instead, severity)


def _updated(change: Change, rule: Rule) -> Iterator[Finding]:
    for each in rule.watched:
        name = ".".join(step for step in each.path if step != "*")
        try:
            found = loses(each, change.before, change.after)
        except (NotUnderstood, TypeError, ValueError, OverflowError):
            why = f"{name} has a value that this version does not understand"
            yield _finding(change, change.action, each.lost, why, each.instead)
            continue
        if found:
            yield _finding(change, change.action, each.lost, _moved(change, each, name), each.instead, each.severity)
        elif change.action == "update" and unknown(each, change.unknown):
            yield _finding(change, change.action, each.lost, f"{name} is known only after apply", each.instead, each.severity)


def _moved(change: Change, each: Watched, name: str) -> str:
    match each.move:
        case Move.BECOMES:
            return f"{name} becomes {each.values[0]}"
        case Move.LEAVES if each.values != ("*",):
            return f"{name} is no longer {each.values[0]}"
        case Move.EXPIRES:
            return f"{name} expires objects that were kept, or sooner"
        case Move.LESSENS:
            old, new = change.told(name), change._replace(before=change.after).told(name)
            return f"{name} goes from {old} to {new}" if old and new else f"{name} gets smaller, or is removed"
        case _:
            return f"{name} changes"


def _why(change: Change) -> str:
    if change.deposed:
        return "a deposed object is destroyed"
    if change.replace_paths:
        return f"{', '.join(change.replace_paths[:10])} forces replacement"
    if change.reason:
        return REASONS.get(change.reason, "Terraform gives a reason that this version does not know")
    return "the plan destroys it"


def _finding(change: Change, action: str, lost: str, why: str, instead: str, severity: Severity = REFUSE) -> Finding:
    return Finding(change.address, action, severity, lost, why, instead, Lifted.BY_ALLOW, change.type, change.previous_address)
