"""Judges a plan as its entries go by: what is kept of an entry is its findings, and the little that the whole plan is judged by."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.terraform.judging.finding import PLAN, Finding, Lifted, of_plan
from credex_actions.terraform.judging.resource import judge, judge_drift, vanished
from credex_actions.terraform.plan.change import Change, Malformed, read
from credex_actions.terraform.rules.rule import REFUSE, WARN

FORMAT: Final = "1"
"""The major version of the plan's JSON that this version reads. A minor one only adds. Source: Terraform, JSON output format."""

COPIES: Final = frozenset(("aws_instance", "aws_ebs_volume", "aws_db_instance", "aws_rds_cluster_instance", "aws_docdb_cluster_instance"))
AGAIN: Final = "Make the plan again, without errors and for the whole configuration."
UPDATE: Final = "Use a newer version of credex-actions, or plan with an older Terraform."


class _Copy(NamedTuple):
    groups: tuple[str, ...]
    lost: bool


class Judgement:
    """Takes entries in any order; `findings()` once all have gone by."""

    def __init__(self, protected: Callable[[str, str], object] = lambda _, __: None) -> None:
        self._protected = protected  # of an address and the previous one: whether the user protects it
        self.entries = 0
        self.changes = 0
        self.addresses: set[str] = set()
        self._found: list[Finding] = []
        self._copies: dict[tuple[str, str], _Copy] = {}
        self._gone: list[Change] = []
        self._created: dict[str, list[str]] = {}
        self._buckets: list[tuple[Change, list[Finding]]] = []

    def change(self, entry: object) -> None:
        """An entry of `resource_changes`."""
        self.entries += 1
        change = self._read(entry, "resource_changes")
        if change is None or not change.managed:
            return
        self.addresses.update(filter(None, (change.address, change.previous_address)))
        self.changes += change.action not in ("no-op", "read")
        self._note(change)
        found = list(judge(change, protected=bool(self._protected(change.address, change.previous_address))))
        if change.action == "create" and found:
            self._buckets.append((change, found))  # lost only if what they belong to exists already
        else:
            self._found += found

    def drift(self, entry: object) -> None:
        """An entry of `resource_drift`."""
        change = self._read(entry, "resource_drift")
        if change is None or not change.managed:
            return
        if change.destroys:
            self._gone.append(change)
        self._found += judge_drift(change)

    def deferred(self, entry: object) -> None:
        """An entry of `deferred_changes`: it happens in a later apply, of which this plan knows little."""
        self.change(entry.get("resource_change") if isinstance(entry, Mapping) else entry)

    def findings(self, head: Mapping[str, Any]) -> list[Finding]:
        """All of them, those about the plan first. `head`: the plan's members of one word."""
        created = {address for addresses in self._created.values() for address in addresses}
        gone = [vanished(each, created=each.address in created) for each in self._gone]
        on_existing = [each for change, found in self._buckets if self._exists(change) for each in found]
        found = [self._with_rename(each) for each in (*self._found, *on_existing, *filter(None, gone))]
        return [*_of_head(head), *self._all_copies(), *found]

    def _read(self, entry: object, where: str) -> Change | None:
        try:
            change = read(entry)
        except Malformed as error:
            self._found.append(of_plan(f"an entry of {where} is not understood: {error}", UPDATE))
            return None
        if not change.action:
            words = ", ".join(change.actions[:5])[:100]
            why = f"this version does not know the action {words}"
            self._found.append(Finding(change.address, words, REFUSE, "not known", why, UPDATE, Lifted.NEVER, change.type))
            return None
        return change

    def _note(self, change: Change) -> None:
        if change.action == "create":
            self._created.setdefault(change.type, []).append(change.address)
        elif change.type in COPIES and not change.deposed:
            self._copies[change.type, change.address] = _Copy(tuple(_groups(change)), change.destroys or change.forgets)
        if change.type in ("aws_s3_bucket", "aws_ecr_repository") and change.action == "create":
            self._created.setdefault(f"{change.type} by name", []).append(str(change.after.get("bucket") or change.after.get("name") or ""))

    def _exists(self, change: Change) -> bool:
        """Whether what a setting belongs to exists before the apply; if it is not certain, it does."""
        kind, name = ("aws_s3_bucket", "bucket") if change.type.startswith("aws_s3") else ("aws_ecr_repository", "repository")
        target = change.after.get(name)
        if target is None and isinstance(change.unknown, Mapping) and change.unknown.get(name) is True:
            return not self._created.get(kind)
        return target not in self._created.get(f"{kind} by name", [])

    def _with_rename(self, finding: Finding) -> Finding:
        others = self._created.get(finding.type, ()) if finding.action == "delete" else ()
        if not others:
            return finding
        listed = ", ".join(others[:3]) + (", …" if others[3:] else "")
        hint = f"The plan creates {listed}: if that is the same object under a new name, add a moved block from {finding.address} to it."
        return finding._replace(instead=f"{hint} {finding.instead}")

    def _all_copies(self) -> Iterator[Finding]:
        members: dict[tuple[str, str], list[str]] = {}
        for (kind, address), copy in self._copies.items():
            for group in copy.groups:
                members.setdefault((kind, group), []).append(address)
        told: set[frozenset[str]] = set()
        for (kind, group), addresses in members.items():
            copies = frozenset(addresses)
            if len(copies) < 2 or copies in told or not all(self._copies[kind, each].lost for each in copies):  # noqa: PLR2004 - one alone is judged as itself
                continue
            told.add(copies)
            why = f"one apply destroys all {len(copies)} of {group}, so that no copy of their data is left to start from"
            instead = "Replace them one at a time, and let each catch up; or allow (plan) in config, with the reason."
            yield Finding(PLAN, "plan", REFUSE, "every copy at once", why, instead, Lifted.FOR_THE_PLAN, kind)


def _groups(change: Change) -> Iterator[str]:
    """What tells that several instances hold one database: they are one resource, or have the same role."""
    yield change.resource
    hidden = change.sensitive is True or (isinstance(change.sensitive, Mapping) and bool(change.sensitive.get("tags")))
    tags = change.before.get("tags")
    if not hidden and isinstance(tags, Mapping) and isinstance(tags.get("Role"), str):
        yield f"Role {tags['Role'][:60]} in {str(tags.get('Environment', 'no environment'))[:60]}"


def _of_head(head: Mapping[str, Any]) -> Iterator[Finding]:
    version = head.get("format_version")
    if not isinstance(version, str) or version.partition(".")[0] != FORMAT:
        told = f"{version[:20]!r}" if isinstance(version, str) else "none"
        yield of_plan(f"the format version of the plan is {told}, and this version reads {FORMAT}.x", UPDATE)
    if head.get("errored", False) is not False:
        yield of_plan("the plan is errored: Terraform stopped before it knew all changes", AGAIN)
    elif "complete" not in head:
        why = (
            "the plan does not say whether it is complete (Terraform before 1.8 does not): a plan made with -target looks like a whole one"
        )
        yield Finding(PLAN, "plan", WARN, "not known", why, "Plan without -target, or with Terraform 1.8 or newer.", Lifted.BY_ALLOW)
    elif head["complete"] is not True:
        yield of_plan("the plan is incomplete: it was made with -target, or has deferred or failed changes", AGAIN)
    if head.get("action_invocations"):
        why = "the plan invokes actions of providers, which are not judged"
        yield Finding(PLAN, "plan", WARN, "not known", why, "Read what the action blocks of the configuration do.", Lifted.BY_ALLOW)
