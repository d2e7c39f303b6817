"""Cancels a run: asked first, by force after a while. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait

GRACE: Final = 60.0
"""Seconds that a run has to end by itself: steps that run always clean up."""
LAST: Final = 30.0
"""Seconds to see it ended by force."""
LOOK_EVERY: Final = 2.0


@dataclass(frozen=True)
class Seen:
    """`asked`, `forced`: when this command asked for it; None before."""

    now: datetime
    run: int
    done: bool
    conclusion: str
    asked: datetime | None = None
    forced: datetime | None = None


@dataclass(frozen=True)
class Cancel(Step):
    says = "cancel run {run}"
    run: int


@dataclass(frozen=True)
class ForceCancel(Step):
    says = "cancel run {run} by force"
    run: int


StoppingStep: TypeAlias = Cancel | ForceCancel


def decide(seen: Seen) -> Decision[StoppingStep]:
    if seen.done:
        return Done(seen.conclusion)
    if seen.asked is None:
        return Cancel(seen.run)
    if (seen.now - seen.asked).total_seconds() < GRACE and seen.forced is None:
        return Wait("the run ends its steps", LOOK_EVERY)
    if seen.forced is None:
        return ForceCancel(seen.run)
    if (seen.now - seen.forced).total_seconds() < LAST:
        return Wait("GitHub ends the run by force", LOOK_EVERY)
    return Done("", "GitHub was asked to cancel it, also by force, and it still runs")


def after(seen: Seen, step: StoppingStep | Wait) -> Seen:
    if isinstance(step, Cancel):
        return replace(seen, asked=seen.now)
    if isinstance(step, ForceCancel):
        return replace(seen, forced=seen.now)
    return replace(seen, done=True, conclusion="cancelled")
