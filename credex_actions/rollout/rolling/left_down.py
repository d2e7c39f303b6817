"""Whether a roll-out that ended early may have left a database down: pure, from what was sent. Then that is what a person reads first."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from credex_actions.core.faults import Fault
from credex_actions.rollout.back.steps import NoteBacked
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.successor.steps import AttachTo, DetachFrom
from credex_actions.rollout.swap.note import rollback_of
from credex_actions.rollout.swap.steps import ForgetRoll, NoteRolled, RemoveStop, ReplaceRoot, StopDatabase
from credex_actions.rollout.user_data.steps import StopBeforeRestart, StopInstance
from credex_actions.rollout.user_data.stopped import how_to_start, left_stopped

STOPS: Final = (StopDatabase, StopBeforeRestart, ReplaceRoot, StopInstance)
RESPONDED: Final = (RemoveStop, ForgetRoll, NoteRolled, NoteBacked)
"""What is sent only once Bolt has responded."""
HINT: Final = "Run the same command again: it continues. Or {back} goes back. --mode status says where it stands."


def down_first(rolled: Rolled, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """`faults`, with the one that says so before them, unless the first one does."""
    said = tuple(f"{rolled.name} {words}" for words in ("is down", "may be down", "is, or may be, down", "did not come back"))
    if not may_be_down(rolled) or (faults and faults[0].what.startswith(said)):
        return faults
    if (instance := left_stopped(rolled.runs)) and not _gone_from(rolled, instance):
        what = f"{rolled.name} is, or may be, down: its instance {instance} was stopped, and nothing starts it by itself"
        return (Fault(what, f"{how_to_start(instance, stopped=True)} --mode status says where it stands."), *faults)
    return (
        Fault(
            f"{rolled.name} is, or may be, down: it was stopped, and since then it was not seen to respond",
            HINT.format(back=rollback_of(rolled.name)),
        ),
        *faults,
    )


def _gone_from(rolled: Rolled, instance: str) -> bool:
    """Whether its data volume was attached to another instance since: then starting that one is of no use."""
    moves = [(sent.began, step) for run in rolled.runs for step, sent in list(run.sent.items()) if isinstance(step, AttachTo | DetachFrom)]
    last = max(moves, key=lambda move: move[0], default=None)
    return last is not None and (isinstance(last[1], DetachFrom) or last[1].instance != instance)


def may_be_down(rolled: Rolled) -> bool:
    stopped = max(_stopped(rolled), default=None)
    return stopped is not None and stopped > max(_responded(rolled), default=datetime.min.replace(tzinfo=stopped.tzinfo))


def _stopped(rolled: Rolled) -> Iterator[datetime]:
    """Also what was sent without effect: the database was stopped before it, and no response was seen."""
    return (sent.ended or sent.began for run in rolled.runs for step, sent in list(run.sent.items()) if isinstance(step, STOPS))


def _responded(rolled: Rolled) -> Iterator[datetime]:
    if rolled.back:
        yield rolled.back
    for run in rolled.runs:
        yield from (sent.ended for step, sent in list(run.sent.items()) if isinstance(step, RESPONDED) and sent.ended)
