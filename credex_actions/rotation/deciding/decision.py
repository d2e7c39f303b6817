"""What comes next for one credential: pure. A value is in the escrow before anybody gets it, with everybody before it is current, and the former
one goes only once nobody needs it.

    create, escrow, verify, write everywhere, note the receipts, renew its users, promote    (bringing in)
    wait for the users of the previous one, deactivate, watch, delete                          (ending)
"""

from datetime import datetime, timedelta
from typing import Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Wait
from credex_actions.rotation.deciding import ending
from credex_actions.rotation.deciding.state import ADOPTED, Identity, Intent, Seen, Version, Want
from credex_actions.rotation.deciding.steps import (
    Adopt,
    Create,
    DeleteOrphan,
    Discard,
    Escrow,
    Install,
    MakeRoom,
    NoteIntent,
    NoteReceipts,
    OpenEscrow,
    Promote,
    Redeploy,
    RotationStep,
    Settle,
    Undo,
    Write,
)

LEASE: Final = timedelta(seconds=100)
"""How long another run may be between noting that it creates and escrowing what it created: two requests of at most 40 seconds each, and some."""
REQUEST_LIVES: Final = timedelta(seconds=60)
"""How long after its intent a key of ours can have been made: our request is given up after 40 seconds. One that a person makes because a run failed comes later."""
LISTED_WITHIN: Final = timedelta(minutes=2)
"""IAM is eventually consistent: for so long a new key may be missing from the list. Source: IAM user guide, "Troubleshoot IAM"."""
MOST_KEYS: Final = 2
"""Source: IAM user guide, "IAM and AWS STS quotas": access keys of one user."""
MOST_INTENTS: Final = 3


def decide(want: Want, seen: Seen) -> Decision[RotationStep]:
    """The first case that fits wins."""
    held = seen.held
    if held.pending:
        if want.mode == "finish":
            return Done("unfinished", "a new value is being distributed; --mode apply continues")
        return _bring_in(want, seen, held.pending)
    if seen.in_hand:
        intent = held.intent
        assert intent
        return Escrow(want.name, _id(held.current), _id(held.previous), intent.id, intent.known)
    if stray := _orphan(seen):
        return _end_orphan(want, seen, *stray)
    if held.current and held.current.intent != ADOPTED and want.mode != "finish" and (move := _mend(want, seen, held.current)):
        return move
    over = ending.decide(want, seen)
    if not isinstance(over, Done) or over.outcome == "waiting" or want.mode == "finish":
        return over
    if want.mode == "emergency" and seen.offered is False and _leaked(want, seen):
        what = f"{want.name}: no new value was provided, so the leaked one is still in use everywhere"
        return Refuse((Fault(what, "Have its issuer create a new one, provide it, and run this again."),), Exit.FAILED)
    if seen.renewed or not due(want, seen):
        return over
    return _begin(want, seen)


def _leaked(want: Want, seen: Seen) -> bool:
    current = seen.held.current
    return current is None or (want.created_before is not None and current.created < want.created_before)


def due(want: Want, seen: Seen) -> bool:
    """Whether a new value is wanted: there is none, it is gone at its source, too old, of an age that nobody knows, or another one was given."""
    if seen.offered is not None:
        return seen.offered
    current = seen.held.current
    if current is None or current.intent == ADOPTED:  # nobody knows how old it is
        return True
    if want.revokes == "keys" and not any(each.active and each.name == current.identity for each in seen.identities):
        return True  # somebody took the current key away
    if want.created_before and current.created < want.created_before:
        return True
    return want.rotate_after is not None and seen.now >= current.created + want.rotate_after


def _begin(want: Want, seen: Seen) -> Decision[RotationStep]:
    held = seen.held
    if seen.gave_up:  # one that never came to work was taken back: another would fare no better
        return Refuse((_never_worked(want, seen),), Exit.FAILED)
    if want.creates and len(seen.identities) >= MOST_KEYS:
        spare = _spare(want, seen)
        return MakeRoom(want.name, spare.name) if spare and want.replace_inactive else Refuse((two_keys(want, seen),))
    if held.current is None and want.installs and not seen.adoptable:
        what = f"{want.name}: none of its targets holds the login that is in use, without which no new one can be created"
        return Refuse((Fault(what, "Add a target that can be read (SSM, Secrets Manager) and holds that login."),), Exit.BAD_INPUT)
    if not held.open:
        return OpenEscrow(want.name)
    if held.current is None and want.adopts and seen.adoptable:
        return Adopt(want.name)
    if not want.creates:
        return Escrow(want.name, _id(held.current), _id(held.previous))
    intent = held.intent
    if intent is not None and intent.mine and not _used_up(seen, intent):
        return Create(want.name, intent.id)
    if seen.intents >= MOST_INTENTS:
        fault = Fault(
            f"{want.name}: {MOST_INTENTS} times a key was created and the response was lost", "Check the network, then run this again."
        )
        return Refuse((fault,), Exit.REMOTE)
    if intent is not None and (waiting := _other_run(want, seen, intent)):
        return waiting
    return NoteIntent(want.name, intent.id if intent else "", frozenset(each.name for each in seen.identities))


def _used_up(seen: Seen, intent: Intent) -> bool:
    """An intent is good for one attempt: a value came of it, or was given up."""
    return intent.id in {each.intent for each in (seen.held.current, seen.held.pending, seen.held.previous) if each} | seen.spent


def _other_run(want: Want, seen: Seen, intent: Intent) -> Wait | None:
    """Another run noted its intent a moment ago, and may be at work."""
    if intent.mine or intent.ended or _used_up(seen, intent) or seen.now >= intent.began + LEASE:
        return None
    return Wait(f"another run may be creating {want.name} since {intent.began:%H:%M:%S} UTC", 5)


def _orphan(seen: Seen) -> tuple[Intent, Identity] | None:
    """An identity that came after an intent of which nothing was escrowed."""
    intent = seen.held.intent
    if intent is None or intent.id in {each.intent for each in (seen.held.current, seen.held.previous) if each}:
        return None
    new = [each for each in seen.identities if each.name not in intent.known]
    return (intent, new[0]) if len(new) == 1 else None


def _end_orphan(want: Want, seen: Seen, intent: Intent, identity: Identity) -> Decision[RotationStep]:
    """It goes only if it is proven to be ours and unused: noted before, created while that request could live, by nobody used, by nobody escrowed."""
    if waiting := _other_run(want, seen, intent):
        return waiting
    created = identity.created
    in_time = created is not None and intent.began - timedelta(seconds=2) <= created <= intent.began + REQUEST_LIVES
    if in_time and identity.used is None:
        return DeleteOrphan(want.name, identity.name)
    what = f"{want.name}: {identity.name} is neither in the escrow nor proven to be left over from a rotation: {_about(identity)}"
    return Refuse((Fault(what, "Find out who created it. If nobody needs it, delete it; then run this again."),))


def _bring_in(want: Want, seen: Seen, pending: Version) -> Decision[RotationStep]:
    held = seen.held
    if held.current and held.current.id == pending.id:
        return Settle(want.name, pending.id)
    given_away = pending.id in seen.places.values()
    mine = next((each for each in seen.identities if each.name == pending.identity), None)
    if want.creates and want.revokes == "keys" and mine is None:
        if given_away:
            return Refuse(
                (
                    Fault(
                        f"{want.name}: {pending.identity} was written to its targets, but no longer exists",
                        "Restore the previous value manually.",
                    ),
                )
            )
        if pending.identity not in seen.deleted and seen.now < pending.created + LISTED_WITHIN:
            return Wait(f"IAM does not list {pending.identity} yet", 2)
        return Discard(want.name, pending.id)
    if not seen.installed:
        return Install(want.name, pending.id)
    if seen.verified < want.successes:
        return _verify(want, seen, pending, given_away=given_away)
    for place in want.places:
        if seen.places.get(place.key) != (wanted := desired(seen, pending, former=place.former and want.mode != "emergency")):
            return Write(want.name, place.key, wanted)
    if seen.unnoted or held.distributed is None or held.distributed[0] != pending.id:
        return NoteReceipts(want.name, pending.id, seen.unnoted, distributed=True)
    return _renew(want, seen, held.distributed[1], pending) or Promote(want.name, pending.id)


def _renew(want: Want, seen: Seen, distributed: datetime, pending: Version) -> Decision[RotationStep] | None:
    """Starts services again that have the previous value; never into somebody's deployment, which would take each other's place."""
    for user in seen.users:
        if not user.redeployable or user.since is None or user.since >= distributed:
            continue
        if not user.busy or want.mode == "emergency":
            return Redeploy(want.name, user.name, pending.id, user.since)
        why = f"{user.name} is being deployed, and is restarted after that"
        return Wait(why, 3) if want.give_up and seen.now < want.give_up else Done("unfinished", why)
    return None


def desired(seen: Seen, new: Version, *, former: bool) -> str:
    """The id of the version that a place is to hold while `new` is brought in."""
    current = seen.held.current
    return current.id if former and current and current.id != new.id else new.id


def _verify(want: Want, seen: Seen, pending: Version, *, given_away: bool) -> Decision[RotationStep]:
    since = seen.verifying_since or seen.now
    if seen.now < since + want.verify_within:
        return Wait(
            f"the new value of {want.name} is tested: {seen.verified} of {want.successes} successes in a row so far",
            1 if seen.verified else 2,
        )
    if given_away or not (want.creates and want.revokes == "keys"):
        return Refuse((_never_worked(want, seen),), Exit.FAILED)
    return Undo(want.name, pending.identity)


def _never_worked(want: Want, seen: Seen) -> Fault:
    trouble = seen.verify_trouble or "it was not accepted"
    hint = "The previous value is unchanged. Fix the cause, then run this again."
    return Fault(f"{want.name}: the new value did not work {want.successes} times in a row: {trouble}", hint)


def _mend(want: Want, seen: Seen, current: Version) -> Decision[RotationStep] | None:
    """What departed from the escrow, a new target for example, gets the current value."""
    for place in want.places:
        accepted = {current.id}
        if place.former and seen.held.previous:
            accepted.add(seen.held.previous.id)
        if seen.places.get(place.key) not in accepted:
            return Write(want.name, place.key, current.id)
    return None


def two_keys(want: Want, seen: Seen) -> Fault:
    """AWS gives a user two keys at most, so one of these has to go before a new one can come; which, only their owner can know."""
    told = "; ".join(_about(each) for each in seen.identities)
    hint = "Delete the one that nobody needs (IAM, security credentials), then run this again. Nothing was created."
    if spare := _spare(want, seen):
        hint = f"replace-inactive: true deletes {spare.name}, which is inactive and was never used. Nothing was created."
    return Fault(f"{want.name}: its user already has two access keys: {told}", hint)


def _spare(want: Want, seen: Seen) -> Identity | None:
    """The one key of two that nobody can miss: it is inactive, was never used, and is none of those that rotation holds."""
    if want.revokes != "keys":
        return None
    held = {each.identity for each in (seen.held.current, seen.held.pending, seen.held.previous) if each}
    spare = [each for each in seen.identities if not each.active and each.used is None and each.name not in held]
    return spare[0] if len(spare) == 1 else None


def _about(identity: Identity) -> str:
    used = f"last used {_when(identity.used)}{f' for {identity.used_for}' if identity.used_for else ''}" if identity.used else "never used"
    return f"{identity.name} ({'active' if identity.active else 'inactive'}, created {_when(identity.created)}, {used})"


def _when(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else "at an unknown time"


def _id(version: Version | None) -> str:
    return version.id if version else ""
