"""How the rotation of one credential ended, and what that means for the run as a whole: pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from credex_actions.core.faults import NOTHING_CHANGED, Exit, Fault
from credex_actions.core.loop import Run
from credex_actions.rotation.deciding.state import Identity, Seen

Outcome = Literal["fresh", "rotated", "mended", "ended", "waiting", "unfinished", "failed", "cancelled", "planned", "looked"]

WORDS: Final[dict[str, str]] = {
    "fresh": "nothing was due",
    "rotated": "has a new value in all its targets, and the previous one is retired",
    "mended": "repaired: the current value was written where it was missing",
    "ended": "its previous value is retired",
    "waiting": "its previous value is still in use",
    "unfinished": "a new value is being distributed",
    "failed": "failed",
    "cancelled": "interrupted",
    "planned": "would be changed",
    "looked": "was checked",
}


@dataclass
class Result:
    """`why`: what is waited for. `plan`: what would be done. `left`: the state, where it failed. `stamps`: the receipts of its places."""

    name: str
    kind: str
    outcome: Outcome = "fresh"
    why: str = ""
    rotated: bool = False
    faults: tuple[Fault, ...] = ()
    code: Exit = Exit.DONE
    left: str = NOTHING_CHANGED
    plan: tuple[str, ...] = ()
    run: Run | None = None
    seen: Seen | None = None
    places: tuple[str, ...] = ()
    stamps: Callable[[], Mapping[str, str]] = dict
    identities_before: tuple[Identity, ...] = ()
    source: str = ""
    escrow: str = ""
    tried: str = ""
    advice: tuple[str, ...] = field(default=())


def exit_of(results: Sequence[Result]) -> Exit:
    """The gravest of all. Bad input and a refusal say that nothing was changed, which is only so where no other credential was."""
    codes = {result.code for result in results} - {Exit.DONE}
    for code in (Exit.INTERRUPTED, Exit.TERMINATED, Exit.FAILED, Exit.REMOTE):
        if code in codes:
            return code
    if not codes:
        return Exit.DONE
    if any(result.run and result.run.sent for result in results):
        return Exit.FAILED
    return Exit.REFUSED if Exit.REFUSED in codes else Exit.BAD_INPUT
