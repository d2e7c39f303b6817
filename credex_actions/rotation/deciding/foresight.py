"""The world if a step works: pure. Plans unroll it, and the model tests live in it."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from credex_actions.core.loop import Wait
from credex_actions.rotation.deciding import steps
from credex_actions.rotation.deciding.state import ADOPTED, Held, Identity, Intent, Seen, Version, Want

NEXT = "next"
"""The id, and the identity, of a version that a plan speaks of."""


def after(want: Want, seen: Seen, move: "steps.RotationStep | Wait") -> Seen:  # noqa: PLR0912 - a case for each step
    held = seen.held
    match move:
        case Wait(seconds=seconds):
            verified = min(seen.verified + 1, want.successes) if held.pending else 0
            since = (seen.verifying_since or seen.now) if held.pending else None
            users = tuple(replace(each, busy=False, since=each.since if each.redeployable else None) for each in seen.users)  # they end
            return replace(seen, now=seen.now + timedelta(seconds=max(seconds, 1)), verified=verified, verifying_since=since, users=users)
        case steps.OpenEscrow():
            return _held(seen, open=True)
        case steps.Adopt():
            return _held(seen, current=Version(id=ADOPTED, created=seen.now, identity=_first(seen), intent=ADOPTED))
        case steps.NoteIntent(after=former, known=known):
            number = f"{former}+"
            seen = replace(seen, intents=seen.intents + 1)
            return _held(seen, intent=Intent(id=number, began=seen.now, known=known, mine=True))
        case steps.Create(intent=intent):
            name = f"{NEXT}-{intent}"
            return replace(seen, in_hand=name, identities=(*seen.identities, Identity(name=name, created=seen.now)))
        case steps.Escrow(after=former, intent=intent, known=known):
            identity = seen.in_hand or (_other_login(seen) if want.revokes == "login" else "")
            version = Version(
                id=f"{NEXT}-after-{former or 'nothing'}-{intent}", created=seen.now, identity=identity, intent=intent, known=known
            )
            return _held(
                replace(seen, in_hand="", verified=0, verifying_since=None, installed=not want.installs, offered=_taken(seen)),
                pending=version,
            )
        case steps.Install():
            login = Identity(name=held.pending.identity if held.pending else "", created=seen.now)
            others = tuple(each for each in seen.identities if each.name != login.name)
            return replace(seen, installed=True, identities=(*others, login) if want.revokes else seen.identities)
        case (
            steps.DeleteOrphan(identity=name)
            | steps.MakeRoom(identity=name)
            | steps.Undo(identity=name)
            | steps.Delete(identity=name)
            | steps.CloseLogin(identity=name)
        ):
            spent = seen.spent | ({held.intent.id} if isinstance(move, steps.DeleteOrphan) and held.intent else set())
            left = tuple(each for each in seen.identities if each.name != name)
            return replace(seen, identities=left, deleted=seen.deleted | {name}, spent=spent)
        case steps.Discard():
            spent = seen.spent | ({held.pending.intent} if held.pending else set())
            return replace(seen, held=replace(held, pending=None), verified=0, verifying_since=None, spent=spent, gave_up=True)
        case steps.Write(place=place, version=version_id):
            return replace(seen, places={**seen.places, place: version_id}, unnoted=seen.unnoted | {place})
        case steps.NoteReceipts(version=version_id, distributed=distributed):
            return _held(replace(seen, unnoted=frozenset()), distributed=(version_id, seen.now) if distributed else held.distributed)
        case steps.Redeploy(user=name):
            return replace(seen, users=tuple(replace(each, since=seen.now) if each.name == name else each for each in seen.users))
        case steps.Promote():
            return _held(replace(seen, renewed=True), current=held.pending, previous=held.current, pending=None)
        case steps.Settle():
            return _held(seen, pending=None)
        case steps.Deactivate(identity=name):
            return _switched(seen, name, active=False)
        case steps.NoteDeactivated(identity=name):
            return _held(seen, deactivated=(name, seen.now))
        case steps.Reactivate(identity=name):
            return _held(_switched(seen, name, active=True), deactivated=None)
        case _:
            assert_never(move)


def _held(seen: Seen, **changes: object) -> Seen:
    held: Held = replace(seen.held, **changes)  # type: ignore[arg-type]
    return replace(seen, held=held)


def _switched(seen: Seen, name: str, *, active: bool) -> Seen:
    return replace(seen, identities=tuple(replace(each, active=active) if each.name == name else each for each in seen.identities))


def _taken(seen: Seen) -> bool | None:
    return None if seen.offered is None else False


def _first(seen: Seen) -> str:
    return seen.identities[0].name if seen.identities else ""


def _other_login(seen: Seen) -> str:
    current = seen.held.current
    return f"{current.identity if current else ''}-other"
