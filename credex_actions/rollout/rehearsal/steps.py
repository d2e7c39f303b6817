"""How a rehearsal goes: pure. Everything that it makes bears the run's tag and a lease, and goes with its instance."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from credex_actions.aws.scratch import steps
from credex_actions.aws.scratch.machine import NEXT, Machine
from credex_actions.aws.scratch.steps import DeleteVolume, Removal, Terminate
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.rollout.rehearsal.note import Verdict

INSPECTED_FIRST: Final = timedelta(seconds=6)
INSPECTED_EVERY: Final = timedelta(seconds=20)
"""While the database does not respond."""


@dataclass(frozen=True)
class Launch(Step):
    says = "launch a scratch instance of {image} with {backup}"
    harmless = True
    twice = "nothing: the same client token"
    image: str
    backup: str
    run: str


@dataclass(frozen=True)
class Inspect(Step):
    says = "see whether Neo4j runs on {instance} ({number})"
    harmless = True
    twice = "nothing: it starts what is to run anyway"
    instance: str
    number: int


@dataclass(frozen=True)
class CheckConsistency(Step):
    says = "check the consistency of the store on {instance}"
    harmless = True
    twice = "nothing: it reads the store, while Neo4j is stopped there"
    instance: str


@dataclass(frozen=True)
class Note(Step):
    says = "note on {place}: the rehearsal with {image} {verdict}"
    harmless = True
    twice = "nothing: the same tag"
    place: str
    image: str
    verdict: Verdict


RehearsalStep: TypeAlias = Launch | Inspect | CheckConsistency | Note | Removal


@dataclass(frozen=True, kw_only=True)
class Want:
    """`place`: of the backup, which is noted on."""

    backup: str
    place: str
    image: str
    run: str
    give_up: datetime
    poll: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`since`: from when on the instance has been seen to run. `stopped`: why Neo4j does not run there, in words; "" as far as it is known.
    `compared`: what the comparison and the checks found, None before; `consistent`: the store. `inspected`: how often, and when last.
    """

    now: datetime
    machine: Machine | None
    since: datetime | None = None
    answers: bool = False
    why_not: str = ""
    stopped: str = ""
    inspected: int = 0
    inspected_at: datetime | None = None
    compared: bool | None = None
    consistent: bool | None = None
    noted: bool = False
    launching: bool = False
    leftovers: tuple[str, ...] = ()


def decide(want: Want, seen: Seen) -> Decision[RehearsalStep]:
    """To the verdict, which is noted; what was made is removed by `remove`, whatever happened before."""
    if seen.noted:
        return Done(verdict(seen))
    if seen.machine is None:
        return Launch(want.image, want.backup, want.run)
    instance, state = seen.machine.instance, seen.machine.state
    if state in {"shutting-down", "terminated", "stopped", "stopping"}:
        what = f"the scratch instance {instance} is {state}: someone else, or EC2, ended it"
        return Refuse((Fault(what, "Look at StateReason of the instance, then run the same command again."),), Exit.REMOTE)
    if seen.stopped or (seen.compared is not None and seen.consistent is not None):
        return Note(want.place, want.image, verdict(seen))
    if seen.now >= want.give_up:
        what = f"timed out: the rehearsal of {want.image} with {want.backup}: {seen.why_not or 'its checks take too long'}"
        return Refuse((Fault(what, "Nothing is known of the AMI. Raise wait-for-minutes, or run the same command again."),), Exit.REMOTE)
    if state != "running":
        return Wait(f"scratch instance {instance} is {state}", want.poll)
    if seen.compared is not None:
        return CheckConsistency(instance)
    if _inspects(seen):
        return Inspect(instance, seen.inspected + 1)
    return Wait(f"the clone on {instance} does not respond yet", want.poll)


def _inspects(seen: Seen) -> bool:
    if seen.inspected_at:
        return seen.now - seen.inspected_at >= INSPECTED_EVERY
    return seen.since is not None and seen.now - seen.since >= INSPECTED_FIRST


def verdict(seen: Seen) -> Verdict:
    return "passed" if seen.compared and seen.consistent and not seen.stopped else "failed"


def remove(seen: Seen) -> Decision[RehearsalStep]:
    """Until nothing is left."""
    return steps.remove(seen.machine, seen.leftovers, launching=seen.launching)


def after(seen: Seen, step: RehearsalStep | Wait) -> Seen:
    match step:
        case Launch():
            return replace(seen, machine=Machine(instance="the scratch instance", state="pending", launched=seen.now))
        case Inspect(number=number):
            return replace(seen, inspected=number, inspected_at=seen.now)
        case CheckConsistency():
            return replace(seen, consistent=True)
        case Note():
            return replace(seen, noted=True)
        case Terminate():
            return replace(seen, machine=seen.machine.going() if seen.machine else None)
        case DeleteVolume():
            return replace(seen, leftovers=tuple(each for each in seen.leftovers if each != step.volume))
        case Wait():
            if seen.machine is None:
                return replace(seen, launching=False)
            if seen.machine.state in NEXT:
                return replace(seen, machine=seen.machine.later(), since=seen.since or seen.now)
            return replace(seen, answers=True, compared=True)
