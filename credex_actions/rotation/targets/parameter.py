"""A parameter of SSM's Parameter Store, which exists: its type, tier, key, description and policies stay as they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from credex_actions.aws.parameters import described, kept
from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, message_of, one_write
from credex_actions.core.faults import Fault
from credex_actions.core.loop import NoEffect
from credex_actions.core.secret import Secret
from credex_actions.rotation.targets.place import Receipt
from credex_actions.rotation.values import NO_SECRETS, Values, text_of

LIMITS: Final = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
"""Bytes of a value by tier. Source: Systems Manager user guide, "Managing parameter tiers"."""
MOST_VERSIONS: Final = 100
"""Source: the same guide, "Working with parameter versions": where the oldest has a label, there can be no further version."""


@dataclass
class ParameterPlace:
    clients: Clients
    name: str
    part: str
    former: bool = False

    @property
    def key(self) -> str:
        return f"ssm:{self.name}"

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.part,)

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        """To write it without Overwrite is refused where it exists, but only for those who may write it."""
        known = described(self.clients, self.name)
        if known is None:
            yield Fault(f"{self.key}: the parameter does not exist", "Create it with Terraform, as a SecureString with any value.")
            return
        kind = known["Type"]
        if kind == "StringList":
            yield Fault(f"{self.key}: is a StringList, which splits a value at commas", "Make it a SecureString.")
        elif kind == "String" and self.part not in NO_SECRETS:
            yield Fault(f"{self.key}: is a String, which stores a secret unencrypted", "Make it a SecureString.")
        limit = LIMITS.get(known.get("Tier", "Standard"), 4096)
        if values is not None and len(text_of(values, self.part).reveal().encode()) > limit:
            hint = "Make it an Advanced parameter, or the value shorter." if limit < LIMITS["Advanced"] else "Make the value shorter."
            yield Fault(f"{self.key}: allows at most {limit} bytes ({known.get('Tier', 'Standard')}), but the value is larger", hint)
        if known.get("Version", 1) >= MOST_VERSIONS and self._oldest_is_labelled():
            hint = "Move the label to a newer version (ssm:LabelParameterVersion)."
            yield Fault(f"{self.key}: has {MOST_VERSIONS} versions, and the oldest has a label, so no further one can be written", hint)
        try:
            asking = {"Name": self.name, "Value": "credex-actions tests its permission", "Type": kind}
            self.clients.read("ssm").put_parameter(**asking, Overwrite=False)  # may be repeated, like a look
        except ClientError as error:
            if code_of(error) in NOT_ALLOWED:
                yield Fault(
                    f"{self.key}: access denied: {message_of(error)}",
                    "Grant the role ssm:PutParameter on it, and the permissions of its KMS key.",
                )

    def _oldest_is_labelled(self) -> bool:
        oldest = self.clients.read("ssm").get_parameter_history(Name=self.name, MaxResults=1)["Parameters"]
        return bool(oldest and oldest[0].get("Labels"))

    def write(self, values: Values) -> str:
        known = described(self.clients, self.name)
        if known is None:
            raise NoEffect(f"{self.key} existed, but is not visible now")
        with one_write():
            answer = self.clients.write("ssm").put_parameter(
                Name=self.name, Value=text_of(values, self.part).reveal(), Overwrite=True, **kept(known)
            )
        return str(answer["Version"])

    def receipt(self) -> Receipt:
        try:
            found = self.clients.read("ssm").get_parameter(Name=self.name, WithDecryption=True)["Parameter"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return Receipt(exists=False)
            raise
        return Receipt(exists=True, stamp=str(found["Version"]), values={self.part: Secret(found["Value"])})
