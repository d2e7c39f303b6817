"""How a previous value ends: pure. It is held while someone needs it, then deactivated, watched, and deleted; or its login is closed."""

from typing import Final

from credex_actions.core.loop import Decision, Done, Wait
from credex_actions.rotation.deciding.gates import Hold, holds, watch_ends
from credex_actions.rotation.deciding.state import ADOPTED, Identity, Seen, Want
from credex_actions.rotation.deciding.steps import (
    CloseLogin,
    Deactivate,
    Delete,
    NoteDeactivated,
    NoteReceipts,
    Reactivate,
    RotationStep,
    Write,
)

LOOK_EVERY: Final = 15
"""Seconds: a previous key that is used meanwhile is to be noticed soon."""
UNKNOWN: Final = 3
"""Seconds between two looks at what ends at a time that nobody knows."""


def decide(want: Want, seen: Seen) -> Decision[RotationStep]:
    """Done("ended") if nothing of a previous value is left; Done("waiting") where something holds it for longer than this run waits."""
    current = seen.held.current
    if current is None or current.intent == ADOPTED:  # nothing came before it that rotation knows of
        return Done("ended")
    overlapping = [place for place in want.places if place.former and seen.places.get(place.key) != current.id]
    held = holds(want, seen) if overlapping else []
    if overlapping and not held:
        return Write(want.name, overlapping[0].key, current.id)
    if want.places and seen.unnoted:
        return NoteReceipts(want.name, current.id, seen.unnoted)
    if overlapping:
        return _waited(want, seen, held)
    for former in formers(want, seen):
        move = _end(want, seen, former)
        if move is not None:
            return move
    return Done("ended")


def formers(want: Want, seen: Seen) -> list[Identity]:
    """Identities that rotation replaced: those that were there when the current value was made, and none that it knows nothing of."""
    current, previous = seen.held.current, seen.held.previous
    if current is None or not want.revokes:
        return []
    replaced = current.known | ({previous.identity} if previous and previous.identity else frozenset())
    return [each for each in seen.identities if each.name in replaced and each.name != current.identity]


def _end(want: Want, seen: Seen, former: Identity) -> Decision[RotationStep] | None:
    if want.revokes == "login":
        held = holds(want, seen, former)
        return _waited(want, seen, held) if held else CloseLogin(want.name, former.name)
    if former.active:
        held = holds(want, seen, former)
        return _waited(want, seen, held) if held else Deactivate(want.name, former.name, former.used)
    ends = watch_ends(want, seen, former)
    if ends is None:
        return NoteDeactivated(want.name, former.name)
    noted = seen.held.deactivated
    if noted and former.used and former.used > noted[1] and want.mode != "emergency":
        return Reactivate(want.name, former.name)
    if seen.now < ends:
        return _waited(want, seen, [Hold(f"{former.name} is inactive, and monitored until {ends:%Y-%m-%d %H:%M:%S} UTC", ends)])
    return Delete(want.name, former.name)


def _waited(want: Want, seen: Seen, held: list[Hold]) -> Wait | Done:
    """A run waits for what passes soon enough; the rest is left to a later one."""
    why = "; ".join(each.why for each in held)
    unknown = any(each.until is None for each in held)
    last = max((each.until for each in held if each.until), default=seen.now)
    if any(each.lasts for each in held) or want.give_up is None or seen.now >= want.give_up or last > want.give_up:
        return Done("waiting", why)
    left = (last - seen.now).total_seconds()
    return Wait(why, max(min(left, max(left / 10, LOOK_EVERY)), 0.2, UNKNOWN if unknown else 0))
