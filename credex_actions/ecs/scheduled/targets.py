"""What runs a family's tasks by itself, which of it is requested, and what moves it to another revision: pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from credex_actions.core.faults import Fault
from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.text import one_line
from credex_actions.ecs.arns import short

NAME: Final = "scheduled-tasks"

GLOB: Final = re.compile(r"[*?\[]")

Kind = Literal["rule", "schedule"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """An ECS target of a rule, or of a schedule. `group`: of a schedule. `id`: of a rule's target. `runs`: an ARN of a revision, or of a family alone."""

    kind: Kind
    name: str
    runs: str
    group: str = ""
    id: str = ""

    @property
    def family(self) -> str:
        return short(self.runs).partition(":")[0]

    @property
    def pinned(self) -> bool:
        """It names a revision; a family alone is its newest one, whatever happens."""
        return ":" in short(self.runs)

    def __str__(self) -> str:
        return f"{self.kind} {self.group}/{self.name}" if self.group not in {"", "default"} else f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """`names`: of all rules and schedules that an entry matches. `targets`: the ECS targets among what they start."""

    names: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = ()


def is_glob(entry: str) -> bool:
    return bool(GLOB.search(entry))


def beginning(entry: str) -> str:
    """What every name that `entry` matches begins with: for the lists, which take a prefix."""
    return GLOB.split(entry, maxsplit=1)[0]


def matched(entry: str, name: str) -> bool:
    return fnmatchcase(name, entry)


def of_family(found: Found, family: str) -> tuple[Target, ...]:
    return tuple(each for each in found.targets if each.family == family)


def missing(entries: Sequence[str], found: Found, family: str) -> Iterator[Fault]:
    """Names that are not there, or run something else: most likely a typing error, and a task that would stay at its old revision."""
    runs_it = {target.name for target in of_family(found, family)}
    for entry in entries:
        if is_glob(entry) or entry in runs_it:
            continue
        if entry in found.names:
            others = ", ".join(sorted({target.family for target in found.targets if target.name == entry}))
            what = f"{one_line(entry, 80)} runs no task of {family}{f', but of {others}' if others else ''}"
            yield Fault(what, "Name the rules and schedules whose ECS targets run this family.", NAME)
        else:
            what = f"there is no rule or schedule {one_line(entry, 80)}"
            yield Fault(what, "Check the name, the region and the account; rules are looked for on the default event bus.", NAME)


def idle(entries: Sequence[str], found: Found, family: str) -> list[str]:
    """Globs that match nothing of the family."""
    names = [target.name for target in of_family(found, family)]
    return [entry for entry in entries if is_glob(entry) and not any(matched(entry, name) for name in names)]


@dataclass(frozen=True)
class PointRule(Step):
    says = "have rule {rule} run {short}"
    harmless = True
    twice = "nothing: the target is the same"
    rule: str
    target: str
    short: str


@dataclass(frozen=True)
class PointSchedule(Step):
    says = "have schedule {schedule} run {short}"
    harmless = True
    twice = "nothing: the schedule is the same"
    group: str
    schedule: str
    short: str


Point = PointRule | PointSchedule


@dataclass(frozen=True)
class Seen:
    """`target`: as it is now; None if it is gone."""

    target: Target | None


def decide(want: str, family: str, seen: Seen) -> Decision[Point]:
    """`want`: ARN of the revision. What somebody took away meanwhile, or gave another family, is theirs."""
    target = seen.target
    if target is None or target.family != family:
        return Done("gone")
    if target.runs == want or not target.pinned:
        return Done("moved")
    if target.kind == "rule":
        return PointRule(target.name, target.id, short(want))
    return PointSchedule(target.group, target.name, short(want))


def after(want: str, seen: Seen, move: Point | Wait) -> Seen:
    del move
    return Seen(replace(seen.target, runs=want)) if seen.target else seen


def rule_target(record: Mapping[str, Any], want: str) -> dict[str, Any]:
    """A target of ListTargetsByRule as PutTargets takes it, with another revision: it replaces the whole target."""
    return {**record, "EcsParameters": {**record["EcsParameters"], "TaskDefinitionArn": want}}


def schedule(record: Mapping[str, Any], members: Sequence[str], want: str, now: float) -> dict[str, Any]:
    """GetSchedule's answer as UpdateSchedule takes it (`members`), with another revision: what is not sent would fall back to its default.

    A StartDate that has passed is refused ("cannot be earlier than 5 minutes ago"). A cron schedule that has begun does not need it;
    one of a rate counts from it, so there it is sent all the same. `now`: seconds of the epoch.
    """
    kept = {name: value for name, value in record.items() if name in members and value is not None}
    begun = "StartDate" in kept and kept["StartDate"].timestamp() < now
    if begun and not str(kept.get("ScheduleExpression", "")).startswith("rate"):
        del kept["StartDate"]
    target = kept["Target"]
    return {**kept, "Target": {**target, "EcsParameters": {**target["EcsParameters"], "TaskDefinitionArn": want}}}
