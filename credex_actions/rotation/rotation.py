"""The rotation's two ends for one credential: looks at its escrow, its source, its places and its users, and does what decide() asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import assert_never

from credex_actions.core.clock import Clock
from credex_actions.core.loop import Operation
from credex_actions.rotation.consumers.consumer import Consumer
from credex_actions.rotation.deciding import steps
from credex_actions.rotation.deciding.decision import decide
from credex_actions.rotation.deciding.foresight import after
from credex_actions.rotation.deciding.state import ADOPTED, Held, Seen, Version, Want
from credex_actions.rotation.escrow import notes
from credex_actions.rotation.escrow.escrow import Document, Escrow, Look, new_id
from credex_actions.rotation.kinds.source import Source, SourceLook
from credex_actions.rotation.manifest.model import PREVIOUS
from credex_actions.rotation.targets.place import Place, Receipt
from credex_actions.rotation.values import VALUE, Values, secrets_in, text_of

AWAY_FROM_THE_SOURCE = (steps.Write, steps.NoteReceipts, steps.Redeploy, steps.Promote)
OTHER = ""
"""What a place holds that holds none of our versions."""


@dataclass
class Rotation:
    """One credential in one run. `hide` hears of every value before it is used. What is remembered here, a killed run loses, and nothing depends on it."""

    want: Want
    escrow: Escrow
    source: Source
    places: Sequence[Place]
    consumers: Sequence[Consumer]
    clock: Clock
    hide: Callable[[str], None]
    on_look: Callable[[Seen], None] = lambda _: None
    foresees: bool = False  # a plan tells of its users also if nothing was ever brought to them
    _receipts: dict[str, Receipt] = field(default_factory=dict)
    _stamps: dict[str, str] = field(default_factory=dict)
    _holding: dict[str, str] = field(default_factory=dict)  # place -> version: what this run wrote
    _written: dict[str, tuple[str, str]] = field(default_factory=dict)  # place -> version, stamp: this run's own, not noted yet
    _in_hand: Document | None = None
    _kept: bool = False  # the escrow has answered for what is in hand, which a look need not tell yet
    _verified: int = 0
    _verifying_since: datetime | None = None
    _trouble: str = ""
    _verifying: str = ""
    _intents: int = 0
    _spent: frozenset[str] = frozenset()
    _adopted: Document | None = None
    _renewed: bool = False
    _deleted: frozenset[str] = frozenset()
    _gave_up: bool = False
    _source_seen: SourceLook | None = None
    _source_stale: bool = True
    last: Seen | None = None

    @property
    def stamps(self) -> dict[str, str]:
        """What each place told last of when, or as which version, it was written."""
        return {key: receipt.stamp for key, receipt in self._receipts.items() if receipt.exists} | self._stamps

    @property
    def remark(self) -> str:
        return self._source_seen.remark if self._source_seen else ""

    def operation(self) -> Operation[Seen, steps.RotationStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, partial(after, self.want))

    def unsafe(self) -> steps.Escrow | None:
        """The step that puts into the escrow what this run has created, and nobody else knows."""
        if self._in_hand is None or self._kept or self.last is None:
            return None
        move = decide(self.want, replace(self.last, in_hand=self._in_hand.identity))
        return move if isinstance(move, steps.Escrow) else None

    def observe(self) -> Seen:
        """Raises Cancelled where a signal has come: what is not written any more need not be looked for."""
        self.clock.check()
        look = self.escrow.look()
        held = look.held
        noted = [key for key, receipt in self._written.items() if look.receipts.get(notes.receipt_key(key)) == receipt]
        for key in noted:
            del self._written[key]
        for version in (held.current, held.pending, held.previous):
            if version:
                for text in secrets_in(self.escrow.values(version.id)):
                    self.hide(text)
        if self._in_hand and held.pending and held.pending.identity == self._in_hand.identity:
            self._in_hand = None
        source = self._source_look(held)
        places = {place.key: self._holds(place, look) for place in self.places}
        seen = Seen(
            now=self.clock.now(),
            held=held,
            identities=source.identities,
            adoptable=self._adoptable(held),
            in_hand=self._in_hand.identity if self._in_hand else "",
            installed=source.installed,
            places=places,
            unnoted=frozenset(self._written),
            users=tuple(consumer.look() for consumer in self.consumers) if held.distributed or self.foresees else (),
            offered=source.offered,
            spent=self._spent,
            intents=self._intents,
            verify_trouble=self._trouble,
            renewed=self._renewed,
            deleted=self._deleted,
            gave_up=self._gave_up,
        )
        seen = self._tried(seen)
        self.last = seen
        self.on_look(seen)
        return seen

    def _source_look(self, held: Held) -> SourceLook:
        """Anew, but between two steps that do not touch the source while a value is brought in: what ends a previous one is always seen fresh."""
        known = self._source_seen
        if known is None or self._source_stale or held.pending is None:
            known = self._source_seen = self.source.look(held)
        self._source_stale = True
        return known

    def _tried(self, seen: Seen) -> Seen:
        """With one more attempt of the pending value, where it needs one."""
        pending = seen.held.pending
        gone = pending is not None and self.want.revokes == "keys" and pending.identity not in {each.name for each in seen.identities}
        if pending is None or gone or not seen.installed or (seen.held.current and seen.held.current.id == pending.id):
            return seen
        if self._verifying != pending.id:
            self._verifying, self._verified, self._verifying_since = pending.id, 0, seen.now
        if self._verified < self.want.successes:
            self._trouble = self.source.verify(self.escrow.values(pending.id))
            self._verified = 0 if self._trouble else self._verified + 1
        return replace(seen, verified=self._verified, verifying_since=self._verifying_since, verify_trouble=self._trouble)

    def _holds(self, place: Place, look: Look) -> str:
        """The id of the version that `place` holds, as far as anybody can tell."""
        if place.key in self._holding:
            return self._holding[place.key]
        receipt = self._receipts.get(place.key)
        if receipt is None:
            receipt = self._receipts[place.key] = place.receipt()
        if not receipt.exists:
            return OTHER
        if receipt.values is not None:
            held = look.held
            for version in (held.pending, held.current, held.previous):
                if version and self._matches(receipt.values, place, version):
                    return version.id
            return OTHER
        version_id, stamp = look.receipts.get(notes.receipt_key(place.key)) or (OTHER, "")
        return version_id if stamp == receipt.stamp else OTHER

    def _matches(self, found: Values, place: Place, version: Version) -> bool:
        wanted = self.values_for(place, self.escrow.values(version.id))
        return all(found.get(part) == text_of(wanted, part) for part in place.parts)

    @staticmethod
    def values_for(place: Place, values: Values) -> Values:
        """The parts of a version as `place` takes them."""
        return {PREVIOUS: values[VALUE]} if place.former else values

    def _adoptable(self, held: Held) -> bool:
        """Whether the places hold a value that is in use, while the escrow has none."""
        if held.current or held.pending or not self.source.nature.adopts:
            return False
        if self._adopted is None:
            found = {
                part: text
                for place in self.places
                if (receipt := self._receipts.get(place.key)) and receipt.values and not place.former
                for part, text in receipt.values.items()
                if text.reveal().strip()
            }
            for text in secrets_in(found):
                self.hide(text)
            self._adopted = self.source.adopted(found)
        return self._adopted is not None

    def _version(self, number: str) -> Version:
        assert self.last
        held = self.last.held
        return next(each for each in (held.pending, held.current, held.previous) if each and each.id == number)

    def act(self, step: steps.RotationStep) -> None:  # noqa: PLR0912 - a case for each step
        """Raises NoEffect, Lost, Failure, or what the service itself says."""
        assert self.last
        held = self.last.held
        self._source_stale = not isinstance(step, AWAY_FROM_THE_SOURCE)
        match step:
            case steps.OpenEscrow():
                self.escrow.open()
            case steps.Adopt(name=name):
                assert self._adopted
                self.escrow.adopt(new_id(name, ADOPTED), replace(self._adopted, intent=ADOPTED))
            case steps.NoteIntent(after=former, known=known):
                self.escrow.note_intent(former, known)
                self._intents += 1
            case steps.Create():
                self._in_hand, self._kept = self._made(self.source.make(held, "")), False
            case steps.Escrow():
                self._keep(step)
            case steps.Install(version=version):
                self.source.install(self.escrow.values(version))
            case steps.Write(place=key, version=version):
                self._write(key, version)
            case steps.NoteReceipts():
                self._note(step)
            case steps.Redeploy(user=user):
                next(each for each in self.consumers if each.name == user).redeploy()
            case steps.Promote(version=version):
                self.escrow.promote(version, held.current.id if held.current else "")
                self._renewed = True
            case steps.Settle(version=version):
                self.escrow.settle(version)
            case steps.Discard(version=version):
                self._spent |= {held.pending.intent} if held.pending else set()
                self._gave_up = True
                self.escrow.discard(version)
            case steps.Deactivate(identity=identity):
                self.source.deactivate(identity)
            case steps.NoteDeactivated(identity=identity):
                self.escrow.note({notes.DEACTIVATED: notes.timed(identity, self.clock.now())})
            case steps.Reactivate(identity=identity):
                self.source.activate(identity)
                self.escrow.note({notes.DEACTIVATED: notes.NONE})
            case steps.CloseLogin(identity=identity):
                self.source.delete(identity)
                self.escrow.note({notes.DEACTIVATED: notes.timed(identity, self.clock.now())})
            case (
                steps.DeleteOrphan(identity=identity)
                | steps.MakeRoom(identity=identity)
                | steps.Undo(identity=identity)
                | steps.Delete(identity=identity)
            ):
                self.source.delete(identity)
                self._deleted |= {identity}
                self._spent |= {held.intent.id} if isinstance(step, steps.DeleteOrphan) and held.intent else set()
            case _:
                assert_never(step)

    def _made(self, document: Document) -> Document:
        for text in secrets_in(document.values):
            self.hide(text)
        return document

    def _keep(self, step: steps.Escrow) -> None:
        """A value is drawn again for each attempt: one whose response was lost is in the escrow, or nowhere."""
        assert self.last
        number = new_id(step.name, "value", step.after, step.before_that, step.intent)
        document = self._in_hand or self._made(self.source.make(self.last.held, number))
        self.escrow.keep(number, Document(document.values, document.identity, step.intent, step.known))
        self._kept = True

    def _write(self, key: str, version: str) -> None:
        place = next(each for each in self.places if each.key == key)
        values = self.values_for(place, self.escrow.values(self._version(version).id))
        for known in (self._receipts, self._holding):
            known.pop(key, None)  # where its response is lost, only a look tells
        stamp = place.write(values)
        self._holding[key], self._stamps[key] = version, stamp
        self._written[key] = (version, stamp)

    def _note(self, step: steps.NoteReceipts) -> None:
        told = dict(notes.receipt(key, version, stamp) for key, (version, stamp) in self._written.items() if key in step.places)
        if step.distributed:
            told[notes.DISTRIBUTED] = notes.timed(step.version, self.clock.now())
        self.escrow.note(told)
