"""What going back would lose: pure."""

from dataclasses import dataclass
from typing import Final

from credex_actions.core.faults import Fault
from credex_actions.core.loop import Run
from credex_actions.rollout.successor.steps import AttachTo
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.steps import ReplaceRoot

FLAG: Final = "--accept-lost-writes"


@dataclass(frozen=True)
class Losses:
    """`transactions`: committed since the snapshot was taken, at most; None if it is not known."""

    transactions: int | None

    @property
    def none(self) -> bool:
        return self.transactions == 0

    def __str__(self) -> str:
        if self.transactions is None:
            return "all writes since the snapshot, whose number is not known"
        return f"up to {self.transactions:,} transaction{'' if self.transactions == 1 else 's'}, committed since the snapshot"


def losses(note: Note, now: int | None, *, ever_responded: bool = True) -> Losses:
    """`now`: the last transaction that the database tells of; None if it does not respond. What never responded on the new version took no writes."""
    if note.same_store or not ever_responded:
        return Losses(0)
    before = note.before.transaction
    return Losses(None if now is None or before is None else max(now - before, 0))


def never_responded(run: Run, *, responded: bool) -> bool:
    """Of a database on its new root volume. Known only to the run that has replaced the root, or attached the volume, itself: one that continues another's has not seen what was before."""
    return not responded and any(isinstance(step, ReplaceRoot | AttachTo) and sent.ended for step, sent in run.sent.items())


def refusal(name: str, note: Note, lost: Losses, by: str = "") -> Fault:
    """`by`: what else has to be said besides the flag."""
    what = (
        f"refused: going back from Neo4j {note.new.version} to {note.old.version} would lose {lost} of {name}: "
        f"{note.old.version} refuses the store that {note.new.version} has changed, so that the snapshot of the backup {note.backup} would be restored"
    )
    hint = f"To go back all the same: {by}{FLAG} {name}. The changed data volume is kept."
    return Fault(what, hint, "accept-lost-writes")
