"""What became of one database in a run."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from credex_actions.backup.archive import Backup
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Fault
from credex_actions.core.loop import Run

if TYPE_CHECKING:
    from credex_actions.backup.drill.drilling import Drilling


@dataclass
class Result:
    """`outcome`: one word; `says`: the sentence for it. `lines`: what else a person reads."""

    name: str
    outcome: str = ""
    says: str = ""
    lines: list[str] = field(default_factory=list)
    backup: Backup | None = None
    plan: tuple[str, ...] = ()
    drilling: "Drilling | None" = None
    run: Run | None = None
    code: Exit = Exit.DONE
    faults: tuple[Fault, ...] = ()
    left: str = NOTHING_CHANGED


ORDER = (Exit.TERMINATED, Exit.INTERRUPTED, Exit.FAILED, Exit.REMOTE, Exit.BAD_INPUT, Exit.REFUSED)
"""The first that any database has is the run's."""


def exit_of(results: list[Result]) -> Exit:
    codes = {result.code for result in results}
    return next((code for code in ORDER if code in codes), Exit.DONE)


def cut_off(name: str, begun: Result | None, code: Exit) -> Result:
    """Of a database whose work did not end before the process has to: its thread may still write in `begun`, which is not handed on."""
    if begun is None:
        says = f"{name}: cancelled before it was begun"
        return Result(name, "cancelled", says, code=code, faults=(Fault(says),))
    left = begun.run.state() if begun.run else NOTHING_CHANGED
    says = f"{name}: cancelled in the middle of its work: the runner does not wait for its end"
    hint = "Run --mode sweep now: it starts the database again if it is stopped, and removes what a drill made."
    return Result(name, "cancelled", says, backup=begun.backup, run=begun.run, code=code, faults=(Fault(says, hint),), left=left)
