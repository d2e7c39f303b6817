"""A secret of Secrets Manager, which exists: the value of the credential, or keys of its JSON. AWSCURRENT moves with the write, AWSPREVIOUS follows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, message_of, one_write
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import Secret
from credex_actions.rotation.targets.place import Receipt
from credex_actions.rotation.values import Values, text_of

LARGEST: Final = 65_536
"""Bytes. Source: Secrets Manager user guide, "Quotas"."""
SERVICE: Final = "secretsmanager"


@dataclass
class SecretPlace:
    """`keys`: part -> key of the JSON; "" for the part that is the whole text."""

    clients: Clients
    name: str
    keys: Mapping[str, str]
    former: bool = False

    @property
    def key(self) -> str:
        names = ",".join(sorted(filter(None, self.keys.values())))
        return f"secrets-manager:{self.name}{f'#{names}' if names else ''}"

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.keys)

    def _read(self) -> Any:
        try:
            return self.clients.read(SERVICE).get_secret_value(SecretId=self.name, VersionStage="AWSCURRENT")
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        """What is current is written once more, with its own id: Secrets Manager ignores that, but only for those who may write it."""
        try:
            described = self.clients.read(SERVICE).describe_secret(SecretId=self.name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            yield Fault(f"{self.key}: the secret does not exist", "Create it with Terraform, with any value.")
            return
        if described.get("DeletedDate"):
            yield Fault(f"{self.key}: is scheduled for deletion", "Restore it, or remove it from the manifest.")
            return
        if described.get("RotationEnabled"):
            yield Fault(
                f"{self.key}: Secrets Manager rotates it itself", "Two rotations of one secret break each other: turn one of them off."
            )
        found = self._read()
        if found is None:
            return
        if "SecretString" not in found:
            yield Fault(f"{self.key}: contains binary data, not text", "Use another secret.")
            return
        if self._by_keys and _object(found["SecretString"]) is None:
            yield Fault(f"{self.key}: is not a JSON object, so it has no keys", "Remove names, or make it a JSON object.")
        elif values is not None and len(self._text(found["SecretString"], values).encode()) > LARGEST:
            yield Fault(f"{self.key}: would be larger than {LARGEST} bytes", "Make the value shorter.")
        try:
            self.clients.read(SERVICE).put_secret_value(  # may be repeated, like a look
                SecretId=self.name, ClientRequestToken=found["VersionId"], SecretString=found["SecretString"], VersionStages=["AWSCURRENT"]
            )
        except ClientError as error:
            if code_of(error) in NOT_ALLOWED:
                yield Fault(f"{self.key}: access denied: {message_of(error)}", "Grant the role secretsmanager:PutSecretValue on it.")

    @property
    def _by_keys(self) -> bool:
        return any(self.keys.values())

    def _text(self, present: str, values: Values) -> str:
        if not self._by_keys:
            return text_of(values, next(iter(self.keys))).reveal()
        document = _object(present)
        if document is None:
            raise Failure(Exit.FAILED, Fault(f"{self.key}: is no longer a JSON object", "Make it one, then run this again."))
        return json.dumps(document | {key: text_of(values, part).reveal() for part, key in self.keys.items()})

    def write(self, values: Values) -> str:
        found = self._read()
        text = self._text(found.get("SecretString", "{}") if found else "{}", values)
        with one_write():
            answer = self.clients.write(SERVICE).put_secret_value(SecretId=self.name, SecretString=text, ClientRequestToken=str(uuid4()))
        return str(answer["VersionId"])

    def receipt(self) -> Receipt:
        found = self._read()
        if found is None or "SecretString" not in found:
            return Receipt(exists=found is not None)
        if not self._by_keys:
            return Receipt(exists=True, stamp=found["VersionId"], values={next(iter(self.keys)): Secret(found["SecretString"])})
        document = _object(found["SecretString"]) or {}
        values = {part: Secret(str(document[key])) for part, key in self.keys.items() if key in document}
        return Receipt(exists=True, stamp=found["VersionId"], values=values)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
