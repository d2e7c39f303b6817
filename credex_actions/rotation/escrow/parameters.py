"""The escrow in SSM, if there is no Secrets Manager: encrypted parameters `current`, `pending` and `previous` in a folder of the credential's own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import NoEffect
from credex_actions.rotation.deciding.state import Held, Intent, Version
from credex_actions.rotation.escrow import owner
from credex_actions.rotation.escrow.escrow import Document, Look, read
from credex_actions.rotation.escrow.notes import tags_to_notes
from credex_actions.rotation.values import Values

CURRENT, PENDING, PREVIOUS, INTENT, NOTES = "current", "pending", "previous", "intent/", "notes"
SERVICE: Final = "ssm"
AT_ONCE: Final = 10
"""Names that one DeleteParameters takes."""


@dataclass
class ParameterEscrow:
    """A parameter that is made without Overwrite is made by one of two runs alone; `clock` dates the versions, since a copy has a date of its own."""

    clients: Clients
    folder: str
    run: str
    clock: Clock
    kms_key: str = ""
    _texts: dict[str, str] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"SSM: {self.folder}"

    def look(self) -> Look:
        pages = self.clients.read(SERVICE).get_paginator("get_parameters_by_path")
        found = pages.paginate(Path=self.folder, Recursive=True, WithDecryption=True)
        self._texts = {each["Name"].removeprefix(f"{self.folder}/"): each["Value"] for page in found for each in page["Parameters"]}
        notes = tags_to_notes(self._notes())
        current, previous = self._version(CURRENT), self._version(PREVIOUS)
        held = Held(
            current=current,
            pending=self._version(PENDING),
            previous=None if current and previous and current.id == previous.id else previous,
            intent=self._intent(),
            distributed=notes.distributed,
            deactivated=notes.deactivated,
        )
        return Look(held, notes.receipts)

    def values(self, version: str) -> Values:
        return self._documents[version].values

    def _version(self, name: str) -> Version | None:
        if name not in self._texts:
            return None
        where = f"{self.where}/{name}"
        told = self._object(name)
        try:
            number, created = str(told["id"]), datetime.fromisoformat(told["created"])
            self._documents[number] = read(json.dumps(told["document"]), where)
        except (KeyError, TypeError, ValueError):
            hint = "Set a prefix for the escrow in the manifest (escrow.prefix) that nothing else uses."
            raise Failure(Exit.BAD_INPUT, Fault(f"{where} contains something that credex-actions did not write", hint, "escrow")) from None
        return self._documents[number].version(number, created)

    def _object(self, name: str) -> Any:
        try:
            return json.loads(self._texts[name])
        except (KeyError, ValueError):
            return {}

    def _notes(self) -> dict[str, str]:
        told = self._object(NOTES)
        return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}

    def _intents(self) -> list[int]:
        numbers = (name.removeprefix(INTENT) for name in self._texts if name.startswith(INTENT))
        return sorted(int(number) for number in numbers if number.isdigit())

    def _intent(self) -> Intent | None:
        numbers = self._intents()
        if not numbers:
            return None
        told = self._object(f"{INTENT}{numbers[-1]}")
        mine = told.get("run") == self.run
        began = datetime.fromisoformat(str(told.get("began", "1970-01-01T00:00:00+00:00")))
        known = frozenset(map(str, told.get("known", ())))
        return Intent(id=str(numbers[-1]), began=began, known=known, mine=mine, ended=not mine and owner.has_ended(told.get("owner")))

    def open(self) -> None:
        raise AssertionError("there is nothing to open")

    def note_intent(self, after: str, known: frozenset[str]) -> str:
        number = str(int(after or 0) + 1)
        began = self.clock.now().astimezone(UTC).isoformat()
        self._make(f"{INTENT}{number}", {"run": self.run, "owner": owner.this_process(), "known": sorted(known), "began": began})
        return number

    def keep(self, version: str, document: Document) -> None:
        self._make(PENDING, self._dated(version, document))

    def adopt(self, version: str, document: Document) -> None:
        self._make(CURRENT, self._dated(version, document))

    def _dated(self, version: str, document: Document) -> dict[str, Any]:
        return {"id": version, "created": self.clock.now().astimezone(UTC).isoformat(), "document": json.loads(document.text())}

    def _make(self, name: str, value: Mapping[str, Any]) -> None:
        try:
            self._put(name, json.dumps(value), overwrite=False)
        except ClientError as error:
            if code_of(error) == "ParameterAlreadyExists":
                raise NoEffect("another run was first") from None
            raise

    def _put(self, name: str, text: str, *, overwrite: bool) -> None:
        more = {"KeyId": self.kms_key} if self.kms_key else {}
        with one_write():
            self.clients.write(SERVICE).put_parameter(
                Name=f"{self.folder}/{name}", Value=text, Type="SecureString", Tier="Intelligent-Tiering", Overwrite=overwrite, **more
            )

    def promote(self, version: str, former: str) -> None:
        """The previous value is kept before it is overwritten: killed between the two, both are there, and running again does both once more."""
        del version
        if former:
            self._put(PREVIOUS, self._texts[CURRENT], overwrite=True)
        self._put(CURRENT, self._texts[PENDING], overwrite=True)

    def settle(self, version: str) -> None:
        """With the intents before the last one, which are good for nothing any more."""
        del version
        old = [f"{INTENT}{number}" for number in self._intents()[:-1]]
        self._delete([PENDING, *old][:AT_ONCE])

    def discard(self, version: str) -> None:
        del version
        self._delete([PENDING])

    def _delete(self, names: list[str]) -> None:
        with one_write():
            self.clients.write(SERVICE).delete_parameters(Names=[f"{self.folder}/{name}" for name in names])

    def note(self, notes: Mapping[str, str]) -> None:
        self._put(NOTES, json.dumps(self._notes() | dict(notes)), overwrite=True)
