"""Revisions of a task definition: registering one at most once, and taking old ones out of use that nothing uses.

RegisterTaskDefinition has no client token. Whether a lost one took effect is told by looking: the revision that means what was
asked for is there, or it is not. That is also why running again after a crash registers nothing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from credex_actions.core.loop import Decision, Done, Step, Wait


@dataclass(frozen=True)
class Register(Step):
    says = "register a revision of {family}"
    harmless = True
    twice = "an identical spare revision; it is deregistered once the deployment has ended"
    family: str


@dataclass(frozen=True)
class Deregister(Step):
    says = "deregister a revision"
    harmless = True
    twice = "nothing: it is inactive already"
    revision: str

    def __str__(self) -> str:
        return f"deregister {self.revision.rpartition('/')[2]}"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """`meaning`: what it says, in the form in which two revisions compare (ecs/definition/registration.py: semantic)."""

    arn: str
    number: int
    meaning: object


@dataclass(frozen=True, kw_only=True)
class WantRevision:
    """`newer_than`: only a revision with a higher number counts; 0 takes any that means the same."""

    family: str
    meaning: object
    newer_than: int = 0


@dataclass(frozen=True, kw_only=True)
class SeenRevisions:
    """`newest`: before the registration the newest active revision (an older one was replaced on purpose), afterwards those newer than it."""

    newest: tuple[Revision, ...]


def found(want: WantRevision, seen: SeenRevisions) -> Revision | None:
    return next((each for each in seen.newest if each.meaning == want.meaning and each.number > want.newer_than), None)


def decide_registration(want: WantRevision, seen: SeenRevisions) -> Decision[Register]:
    revision = found(want, seen)
    return Done(revision.arn) if revision else Register(want.family)


def after_registration(want: WantRevision, seen: SeenRevisions, move: Register | Wait) -> SeenRevisions:
    match move:
        case Register(family=family):
            number = max((each.number for each in seen.newest), default=want.newer_than) + 1
            return replace(seen, newest=(Revision(arn=f"{family}:{number}", number=number, meaning=want.meaning), *seen.newest))
        case Wait():
            return seen
        case _:
            assert_never(move)


@dataclass(frozen=True, kw_only=True)
class Uses:
    """Active revisions of a family, newest first; the one that serves; and those that something uses."""

    active: tuple[str, ...]
    live: str
    used: frozenset[str]


def decide_pruning(keep: int, seen: Uses) -> Decision[Deregister]:
    """Deregister all but `keep`, oldest first: the live one and the newest others stay, and whatever is in use, however old."""
    others = [each for each in seen.active if each != seen.live]
    spare = [each for each in others[max(keep - 1, 0) :] if each not in seen.used]
    return Deregister(spare[-1]) if spare else Done("pruned")


def after_pruning(seen: Uses, move: Deregister | Wait) -> Uses:
    match move:
        case Deregister(revision=revision):
            return replace(seen, active=tuple(each for each in seen.active if each != revision))
        case Wait():
            return seen
        case _:
            assert_never(move)


def number_of(arn: str) -> int:
    return int(arn.rpartition(":")[2])


def revision_of(described: Mapping[str, Any], meaning: Callable[[Mapping[str, Any]], object]) -> Revision:
    """A revision from DescribeTaskDefinition's whole answer, tags included."""
    definition = described["taskDefinition"]
    return Revision(arn=definition["taskDefinitionArn"], number=definition["revision"], meaning=meaning(described))
