"""Secrets Manager as rotations know it: moto's secrets, with staging labels, tokens, limits and deletion as in AWS."""

import base64
import json
import time
from typing import Any, Final

from moto.secretsmanager import urls
from moto.secretsmanager.exceptions import OperationNotPermittedOnReplica, SecretNotFoundException
from moto.secretsmanager.models import ReplicaSecret
from moto.secretsmanager.responses import SecretsManagerResponse

from credex_actions.sandbox.aws.ecs.records import Document
from credex_actions.sandbox.aws.refusals import Refusal, invalid
from credex_actions.sandbox.aws.secrets import staging

LIMIT: Final = 65_536
"""Bytes of a value. Source: Secrets Manager guide, "Quotas"."""
DAY: Final = 86_400
DELETED = "You can't perform this operation on the secret because it was marked for deletion."


class SecretsManager(SecretsManagerResponse):
    """moto makes one for each request."""

    def call_action(self) -> Any:
        """Whatever the caller did wrong is HTTP 400, what is not there as well. Source: the errors of every operation in the API reference."""
        try:
            status, headers, body = super().call_action()
        except Refusal as refusal:
            status, headers, body = refusal.status, {}, json.dumps({"__type": refusal.code, "message": refusal.message})
        return (400, headers | {"status": "400"}, body) if status == 404 else (status, headers, body)  # noqa: PLR2004 - HTTP

    def _secret(self, *, deleted: bool = False) -> Any:
        """`deleted`: one that waits for its deletion will do."""
        try:
            secret = self.backend.secrets[self._get_param("SecretId")]
        except KeyError:
            raise SecretNotFoundException from None
        if secret.is_deleted() and not deleted:
            raise Refusal("InvalidRequestException", DELETED)
        return secret

    def _given(self) -> tuple[str | None, str | None]:
        text, data = self._get_param("SecretString"), self._get_param("SecretBinary")
        for name, size in (("secretString", len((text or "").encode())), ("secretBinary", len(base64.b64decode(data or "")))):
            if size > LIMIT:
                what = f"Value at '{name}' failed to satisfy constraint: Member must have length less than or equal to {LIMIT}"
                raise Refusal("ValidationException", f"1 validation error detected: {what}")
        if text is not None and data is not None:
            raise invalid("You can't specify both a binary secret value and a string secret value in the same secret.")
        return text, data

    def create_secret(self) -> str:
        name, token = self._get_param("Name"), self._get_param("ClientRequestToken")
        text, data = self._given()
        secret = self.backend.secrets.get(name)
        if secret is None or isinstance(secret, ReplicaSecret):
            return super().create_secret()
        if secret.is_deleted():
            what = "You can't create this secret because a secret with this name is already scheduled for deletion."
            raise Refusal("InvalidRequestException", what)
        if self._seen(secret, token, text, data):
            return json.dumps({"ARN": secret.arn, "Name": secret.name, "VersionId": token})
        raise Refusal("ResourceExistsException", f"The operation failed because the secret {name} already exists.")

    def put_secret_value(self) -> str:
        secret = self._secret()
        text, data = self._given()
        if text is None and data is None:
            raise Refusal("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
        version = self._put(secret, text, data, self._get_param("VersionStages") or [staging.CURRENT])
        return json.dumps(
            {"ARN": secret.arn, "Name": secret.name, "VersionId": version["version_id"], "VersionStages": version["version_stages"]}
        )

    def update_secret(self) -> str:
        secret = self._secret()
        if isinstance(secret, ReplicaSecret):
            raise OperationNotPermittedOnReplica
        text, data = self._given()
        answer = {"ARN": secret.arn, "Name": secret.name}
        if text is not None or data is not None:
            answer["VersionId"] = self._put(secret, text, data, [staging.CURRENT])["version_id"]
        secret.description = self._get_param("Description", secret.description)
        secret.kms_key_id = self._get_param("KmsKeyId", secret.kms_key_id)
        secret.last_changed_date = int(time.time())
        return json.dumps(answer)

    def _put(self, secret: Any, text: str | None, data: str | None, labels: list[str]) -> Document:
        if isinstance(secret, ReplicaSecret):
            raise OperationNotPermittedOnReplica
        token = self.backend._from_client_request_token(self._get_param("ClientRequestToken"))  # noqa: SLF001 - moto checks the length
        if self._seen(secret, token, text, data):
            return dict(secret.versions[token])
        value = {"secret_string": text} if text is not None else {"secret_binary": data}
        fresh: Document = {"createdate": int(time.time()), "version_id": token, "version_stages": []}
        secret.versions[token] = secret.versions.get(token, fresh) | value
        first = staging.holder(secret.versions, staging.CURRENT) is None and len(secret.versions) == 1
        for label in [*labels, *([staging.CURRENT] if first and staging.CURRENT not in labels else [])]:
            staging.attach(secret.versions, label, token)
        self._changed(secret)
        return dict(secret.versions[token])

    def _seen(self, secret: Any, token: str | None, text: str | None, data: str | None) -> bool:
        """Whether this token was here with this very value. Raises Refusal where it came with another one."""
        same = staging.known(secret.versions.get(token), text, data)
        if same is False:
            what = f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret.arn}."
            raise Refusal("ResourceExistsException", what)
        return bool(same)

    def _changed(self, secret: Any) -> None:
        """Moto's own operations read the current version from here."""
        secret.set_default_version_id(staging.holder(secret.versions, staging.CURRENT))
        secret.last_changed_date = int(time.time())

    def update_secret_version_stage(self) -> str:
        secret = self._secret()
        if isinstance(secret, ReplicaSecret):
            raise OperationNotPermittedOnReplica
        to, away_from = self._get_param("MoveToVersionId"), self._get_param("RemoveFromVersionId")
        staging.move(secret.versions, self._get_param("VersionStage"), to, away_from)
        self._changed(secret)
        return json.dumps({"ARN": secret.arn, "Name": secret.name})

    def get_secret_value(self) -> str:
        secret = self._secret()
        version = staging.find(secret.versions, self._get_param("VersionId"), self._get_param("VersionStage"))
        version["accessed"] = int(time.time()) // DAY * DAY
        value = {"SecretString": version.get("secret_string"), "SecretBinary": version.get("secret_binary")}
        named = {"VersionId": version["version_id"], "VersionStages": version["version_stages"], "CreatedDate": version["createdate"]}
        return json.dumps({"ARN": secret.arn, "Name": secret.name} | named | {key: each for key, each in value.items() if each is not None})

    def list_secret_version_ids(self) -> str:
        secret = self._secret(deleted=True)
        everything = self._get_param("IncludeDeprecated")
        listed = [_entry(each) for each in secret.versions.values() if each["version_stages"] or everything]
        begin, many = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 100)
        more = {"NextToken": str(begin + many)} if begin + many < len(listed) else {}
        return json.dumps({"ARN": secret.arn, "Name": secret.name, "Versions": listed[begin : begin + many]} | more)

    def describe_secret(self) -> str:
        return json.dumps(_described(self._secret(deleted=True), "VersionIdsToStages"))

    def list_secrets(self) -> str:
        """Moto chooses and counts; the entries are told again."""
        answer = json.loads(super().list_secrets())
        listed = [_described(self.backend.secrets[each["ARN"]], "SecretVersionsToStages") for each in answer["SecretList"]]
        return json.dumps({"SecretList": listed} | ({"NextToken": answer["NextToken"]} if answer["NextToken"] else {}))

    def delete_secret(self) -> str:
        if not self._get_param("ForceDeleteWithoutRecovery"):
            self._secret()
        return super().delete_secret()

    def tag_resource(self) -> str:
        self._secret()
        return super().tag_resource()

    def untag_resource(self) -> str:
        self._secret()
        return super().untag_resource()

    def rotate_secret(self) -> str:
        secret = self._secret()
        if not (self._get_param("RotationLambdaARN") or secret.rotation_lambda_arn):
            raise Refusal("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
        raise Refusal("InvalidRequestException", "The sandbox runs no rotation functions (docs/sandbox.md lists what it does not do).")


def _entry(version: Document) -> Document:
    accessed = {"LastAccessedDate": version["accessed"]} if "accessed" in version else {}
    return {"VersionId": version["version_id"], "VersionStages": version["version_stages"], "CreatedDate": version["createdate"]} | accessed


def _described(secret: Any, labels: str) -> Document:
    """`labels`: what DescribeSecret and ListSecrets call the staging labels. Versions without any are passed over."""
    told = {key: each for key, each in secret.to_dict().items() if each is not None and not key.endswith("ToStages")}
    staged = {identifier: each["version_stages"] for identifier, each in secret.versions.items() if each["version_stages"]}
    accessed = max((each.get("accessed", 0) for each in secret.versions.values()), default=0)
    return told | ({labels: staged} if staged else {}) | ({"LastAccessedDate": accessed} if accessed else {})


def install() -> None:
    """Moto looks its paths up when the first request of a service comes."""
    urls.url_paths = dict.fromkeys(urls.url_paths, SecretsManager.dispatch)
