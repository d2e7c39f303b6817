"""How an AMI is built: pure. What works on it bears the run's tag and a lease; the AMI's name, which EC2 gives once, keeps two runs from building it twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from credex_actions.aws.scratch.machine import ENDED, Machine
from credex_actions.aws.scratch.steps import Terminate, terminated
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.rollout.image.image_builder import steps as image_builder
from credex_actions.rollout.image.image_builder.steps import Pieces, PieceStep

BUILDER: Final = "builder"
TESTER: Final = "test instance"


@dataclass(frozen=True)
class Launch(Step):
    says = "launch a {role} from {image}"
    harmless = True
    twice = "nothing: the same client token"
    role: str
    image: str
    run: str


@dataclass(frozen=True)
class Install(Step):
    says = "install Neo4j {version} on {instance}"
    harmless = True
    twice = "nothing: the same packages are installed already"
    version: str
    instance: str


@dataclass(frozen=True)
class Stop(Step):
    says = "stop {instance}"
    harmless = True
    twice = "nothing: it is stopped"
    instance: str


@dataclass(frozen=True)
class CreateImage(Step):
    says = "create the AMI {name} from {instance}"
    twice = "a refusal of EC2: the name exists"
    name: str
    instance: str


@dataclass(frozen=True)
class BootTest(Step):
    says = "test that {image} boots and Neo4j responds, on {instance}"
    harmless = True
    twice = "nothing: it only asks"
    image: str
    instance: str


@dataclass(frozen=True)
class Mark(Step):
    says = "note on {image} that it passed the boot test"
    harmless = True
    twice = "nothing: the same tag"
    image: str


@dataclass(frozen=True)
class Deprecate(Step):
    says = "set when {image} is deprecated"
    harmless = True
    twice = "nothing: the same date"
    image: str


@dataclass(frozen=True)
class Protect(Step):
    says = "protect {image} from deregistration"
    harmless = True
    twice = "nothing: it is protected"
    image: str


@dataclass(frozen=True)
class Deregister(Step):
    says = "deregister {image}, which never passed its boot test, with its snapshots"
    harmless = True
    twice = "nothing: it is gone"
    image: str


BuildStep: TypeAlias = Launch | Install | Stop | CreateImage | BootTest | Mark | Deprecate | Protect | Deregister | Terminate | PieceStep


@dataclass(frozen=True, kw_only=True)
class Want:
    """`name`: of the AMI. `base`: the AMI that it begins with."""

    version: str
    name: str
    base: str
    run: str
    give_up: datetime
    poll: float = 3.0


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A machine of another run, which is alive, for the same recipe."""

    run: str
    instance: str
    launched: datetime


@dataclass(frozen=True, kw_only=True)
class Image:
    """`state`: as EC2 names it. `why`: why it failed, in EC2's words."""

    id: str
    state: str
    proven: bool = False
    deprecated: bool = False
    protected: bool = False
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`tested`: what the boot test of this run found: None before it, "" if it passed, else why not. `launching`: whether a machine may still show whose launch was not answered.

    `pieces`: what Image Builder has; None if a builder of ours makes the AMI.
    """

    now: datetime
    image: Image | None = None
    builder: Machine | None = None
    tester: Machine | None = None
    installed: bool = False
    tested: str | None = None
    rivals: tuple[Rival, ...] = ()
    launching: bool = False
    pieces: Pieces | None = None


def decide(want: Want, seen: Seen) -> Decision[BuildStep]:
    """To an AMI that has proven itself; what helped to build it is removed by `remove`, whatever happened before."""
    image = seen.image
    if image and image.state == "available" and image.proven:
        return _keep(image)
    if seen.pieces and seen.pieces.building:
        image = None  # it is Image Builder's until that calls it available
    if image and image.state not in {"available", "pending"}:
        what = f"EC2 could not create the AMI {image.id}: it is {image.state}{f': {image.why}' if image.why else ''}"
        return Refuse((Fault(what, "It is removed. Run the same command again."),), Exit.REMOTE)
    if seen.now >= want.give_up:
        return Refuse(
            (Fault(f"timed out: the AMI {want.name} is not built yet", "Run the same command again: it continues."),), Exit.REMOTE
        )
    if rival := first_rival(seen):
        return Wait(f"the run {rival.run} builds {want.name}: waiting for it", want.poll)
    if seen.pieces and (first := image_builder.claim_first(seen.pieces)):
        return first
    if image is None:
        return image_builder.build(seen.pieces) if seen.pieces else _build(want, seen)
    if image.state == "pending":
        return Wait(f"AMI {image.id} is pending", want.poll)
    return _test(want, seen, image)


def first_rival(seen: Seen) -> Rival | None:
    """One that began before us. Of two that see each other exactly one waits."""
    own = [(each.launched, each.instance) for each in (seen.builder, seen.tester) if each]
    earlier = [each for each in seen.rivals if not own or (each.launched, each.instance) < min(own)]
    return min(earlier, key=lambda each: (each.launched, each.instance), default=None)


def _build(want: Want, seen: Seen) -> Decision[BuildStep]:
    builder = seen.builder
    if builder is None:
        return Launch(BUILDER, want.base, want.run)
    if builder.state in ENDED or (builder.state in {"stopping", "stopped"} and not seen.installed):
        return _lost(BUILDER, builder)
    if not seen.installed:
        ready = builder.state == "running"
        return Install(want.version, builder.instance) if ready else Wait(f"{BUILDER} {builder.instance} is {builder.state}", want.poll)
    if builder.state == "running":
        return Stop(builder.instance)
    if builder.state != "stopped":
        return Wait(f"{BUILDER} {builder.instance} is {builder.state}", want.poll)
    return CreateImage(want.name, builder.instance)


def _test(want: Want, seen: Seen, image: Image) -> Decision[BuildStep]:
    tester = seen.tester
    if seen.tested:
        what = f"failed its boot test: the AMI {image.id} of Neo4j {want.version}: {seen.tested}"
        return Refuse((Fault(what, "It is removed. Check the recipe's base AMI, then run the same command again."),), Exit.FAILED)
    if seen.tested == "":
        return Mark(image.id)
    if tester is None:
        return Launch(TESTER, image.id, want.run)
    if tester.state in ENDED | {"stopping", "stopped"}:
        return _lost(TESTER, tester)
    if tester.state != "running":
        return Wait(f"{TESTER} {tester.instance} is {tester.state}", want.poll)
    return BootTest(image.id, tester.instance)


def _keep(image: Image) -> Decision[BuildStep]:
    if not image.deprecated:
        return Deprecate(image.id)
    return Done("built") if image.protected else Protect(image.id)


def _lost(role: str, machine: Machine) -> Refuse:
    what = f"the {role} {machine.instance} is {machine.state}: someone else, or EC2, ended it"
    return Refuse((Fault(what, "Look at StateReason of the instance, then run the same command again."),), Exit.REMOTE)


def remove(seen: Seen) -> Decision[BuildStep]:
    """Until no machine is left, nor anything of ours in Image Builder, nor an AMI that cannot be used. One that was not tested yet stays: the next run tests it."""
    image = seen.image
    if image and not image.proven and (seen.tested or image.state not in {"available", "pending"}):
        return Deregister(image.id)
    move = terminated([seen.builder, seen.tester], launching=seen.launching)
    return image_builder.remove(seen.pieces) if isinstance(move, Done) and seen.pieces else move


def after(run: str, seen: Seen, step: BuildStep | Wait) -> Seen:
    """The world of the run if `step` works."""
    match step:
        case Launch(role=role):
            made = Machine(instance=f"the {role}", state="pending", launched=seen.now)
            return replace(seen, builder=made) if role == BUILDER else replace(seen, tester=made)
        case Install():
            return replace(seen, installed=True)
        case Stop():
            return replace(seen, builder=_in_state(seen.builder, "stopping"))
        case CreateImage():
            return replace(seen, image=Image(id="the AMI", state="pending"))
        case BootTest():
            return replace(seen, tested="")
        case Mark():
            return replace(seen, image=replace(seen.image, proven=True) if seen.image else None)
        case Deprecate():
            return replace(seen, image=replace(seen.image, deprecated=True) if seen.image else None)
        case Protect():
            return replace(seen, image=replace(seen.image, protected=True) if seen.image else None)
        case Deregister():
            return replace(seen, image=None)
        case Terminate(instance=instance):
            return replace(
                seen,
                builder=_in_state(seen.builder, "shutting-down", instance),
                tester=_in_state(seen.tester, "shutting-down", instance),
            )
        case Wait():
            return _later(run, seen)
        case _:
            return replace(seen, pieces=image_builder.after(seen.pieces, step, run) if seen.pieces else None)


def _in_state(machine: Machine | None, state: str, only: str = "") -> Machine | None:
    return replace(machine, state=state) if machine and only in {"", machine.instance} else machine


def _later(run: str, seen: Seen) -> Seen:
    image = replace(seen.image, state="available") if seen.image and seen.image.state == "pending" else seen.image
    builder, tester = (each.later() if each else None for each in (seen.builder, seen.tester))
    pieces = seen.pieces and image_builder.after(seen.pieces, Wait("", 0.0), run)
    if pieces and pieces.build and pieces.build.state == "AVAILABLE" and seen.pieces and seen.pieces.building:
        image = image or Image(id="the AMI", state="available")
    return replace(seen, image=image, builder=builder, tester=tester, rivals=(), launching=False, pieces=pieces)
