"""What going back would lose: pure."""

from dataclasses import dataclass
from typing import Final

from credex_actions.backup.live import Position
from credex_actions.core.faults import Fault
from credex_actions.core.loop import Run
from credex_actions.core.text import listed
from credex_actions.rollout.successor.steps import AttachTo
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.steps import ReplaceRoot

FLAG: Final = "--accept-lost-writes"


@dataclass(frozen=True)
class Losses:
    """`transactions`: committed since the snapshot was taken, at most; None if it is not known. `why`: why it is not, in words, where that is more than a silent database."""

    transactions: int | None
    why: str = ""

    @property
    def none(self) -> bool:
        return self.transactions == 0

    def __str__(self) -> str:
        if self.transactions is None:
            return f"all writes since the snapshot, whose number is not known{f' ({self.why})' if self.why else ''}"
        return f"up to {self.transactions:,} transaction{'' if self.transactions == 1 else 's'}, committed since the snapshot"


def losses(note: Note, now: Position | None) -> Losses:
    """`now`: where the database stands; None if it does not respond. Transactions are counted of one store alone: those of another one, which was loaded or restored since, are numbered by themselves."""
    if note.same_store:
        return Losses(0)
    if now is None:
        return Losses(None)
    if now.store != note.before.id:
        return Losses(None, f"it is another store, {now.store}, than the one of the roll-out, {note.before.id}")
    if now.others:
        few = len(now.others) == 1
        return Losses(
            None,
            f"{listed(now.others)} {'is' if few else 'are'} on the same volume, and {'its' if few else 'their'} writes are not counted",
        )
    before, last = note.before.transaction, now.transaction
    if before is None or last is None:
        return Losses(None)
    if last < before:
        return Losses(None, f"its last transaction, {last:,}, is older than the one at the roll-out, {before:,}: it was restored since")
    if last == before and now.nodes not in {None, note.before.nodes}:
        return Losses(
            None, f"at the same transaction it has {now.nodes:,} nodes, and had {note.before.nodes:,}: it is another copy of the store"
        )
    return Losses(last - before)


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
