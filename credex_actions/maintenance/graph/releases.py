"""Which version a database runs, against those that there are. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding
from credex_actions.rollout.checking import Discovered, judged
from credex_actions.rollout.running import Running
from credex_actions.rollout.versions.paths import SUPPORTED_UNTIL, end_of_life
from credex_actions.rollout.versions.version import Version

CHECK: Final = "version-behind"
FIX: Final = "credex-actions neo4j-ami-rollout --mode check, then build and plan"


def behind(resource: str, running: Running, there: Discovered, today: date, patches: float) -> Iterator[Finding]:
    """Raises Skipped where the sources do not say which one is the newest, after what is known without them."""
    now = running.version
    if unsupported := _unsupported(now, today):
        yield Finding(check=CHECK, severity="high", resource=resource, key="unsupported", title=f"{resource} runs Neo4j {now}, which is not supported",
                      why=f"{unsupported[0].upper()}{unsupported[1:]}: faults in it, also those of security, are not corrected.", fix=FIX)  # fmt: skip
    checked = judged(resource, running, there, today)
    if checked.outcome == "unknown":
        troubles = [f"{each.source.kind} {each.trouble}" for each in there.troubles]
        raise Skipped(one_line(f"{resource} {checked.says.removeprefix('it ')}{f' ({listed(troubles, 3)})' if troubles else ''}", 500))
    newest = there.target
    if checked.outcome != "current" and newest and (newest.series != now.series or newest.patch - now.patch >= patches):
        yield Finding(
            check=CHECK,
            severity="low" if newest.series == now.series else "medium",
            resource=resource,
            title=f"{resource} runs Neo4j {now}; {newest} is the newest of {there.series}",
            why=one_line(f"{checked.says}. {listed(checked.notes, 3)}." if checked.notes else f"{checked.says}.", 400),
            fix=FIX,
        )


def _unsupported(now: Version, today: date) -> str:
    until = SUPPORTED_UNTIL.get(now.series)
    told = end_of_life(now.series, today)
    return told if "no longer supported" in told or (until is not None and today > until) else ""
