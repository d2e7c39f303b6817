"""How Image Builder is brought to an AMI, and what it has of it is removed: pure.

The distribution configuration is the claim: its name is taken once in an account and region, its tags say who works, and it is the first that is created and the
last that is removed. So whoever creates it is alone, and whoever finds it finds all the rest.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.rollout.image.image_builder.names import DEFINED, DISTRIBUTION, IMAGE, REMOVED, kind_of

IN_PROGRESS: Final = frozenset(("PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"))
"""Of ImageStatus."""
POLL: Final = 6.0
"""Seconds at most: three reads each time."""
SHOWS_WITHIN: Final = 120.0
"""Seconds in which EC2 shows an AMI that Image Builder calls available."""
CANCELLED_WITHIN: Final = 600.0
"""Seconds: the build instance is terminated meanwhile."""


@dataclass(frozen=True)
class Define(Step):
    says = "create {resource} in Image Builder"
    harmless = True
    twice = "nothing: the same client token"
    resource: str


@dataclass(frozen=True)
class TakeOver(Step):
    says = "take over {resource} in Image Builder from the run {run}, which is over"
    harmless = True
    twice = "nothing: the same tags"
    resource: str
    run: str


@dataclass(frozen=True)
class StartBuild(Step):
    says = "build {resource} with Image Builder"
    harmless = True
    twice = "nothing: the same client token"
    resource: str


@dataclass(frozen=True)
class CancelBuild(Step):
    says = "cancel the build of {resource} in Image Builder, of the run {run}"
    harmless = True
    twice = "nothing: it is cancelled"
    resource: str
    run: str


@dataclass(frozen=True)
class Discard(Step):
    says = "delete {resource} of the run {run} from Image Builder"
    harmless = True
    twice = "nothing: it is gone"
    resource: str
    run: str


PieceStep: TypeAlias = Define | TakeOver | StartBuild | CancelBuild | Discard


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`run`: that works for it; `by`: that created it. `alive`: whether the run that works may be at work, as its lease says."""

    resource: str
    run: str
    by: str
    mine: bool
    alive: bool = True


@dataclass(frozen=True, kw_only=True)
class Build:
    """`state`: as Image Builder names it. `ours`: this run started it, or saw it in progress. `progress`, `why` and `log`: in words. `seen_for`: seconds since it was first seen in progress, or ended."""

    resource: str
    state: str
    ours: bool = True
    progress: str = ""
    why: str = ""
    log: str = ""
    seen_for: float = 0.0

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """What Image Builder has of a recipe. `names`: of all that is defined, by kind. `there`: which exist, the claim and the build aside. `starting`: whether a build may still
    show whose start was not answered. `cancelling_for`: seconds since its cancellation was sent; None before that.
    """

    names: tuple[str, ...]
    claim: Claim | None = None
    build: Build | None = None
    there: tuple[str, ...] = ()
    starting: bool = False
    cancelling_for: float | None = None

    @property
    def building(self) -> bool:
        return self.build is not None and self.build.in_progress

    @property
    def held_by_other(self) -> Claim | None:
        return self.claim if self.claim and not self.claim.mine else None

    def name_of(self, kind: str) -> str:
        return next(each for each in self.names if kind_of(each) == kind)

    def has(self, kind: str) -> bool:
        return any(kind_of(each) == kind for each in self.there)


def claim_first(pieces: Pieces) -> TakeOver | Wait | None:
    """None if nobody else is at work."""
    other = pieces.held_by_other
    if other is None:
        return None
    if other.alive:
        return Wait(f"the run {other.run} builds {pieces.name_of(IMAGE)} with Image Builder: waiting for it", POLL)
    return TakeOver(other.resource, other.run)


def build(pieces: Pieces) -> Decision[PieceStep]:
    """To an image that Image Builder calls available; from then on EC2's AMI is what counts."""
    if first := claim_first(pieces):
        return first
    claim, made = pieces.claim, pieces.build
    if claim is None:
        return Define(pieces.name_of(DISTRIBUTION))
    if made and made.in_progress:
        says = f"Image Builder: {made.resource} is {made.state}{f', {made.progress}' if made.progress else ''}"
        return Wait(says, min(max(made.seen_for / 10, 1.0), POLL))
    if made and made.ours and not (made.state == "CANCELLED" and claim.by != claim.run):  # which that run itself may have asked for
        return _ended(made)
    if claim.by != claim.run:  # of a run that is over, without a build in progress: its client token would find what it built
        return _removed(pieces, claim)
    for kind in DEFINED:
        if not pieces.has(kind):
            return Define(pieces.name_of(kind))
    return StartBuild(pieces.name_of(IMAGE))


def _ended(made: Build) -> Wait | Refuse:
    if made.state == "AVAILABLE" and made.seen_for < SHOWS_WITHIN:
        return Wait(f"Image Builder: {made.resource} is AVAILABLE; waiting for EC2 to show its AMI", 2.0)
    if made.state == "AVAILABLE":
        what = f"Image Builder calls {made.resource} available, and EC2 shows no AMI of it"
        return Refuse((Fault(what, "Somebody may have deregistered it, or its tags. Run the same command again."),), Exit.REMOTE)
    if made.state == "FAILED":
        hint = f"Its log is in {made.log}. Fix the cause, then run the same command again."
        return Refuse((Fault(f"failed: Image Builder could not build {made.resource}: {made.why}", hint),), Exit.FAILED)
    what = f"the build of {made.resource} in Image Builder is {made.state}: someone else ended it"
    return Refuse((Fault(what, "Run the same command again."),), Exit.REMOTE)


def remove(pieces: Pieces) -> Decision[PieceStep]:
    """Until nothing is left that is ours. A claim that somebody else has is theirs, with all that belongs to it."""
    if pieces.claim is None or not pieces.claim.mine:
        return Done("removed")
    return _removed(pieces, pieces.claim)


def _removed(pieces: Pieces, claim: Claim) -> CancelBuild | Discard | Wait | Refuse:
    if pieces.build:
        resource = pieces.build.resource
        if not pieces.build.in_progress:
            return Discard(resource, claim.by)
        if pieces.cancelling_for is None:
            return CancelBuild(resource, claim.run)
        if pieces.cancelling_for < CANCELLED_WITHIN:
            return Wait(f"the build of {resource} in Image Builder is being cancelled", POLL)
        return Refuse((Fault(f"Image Builder has not cancelled the build of {resource} in time", "Run --mode sweep later."),), Exit.REMOTE)
    if pieces.starting:
        return Wait("it is not known yet whether Image Builder began to build", 2.0)
    left = sorted(pieces.there, key=lambda each: REMOVED.index(kind_of(each)))
    return Discard(left[0] if left else claim.resource, claim.by)


def after(pieces: Pieces, step: PieceStep | Wait, run: str) -> Pieces:
    """What Image Builder has if `step` works. `run`: ours."""
    match step:
        case Define(resource=resource) if kind_of(resource) == DISTRIBUTION:
            return replace(pieces, claim=Claim(resource=resource, run=run, by=run, mine=True))
        case Define(resource=resource):
            return replace(pieces, there=(*pieces.there, resource))
        case TakeOver():
            return replace(pieces, claim=replace(pieces.claim, run=run, mine=True, alive=True) if pieces.claim else None)
        case StartBuild(resource=resource):
            return replace(pieces, build=Build(resource=resource, state="PENDING"))
        case CancelBuild():
            return replace(pieces, cancelling_for=0.0)
        case Discard(resource=resource):
            return _without(pieces, resource)
        case Wait():
            return _later(pieces)


def _without(pieces: Pieces, resource: str) -> Pieces:
    if kind_of(resource) == IMAGE:
        return replace(pieces, build=None, cancelling_for=None)
    if kind_of(resource) == DISTRIBUTION:
        return replace(pieces, claim=None)
    return replace(pieces, there=tuple(each for each in pieces.there if each != resource))


def _later(pieces: Pieces) -> Pieces:
    """Another run has come to its end, having removed what it had; a build too."""
    if pieces.held_by_other:
        return replace(pieces, claim=None, build=None, there=())
    state = "CANCELLED" if pieces.cancelling_for is not None else "AVAILABLE"
    build = replace(pieces.build, state=state) if pieces.build and pieces.build.in_progress else pieces.build
    build = replace(build, seen_for=SHOWS_WITHIN) if build and pieces.build == build else build
    return replace(pieces, build=build, starting=False)
