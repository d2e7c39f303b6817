"""Cancels a run: asked first, by force after a while. Pure.

A cancellation is harmless twice, so one whose response was lost is requested again at once. Nothing is called cancelled before GitHub shows its end:
what it takes (202) is a wish, and what it rejects (409) is a run that has ended meanwhile, or one that hangs before its queue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait

GRACE: Final = 60.0
"""Seconds that a run has to end by itself: steps that run always clean up."""
LAST: Final = 30.0
"""Seconds to see it ended by force."""
LOOK_EVERY: Final = 2.0
LOOK_SOON: Final = 0.5
"""Seconds between the looks of the first few, when most runs end, and while no time is left for more."""
SOON: Final = 5.0
MOST_LOST: Final = 3
MOST_REFUSED: Final = 2
ASK_AGAIN: Final = 1.0
"""Seconds after which a refused cancellation is requested again: a run that is being queued can be cancelled as soon as it is."""
UNBEGUN: Final = ("queued", "requested", "pending", "waiting")
TAKEN, LOST, REFUSED = "taken", "lost", "refused"


@dataclass(frozen=True)
class Request:
    """One request to cancel. `fate`: taken, lost (its answer was) or refused, then with GitHub's `words`."""

    at: datetime
    fate: str
    words: str = ""


@dataclass(frozen=True)
class Seen:
    """`asked`, `forced`: this command's requests, in their order. `until`: when there is no time left to look; None if that is far."""

    now: datetime
    run: int
    done: bool
    conclusion: str
    status: str = ""
    asked: tuple[Request, ...] = ()
    forced: tuple[Request, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Cancel(Step):
    says = "cancel run {run}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = (
        "nothing: a run that is cancelled twice ends once, so a request whose response was lost is sent again immediately"
    )
    run: int
    number: int = 1


@dataclass(frozen=True)
class ForceCancel(Step):
    says = "force-cancel run {run}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = (
        "nothing: a run that is cancelled twice ends once, so a request whose response was lost is sent again immediately"
    )
    run: int
    number: int = 1


StoppingStep: TypeAlias = Cancel | ForceCancel


def decide(seen: Seen) -> Decision[StoppingStep]:
    if seen.done:
        return Done(seen.conclusion)
    if seen.until is not None and seen.now >= seen.until:
        return Done("", so_far(seen))
    if seen.forced:
        return _forcing(seen)
    if seen.asked:
        return _asking(seen)
    return Cancel(seen.run)


def _asking(seen: Seen) -> Decision[StoppingStep]:
    newest, again = seen.asked[-1], Cancel(seen.run, len(seen.asked) + 1)
    if _first(seen.asked, TAKEN):
        return _waited(seen, seen.asked, GRACE, "the run is finishing its steps") or ForceCancel(seen.run)
    if newest.fate == LOST:
        return (
            again
            if _count(seen.asked, LOST) < MOST_LOST
            else _waited(seen, seen.asked, GRACE, "waiting for the run to end") or ForceCancel(seen.run)
        )
    if _count(seen.asked, REFUSED) < MOST_REFUSED:
        return _after_refusal(seen, newest) or again
    # By force only what has not begun: a run whose steps have begun has something to clean up.
    return ForceCancel(seen.run) if seen.status in UNBEGUN else Done("", so_far(seen))


def _forcing(seen: Seen) -> Decision[StoppingStep]:
    newest = seen.forced[-1]
    if newest.fate == LOST and not _first(seen.forced, TAKEN) and len(seen.forced) < MOST_LOST:
        return ForceCancel(seen.run, len(seen.forced) + 1)
    if newest.fate == REFUSED:
        return _after_refusal(seen, newest) or Done("", so_far(seen))  # one more look: it may have ended meanwhile
    return _waited(seen, seen.forced, LAST, "GitHub is force-cancelling the run") or Done("", so_far(seen))


def _after_refusal(seen: Seen, newest: Request) -> Wait | None:
    since = (seen.now - newest.at).total_seconds()
    return Wait("the run has ended in the meantime, or can be cancelled soon", ASK_AGAIN) if since < ASK_AGAIN else None


def _waited(seen: Seen, requests: tuple[Request, ...], within: float, why: str) -> Wait | None:
    since = (seen.now - (_first(requests, TAKEN) or requests[-1]).at).total_seconds()
    return Wait(why, LOOK_SOON if since < SOON else LOOK_EVERY) if since < within else None


def so_far(seen: Seen) -> str:
    """What became of the requests, in words, while no end is seen."""
    requests = (*seen.asked, *seen.forced)
    taken, refused = _first(requests, TAKEN), next((each for each in reversed(requests) if each.fate == REFUSED), None)
    force = " (also by force-cancel)" if _first(seen.forced, TAKEN) else ""
    if taken:
        return f"GitHub was asked to cancel it{force} and it had not ended {(seen.now - taken.at).total_seconds():.0f} s later"
    if refused and requests[-1].fate == REFUSED:
        return f"it could not be cancelled, and continues: GitHub says '{refused.words}'"
    if requests:
        return "it is not known whether GitHub received the cancellation: no response came"
    return "it was not cancelled: there was no time left"


def _first(requests: Iterable[Request], fate: str) -> Request | None:
    return next((each for each in requests if each.fate == fate), None)


def _count(requests: Iterable[Request], fate: str) -> int:
    return sum(each.fate == fate for each in requests)


def after(seen: Seen, step: StoppingStep | Wait) -> Seen:
    if isinstance(step, Cancel):
        return replace(seen, asked=(*seen.asked, Request(seen.now, TAKEN)))
    if isinstance(step, ForceCancel):
        return replace(seen, forced=(*seen.forced, Request(seen.now, TAKEN)))
    return replace(seen, done=True, conclusion="cancelled")
