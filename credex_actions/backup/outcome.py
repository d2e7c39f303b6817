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
