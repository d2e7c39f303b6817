"""What a shard says of itself. What it has found, the report says."""

from collections.abc import Callable

from credex_actions.core.summary import Page
from credex_actions.maintenance.checking import counted
from credex_actions.maintenance.examining.gathering import Outcome
from credex_actions.maintenance.parts.part import Part


def verdict(part: Part) -> str:
    found = counted(sum(len(each.findings) for each in part.outcomes), "finding")
    if not part.complete:
        return f"maintenance-report: shard {part.shard} was cancelled; {found} by then"
    if not part.outcomes:
        return f"maintenance-report: shard {part.shard} has nothing to examine: there are fewer accounts and groups of checks than shards"
    return f"maintenance-report: shard {part.shard} has examined {counted(len(part.outcomes), 'group')} of checks: {found}"


def summary(part: Part, redact: Callable[[str], str]) -> Page:
    page = Page(redact)
    well = part.complete and not any(ran.state == "failed" for each in part.outcomes for ran in each.ran)
    page.verdict(good=True if well else None, sentence=verdict(part))
    page.facts((f"{each.group} of {each.account}" if each.account else each.group, _became(each)) for each in part.outcomes)
    page.paragraph("The report is made of this part and those of the other shards.")
    return page


def _became(outcome: Outcome) -> list[str]:
    others = {state: sorted({ran.check for ran in outcome.ran if ran.state == state}) for state in ("failed", "skipped")}
    told = (f"{state}: {', '.join(checks)}" for state, checks in others.items() if checks)
    return [counted(len(outcome.findings), "finding"), *told]
