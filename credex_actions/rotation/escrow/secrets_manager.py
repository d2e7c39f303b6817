"""The escrow in Secrets Manager: one secret a credential. AWSPENDING, AWSCURRENT and AWSPREVIOUS are what they are to AWS's own rotation; tags hold the notes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from credex_actions.core.aws.clients import Clients, code_of, message_of, one_write
from credex_actions.core.loop import NoEffect
from credex_actions.rotation.deciding.state import Held, Intent, Version
from credex_actions.rotation.escrow import owner
from credex_actions.rotation.escrow.escrow import Document, Look, new_id, read
from credex_actions.rotation.escrow.notes import tags_to_notes
from credex_actions.rotation.values import Values

CURRENT, PENDING, PREVIOUS, INTENT = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "CREDEX-INTENT"
SERVICE: Final = "secretsmanager"


@dataclass
class SecretsManagerEscrow:
    """`run`: an id of this run, by which it knows its own intent."""

    clients: Clients
    name: str
    run: str
    kms_key: str = ""
    _documents: dict[str, tuple[Document, datetime]] = field(default_factory=dict)
    _intents: dict[str, Intent] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"Secrets Manager: {self.name}"

    def look(self) -> Look:
        try:
            found = self.clients.read(SERVICE).describe_secret(SecretId=self.name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return Look(Held(open=False), {})
            raise
        notes = tags_to_notes({tag["Key"]: tag["Value"] for tag in found.get("Tags", ())})
        stages = {stage: version for version, names in found.get("VersionIdsToStages", {}).items() for stage in names}
        held = Held(
            current=self._version(stages.get(CURRENT)),
            pending=self._version(stages.get(PENDING)),
            previous=self._version(stages.get(PREVIOUS)),
            intent=self._intent(stages.get(INTENT)),
            distributed=notes.distributed,
            deactivated=notes.deactivated,
        )
        return Look(held, notes.receipts)

    def values(self, version: str) -> Values:
        return self._document(version)[0].values

    def _version(self, number: str | None) -> Version | None:
        if number is None:
            return None
        document, created = self._document(number)
        return document.version(number, created) if document.values else None

    def _document(self, number: str) -> tuple[Document, datetime]:
        if number not in self._documents:
            answer = self._get(number)
            self._documents[number] = read(answer["SecretString"], self.where), answer["CreatedDate"].astimezone(UTC)
        return self._documents[number]

    def _get(self, number: str) -> Any:
        return self.clients.read(SERVICE).get_secret_value(SecretId=self.name, VersionId=number)

    def _intent(self, number: str | None) -> Intent | None:
        if number is None:
            return None
        if number not in self._intents:
            answer = self._get(number)
            told = json.loads(answer["SecretString"])
            mine = told.get("run") == self.run
            ended = not mine and owner.has_ended(told.get("owner"))
            known = frozenset(map(str, told.get("known", ())))
            self._intents[number] = Intent(id=number, began=answer["CreatedDate"].astimezone(UTC), known=known, mine=mine, ended=ended)
        return self._intents[number]

    def open(self) -> None:
        """With a version that holds nothing, so that the first pending one does not become the current one by itself."""
        more = {"KmsKeyId": self.kms_key} if self.kms_key else {}
        with one_write():
            self.clients.write(SERVICE).create_secret(
                Name=self.name,
                Description="Values that rotate-secrets keeps: pending, current, previous. Delete it and the rotation starts over.",
                SecretString=Document({}).text(),
                ClientRequestToken=new_id(self.name, "empty"),
                **more,
            )

    def note_intent(self, after: str, known: frozenset[str]) -> str:
        number = new_id(self.name, "intent", after)
        text = json.dumps({"run": self.run, "owner": owner.this_process(), "known": sorted(known)})
        self._put(number, text, INTENT)
        return number

    def keep(self, version: str, document: Document) -> None:
        self._put(version, document.text(), PENDING)

    def adopt(self, version: str, document: Document) -> None:
        self._put(version, document.text(), CURRENT)

    def _put(self, number: str, text: str, stage: str) -> None:
        try:
            with one_write():
                self.clients.write(SERVICE).put_secret_value(
                    SecretId=self.name, ClientRequestToken=number, SecretString=text, VersionStages=[stage]
                )
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":  # another run was first; what it wrote counts
                raise NoEffect("another run was first") from None
            raise

    def promote(self, version: str, former: str) -> None:
        former = former or next(number for number, (document, _) in self._documents.items() if not document.values)
        self._move(CURRENT, MoveToVersionId=version, RemoveFromVersionId=former)

    def settle(self, version: str) -> None:
        self._move(PENDING, RemoveFromVersionId=version)

    def discard(self, version: str) -> None:
        self._move(PENDING, RemoveFromVersionId=version)

    def _move(self, stage: str, **versions: str) -> None:
        try:
            with one_write():
                self.clients.write(SERVICE).update_secret_version_stage(SecretId=self.name, VersionStage=stage, **versions)
        except ClientError as error:
            if code_of(error) == "InvalidParameterException":  # the label is elsewhere by now: a look says whether where it should
                raise NoEffect(message_of(error)) from None
            raise

    def note(self, notes: Mapping[str, str]) -> None:
        with one_write():
            self.clients.write(SERVICE).tag_resource(
                SecretId=self.name, Tags=[{"Key": key, "Value": value} for key, value in notes.items()]
            )
