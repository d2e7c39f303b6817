"""An IAM user's access key. AWS makes it, so it exists before it can be escrowed, and a user has two at most."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.core import foreign_answers
from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, message_of, one_write
from credex_actions.core.faults import Fault
from credex_actions.core.secret import Secret
from credex_actions.core.text import one_line
from credex_actions.rotation.deciding.state import Held, Identity
from credex_actions.rotation.escrow.escrow import Document
from credex_actions.rotation.kinds.source import Nature, SourceLook
from credex_actions.rotation.manifest.model import Probe
from credex_actions.rotation.values import Values

ID, SECRET = "access-key-id", "secret-access-key"
PARTS = (ID, SECRET)
NO_SUCH_KEY = "AKIACREDEXPREFLIGHT0"


@dataclass
class IamAccessKeySource:
    """`user` is always named: without a name IAM takes the caller's own."""

    clients: Clients
    user: str
    probe: Probe | None = None
    nature: ClassVar[Nature] = Nature(creates=True, revokes="keys")

    @property
    def where(self) -> str:
        return f"IAM user {self.user}"

    def preflight(self) -> Iterator[Fault]:
        """Tries to delete a key that no user has: IAM says whether it is allowed before it says that there is none."""
        try:
            self.clients.read("iam").delete_access_key(UserName=self.user, AccessKeyId=NO_SUCH_KEY)  # may be repeated, like a look
        except ClientError as error:
            if code_of(error) in NOT_ALLOWED:
                hint = "Grant the role iam:CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys and GetAccessKeyLastUsed on this user."
                yield Fault(f"access denied to the access keys of {self.user}: {message_of(error)}", hint)
            elif code_of(error) == "NoSuchEntity" and "user" in message_of(error).lower():
                yield Fault(f"the IAM user {self.user} does not exist", "Correct its name in the manifest (without a path).")

    def look(self, held: Held) -> SourceLook:
        del held
        try:
            listed = self.clients.read("iam").list_access_keys(UserName=self.user)["AccessKeyMetadata"]
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return SourceLook()  # preflight says it
            raise
        return SourceLook(tuple(self._identity(key) for key in sorted(listed, key=lambda key: key["CreateDate"])))

    def _identity(self, key: Any) -> Identity:
        told = self.clients.read("iam").get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        used: datetime | None = told.get("LastUsedDate")
        service = told.get("ServiceName", "")
        return Identity(
            name=key["AccessKeyId"],
            active=key["Status"] == "Active",
            created=key["CreateDate"].astimezone(UTC),
            used=used.astimezone(UTC) if used else None,
            used_for="" if service == "N/A" else f"{service} in {told.get('Region', '')}",
        )

    def make(self, held: Held, version: str) -> Document:
        del held, version
        with one_write():
            key = self.clients.write("iam").create_access_key(UserName=self.user)["AccessKey"]
        return Document({ID: Secret(key["AccessKeyId"]), SECRET: Secret(key["SecretAccessKey"])}, identity=key["AccessKeyId"])

    def sample(self) -> Values:
        return {ID: Secret("A" * 20), SECRET: Secret("x" * 40)}

    def install(self, values: Values) -> None:
        raise AssertionError(values)

    def adopted(self, found: Values) -> None:
        del found

    def verify(self, values: Values) -> str:
        session = boto3.session.Session(
            aws_access_key_id=values[ID].reveal(), aws_secret_access_key=values[SECRET].reveal(), region_name=self.clients.region
        )
        once = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=15)
        try:
            sts: Any = session.client("sts", config=once)
            foreign_answers.watch(sts)
            caller = sts.get_caller_identity()
            if not caller["Arn"].endswith(f"/{self.user}"):
                return f"it belongs to {caller['Arn']}, not to {self.user}"
            if self.probe:
                service, _, operation = self.probe.call.partition(".")
                client: Any = session.client(service, config=once)  # type: ignore[call-overload] # the service is the manifest's
                getattr(client, operation)(**self.probe.parameters)
        except ClientError as error:
            return f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
        except BotoCoreError as error:
            return one_line(str(error))
        return ""

    def deactivate(self, identity: str) -> None:
        self._switch(identity, "Inactive")

    def activate(self, identity: str) -> None:
        self._switch(identity, "Active")

    def _switch(self, identity: str, status: str) -> None:
        with one_write():
            self.clients.write("iam").update_access_key(UserName=self.user, AccessKeyId=identity, Status=status)

    def delete(self, identity: str) -> None:
        try:
            with one_write():
                self.clients.write("iam").delete_access_key(UserName=self.user, AccessKeyId=identity)
        except ClientError as error:
            if code_of(error) != "NoSuchEntity":  # it is gone, which is what was wanted
                raise
