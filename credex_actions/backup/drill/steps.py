"""How a drill goes: pure. Everything that it makes bears the run's tag and a lease, and goes with its instance."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from credex_actions.aws.scratch import steps
from credex_actions.aws.scratch.machine import NEXT, Machine
from credex_actions.aws.scratch.steps import DeleteVolume, Removal, Terminate
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait


@dataclass(frozen=True)
class Launch(Step):
    says = "launch a scratch instance with {backup}"
    harmless = True
    twice = "nothing: the same client token"
    backup: str
    run: str


@dataclass(frozen=True)
class Load(Step):
    says = "load {backup} into {instance}"
    harmless = True
    twice = "nothing: it is overwritten with the same content"
    backup: str
    instance: str


@dataclass(frozen=True)
class CheckConsistency(Step):
    says = "check the consistency of the store on {instance}"
    harmless = True
    twice = "nothing: it reads the store, while Neo4j is stopped there"
    instance: str


@dataclass(frozen=True)
class Record(Step):
    says = "note on {place}: {verdict}"
    harmless = True
    twice = "nothing: the same tag"
    place: str
    verdict: str


DrillStep: TypeAlias = Launch | Load | CheckConsistency | Record | Removal


@dataclass(frozen=True, kw_only=True)
class Want:
    backup: str
    place: str
    run: str
    loads: bool
    give_up: datetime
    poll: float = 3.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`answers`: whether the restored database does. `compared`: what the comparison and the checks found, None before; `consistent`: the store.

    `unusable`: why nothing can be restored from the backup, in words. `launching`: whether an instance may still show whose launch was not answered. `leftovers`: volumes that outlived their instance.
    """

    now: datetime
    scratch: Machine | None
    loaded: bool
    answers: bool
    why_not: str  # why it does not answer, in words
    compared: bool | None
    consistent: bool | None
    recorded: bool
    unusable: str = ""
    launching: bool = False
    leftovers: tuple[str, ...] = ()


def decide(want: Want, seen: Seen) -> Decision[DrillStep]:
    """To the verdict, which is noted on the backup; what was made is removed by `remove`, whatever happened before."""
    if seen.recorded:
        return Done(_verdict(seen))
    if seen.scratch is None:
        return Launch(want.backup, want.run)
    instance = seen.scratch.instance
    if seen.scratch.state in {"shutting-down", "terminated", "stopped", "stopping"}:
        what = f"the scratch instance {instance} is {seen.scratch.state}: someone else, or EC2, ended it"
        return Refuse((Fault(what, "Look at StateReason of the instance, and run the drill again."),), Exit.REMOTE)
    if seen.unusable or (seen.compared is not None and seen.consistent is not None):
        return Record(want.place, _verdict(seen))
    if seen.now >= want.give_up:
        what = f"the drill of {want.backup} ran out of time: {seen.why_not or 'its checks take too long'}"
        return Refuse((Fault(what, "Nothing is known of the backup. Run the drill again."),), Exit.REMOTE)
    if seen.scratch.state != "running":
        return Wait(f"scratch instance {instance} is {seen.scratch.state}", want.poll)
    if want.loads and not seen.loaded:
        return Load(want.backup, instance)
    if seen.compared is None:
        return Wait(f"the restored database on {instance} does not respond yet", want.poll)
    return CheckConsistency(instance)


def _verdict(seen: Seen) -> str:
    return "proven" if seen.compared and seen.consistent and not seen.unusable else "differs"


def remove(seen: Seen) -> Decision[DrillStep]:
    """Until nothing is left."""
    return steps.remove(seen.scratch, seen.leftovers, launching=seen.launching)


def after(seen: Seen, step: DrillStep | Wait) -> Seen:
    match step:
        case Launch():
            return replace(seen, scratch=Machine(instance="the scratch instance", state="pending", launched=seen.now))
        case Load():
            return replace(seen, loaded=True)
        case CheckConsistency():
            return replace(seen, consistent=True)
        case Record():
            return replace(seen, recorded=True)
        case Terminate():
            return replace(seen, scratch=seen.scratch.going() if seen.scratch else None)
        case DeleteVolume():
            return replace(seen, leftovers=tuple(each for each in seen.leftovers if each != step.volume))
        case Wait():
            if seen.scratch is None:
                return replace(seen, launching=False)
            if seen.scratch.state in NEXT:
                return replace(seen, scratch=seen.scratch.later())
            return replace(seen, answers=True, compared=True)
