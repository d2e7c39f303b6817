"""Looks for what scheduled-tasks names before a deployment, and moves it to the revision afterwards, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import botocore.exceptions

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Run, drive
from credex_actions.ecs.arns import short
from credex_actions.ecs.scheduled import targets
from credex_actions.ecs.scheduled.client import Pointing, find
from credex_actions.ecs.scheduled.targets import NAME, Target

__all__ = ["NAME", "Scheduled", "ScheduledCancelled"]


class ScheduledCancelled(Cancelled):
    """A signal came while targets were moved; `left` says which were, and which were not."""

    def __init__(self, signal_number: int, left: str) -> None:
        super().__init__(signal_number)
        self.left = left


@dataclass
class Scheduled:
    """`found`: the family's targets. `idle`: globs that match none of them. `moved` and `failed` are filled by `move`."""

    found: tuple[Target, ...] = ()
    idle: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @classmethod
    def look(cls, clients: Clients, clock: Clock, entries: Sequence[str], family: str) -> "Scheduled":
        """Raises Failure(BAD_INPUT) for names that are not there, and botocore's errors."""
        if not entries:
            return cls()
        found = find(clients, clock, entries)
        if faults := list(targets.missing(entries, found, family)):
            raise Failure(Exit.BAD_INPUT, *faults)
        return cls(targets.of_family(found, family), targets.idle(entries, found, family))

    def behind(self, revision: str) -> list[Target]:
        """Those that run another revision than `revision`, an ARN; "" where it is not registered yet."""
        return [each for each in self.found if each.pinned and each.runs != revision]

    def plan(self, revision: str) -> list[str]:
        """In words, for a dry run."""
        name = short(revision) or "the new revision"
        return [f"have {each} run {name} instead of {each.runs.rpartition('/')[2]}" for each in self.behind(revision)]

    def move(self, clients: Clients, run: Run, revision: str, explain: Callable[[BaseException], str]) -> None:
        """One that cannot be moved does not keep the others. Raises ScheduledCancelled on a signal."""
        rest = self.behind(revision)
        while rest:
            target = rest[0]
            try:
                done = drive(Pointing(clients, run.clock, target, revision).operation(), run)
            except Cancelled as cancelled:
                raise ScheduledCancelled(cancelled.signal_number, self.state(revision, rest)) from cancelled
            except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                self.failed.append(f"{target} still runs {target.runs.rpartition('/')[2]}: {explain(error)}")
            else:
                became = "runs" if done.outcome == "moved" else "was removed, or set to another family, by somebody else: it does not run"
                self.moved.append(f"{target} {became} {short(revision)}")
            rest.pop(0)

    def state(self, revision: str, rest: Sequence[Target] = ()) -> str:
        """What is left, for the end of an error message."""
        words = [f"{short(revision)} is deployed", *self.moved, *self.failed, *(f"{each} was not updated yet" for each in rest)]
        return f"{'; '.join(words)}; running the same command again updates the rest"
