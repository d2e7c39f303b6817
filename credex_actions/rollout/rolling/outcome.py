"""What became of a roll-out: of each database, and of the whole."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from credex_actions.core.faults import NOTHING_CHANGED, Exit, Fault
from credex_actions.core.loop import Run
from credex_actions.core.text import listed
from credex_actions.rollout.versions.version import Version

UNTOUCHED: Final = "not begun"
WHERE: Final = {"rolled": "rolled", "rolled-back": "rolled back", UNTOUCHED: "not begun"}


@dataclass
class Rolled:
    """One database. `outcome`: rolled, current, rolled-back, planned, stopped, failed, cancelled or not begun; `says`: the sentence for it.

    `stopped`, `back`: when Bolt ended to respond, and when it responded again, as far as this run saw it.
    """

    name: str
    outcome: str = UNTOUCHED
    says: str = ""
    lines: list[str] = field(default_factory=list)
    plan: tuple[str, ...] = ()
    runs: list[Run] = field(default_factory=list)
    code: Exit = Exit.DONE
    faults: tuple[Fault, ...] = ()
    left: str = NOTHING_CHANGED
    stopped: datetime | None = None
    back: datetime | None = None

    @property
    def downtime(self) -> float | None:
        """Seconds."""
        return (self.back - self.stopped).total_seconds() if self.stopped and self.back else None

    def state(self) -> str:
        told = [run.state() for run in self.runs]
        return "; ".join(each for each in told if each != NOTHING_CHANGED) or NOTHING_CHANGED


@dataclass
class Result:
    """`preparing`: what was done before the first database was begun: the AMI built, rehearsals. `refused`: of a dry run, what would refuse all of it."""

    databases: list[Rolled] = field(default_factory=list)
    image: str | None = None
    version: Version | None = None
    plan_id: str | None = None
    lock: Run | None = None
    preparing: Run | None = None
    code: Exit = Exit.DONE
    faults: tuple[Fault, ...] = ()
    refused: list[Fault] = field(default_factory=list)

    @property
    def left(self) -> str:
        """Once something was begun: where the databases are that did not fail themselves, in words."""
        if all(each.outcome == UNTOUCHED for each in self.databases):
            return ""
        told = []
        for outcome, words in WHERE.items():
            names = [each.name for each in self.databases if each.outcome == outcome and not each.faults]
            if names:
                told.append(f"{listed(names)} {'was' if len(names) == 1 else 'were'} {words}")
        return "; ".join(told)

    @property
    def outcome(self) -> str | None:
        """Of the whole, the worst first. None where it ended before it was begun."""
        outcomes = [each.outcome for each in self.databases]
        if not outcomes or self.faults:
            return None
        for word in ("rolled-back", "failed", "cancelled", "stopped", "planned"):
            if word in outcomes:
                return "stopped" if word in {"failed", "cancelled"} else word
        return "rolled" if "rolled" in outcomes else "current" if set(outcomes) == {"current"} else "stopped"


def exit_of(result: Result) -> Exit:
    order = (Exit.TERMINATED, Exit.INTERRUPTED, Exit.FAILED, Exit.REMOTE, Exit.BAD_INPUT, Exit.REFUSED)
    codes = {result.code, *(each.code for each in result.databases)}
    code = next((code for code in order if code in codes), Exit.DONE)
    refused = code in {Exit.BAD_INPUT, Exit.REFUSED}  # that is for where nothing was changed
    return Exit.REMOTE if refused and any(each.state() != NOTHING_CHANGED for each in result.databases) else code
