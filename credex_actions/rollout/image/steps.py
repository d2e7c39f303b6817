"""How an AMI is built: pure. What works on it bears the run's tag and a lease; the AMI's name, which EC2 gives once, keeps two runs from building it twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait

BUILDER: Final = "builder"
TESTER: Final = "test instance"
ENDED: Final = frozenset(("shutting-down", "terminated"))


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


@dataclass(frozen=True)
class Terminate(Step):
    says = "terminate {instance}, with its volume"
    harmless = True
    twice = "nothing: it is terminated"
    instance: str


BuildStep: TypeAlias = Launch | Install | Stop | CreateImage | BootTest | Mark | Deprecate | Protect | Deregister | Terminate


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
class Machine:
    instance: str
    state: str
    launched: datetime


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
    """`tested`: what the boot test of this run found: None before it, "" if it passed, else why not. `launching`: whether a machine may still show whose launch was not answered."""

    now: datetime
    image: Image | None = None
    builder: Machine | None = None
    tester: Machine | None = None
    installed: bool = False
    tested: str | None = None
    rivals: tuple[Rival, ...] = ()
    launching: bool = False


def decide(want: Want, seen: Seen) -> Decision[BuildStep]:
    """To an AMI that has proven itself; what helped to build it is removed by `remove`, whatever happened before."""
    image = seen.image
    if image and image.state == "available" and image.proven:
        return _keep(image)
    if image and image.state not in {"available", "pending"}:
        what = f"EC2 could not create the AMI {image.id}: it is {image.state}{f': {image.why}' if image.why else ''}"
        return Refuse((Fault(what, "It is removed. Run the same command again."),), Exit.REMOTE)
    if seen.now >= want.give_up:
        return Refuse(
            (Fault(f"timed out: the AMI {want.name} is not built yet", "Run the same command again: it continues."),), Exit.REMOTE
        )
    if rival := first_rival(seen):
        return Wait(f"the run {rival.run} builds {want.name}: waiting for it", want.poll)
    if image is None:
        return _build(want, seen)
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
    """Until no machine is left, nor an AMI that cannot be used. One that was not tested yet stays: the next run tests it."""
    image = seen.image
    if image and not image.proven and (seen.tested or image.state not in {"available", "pending"}):
        return Deregister(image.id)
    for machine in (seen.builder, seen.tester):
        if machine and machine.state not in ENDED:
            return Terminate(machine.instance)
    for machine in (seen.builder, seen.tester):
        if machine and machine.state == "shutting-down":
            return Wait(f"{machine.instance} is shutting down", 2.0)
    if seen.launching:
        return Wait("it is not known yet whether an instance was launched", 2.0)
    return Done("removed")


def after(seen: Seen, step: BuildStep | Wait) -> Seen:
    """The world if `step` works."""
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
            return _later(seen)


def _in_state(machine: Machine | None, state: str, only: str = "") -> Machine | None:
    return replace(machine, state=state) if machine and only in {"", machine.instance} else machine


NEXT: Final = {"pending": "running", "stopping": "stopped", "shutting-down": "terminated"}


def _later(seen: Seen) -> Seen:
    image = replace(seen.image, state="available") if seen.image and seen.image.state == "pending" else seen.image
    builder, tester = (replace(each, state=NEXT.get(each.state, each.state)) if each else None for each in (seen.builder, seen.tester))
    return replace(seen, image=image, builder=builder, tester=tester, rivals=(), launching=False)
