"""Secrets of GitHub, which never tell their value: each is sealed for its scope, and its time of change is the receipt."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from operator import itemgetter
from typing import Any, Final
from urllib.parse import quote

from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Refused, text_at
from credex_actions.github.connection.session import Session
from credex_actions.rotation.targets.place import OPENED, Receipt
from credex_actions.rotation.values import Values, text_of

LARGEST: Final = 48 * 1024
"""Bytes. Source: GitHub docs, "Secrets reference", limits for secrets."""


@dataclass(frozen=True)
class Scope:
    """Whose secrets. `session`: opened when it is first needed."""

    repository: str
    environment: str = ""
    organisation: str = ""
    dependabot: bool = False

    @property
    def name(self) -> str:
        if self.organisation:
            return f"github:{self.organisation}"
        place = f"github:{self.repository}"
        return f"{place}:dependabot" if self.dependabot else f"{place}:{self.environment}" if self.environment else place

    @property
    def path(self) -> str:
        """Of its secrets."""
        if self.organisation:
            return f"/orgs/{self.organisation}/actions/secrets"
        if self.environment:
            return f"/repos/{self.repository}/environments/{quote(self.environment, safe='')}/secrets"
        return f"/repos/{self.repository}/{'dependabot' if self.dependabot else 'actions'}/secrets"

    @property
    def variables(self) -> str:
        if self.organisation:
            return f"/orgs/{self.organisation}/actions/variables"
        if self.environment:
            return f"/repos/{self.repository}/environments/{quote(self.environment, safe='')}/variables"
        return f"/repos/{self.repository}/actions/variables"


@dataclass
class GithubSecretPlace:
    """`session`: of the calling thread."""

    scope: Scope
    name: str
    part: str
    session: Callable[[], Session]
    former: bool = False

    @property
    def key(self) -> str:
        return f"{self.scope.name}:{self.name}"

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.part,)

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        """Reads the key to seal with, and deletes a secret of a name that nobody has: who may not write is refused, others are told that there is none."""
        if values is not None and len(text_of(values, self.part).reveal().encode()) > LARGEST:
            yield Fault(f"{self.key}: GitHub allows at most {LARGEST} bytes, but the value is larger", "Make the value shorter.")
        api = self.session().api
        try:
            api.get(f"{self.scope.path}/public-key", _public_key)
        except Refused as error:
            yield self._unwritable(error)
            return
        if self.scope.organisation and not self.receipt().exists:
            hint = "Create it with the visibility that it should have."
            yield Fault(f"{self.key}: the secret does not exist in the organization", hint)
            return
        try:
            api.repeated("DELETE", f"{self.scope.path}/CREDEX_PREFLIGHT_{secrets.token_hex(6).upper()}")
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                yield self._unwritable(error)

    def _unwritable(self, error: Refused) -> Fault:
        if error.status == HTTPStatus.NOT_FOUND:
            what = (
                f"environment {self.scope.environment} of {self.scope.repository}"
                if self.scope.environment
                else self.scope.name.partition(":")[2]
            )
            return Fault(
                f"{self.key}: the {what} does not exist, or these credentials have no access to it", "Correct the manifest, or create it."
            )
        if error.status == HTTPStatus.FORBIDDEN:
            needed = "Organization secrets" if self.scope.organisation else "Dependabot secrets" if self.scope.dependabot else "Secrets"
            needed = "Environments" if self.scope.environment else needed
            return Fault(f"{self.key}: access denied: {one_line(error.message, 200)}", f"Grant the App, or the token, {needed}: write.")
        return Fault(f"{self.key}: cannot be written: {error}", "The message is GitHub's.")

    def write(self, values: Values) -> str:
        """Repeated where an response is lost: the same value again changes nothing."""
        try:
            self._put(values)
        except Refused as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or "key_id" not in error.message:
                raise
            self._put(values)  # GitHub took another key into use meanwhile
        return self.receipt().stamp

    def _put(self, values: Values) -> None:
        from nacl.public import PublicKey, SealedBox

        api = self.session().api
        key, key_id = api.get(f"{self.scope.path}/public-key", _public_key).document
        sealed = SealedBox(PublicKey(key)).encrypt(text_of(values, self.part).reveal().encode())
        body: dict[str, Any] = {"encrypted_value": base64.b64encode(sealed).decode(), "key_id": key_id}
        if self.scope.organisation:
            body |= self._visibility()
        api.repeated("PUT", f"{self.scope.path}/{self.name}", body)

    def _visibility(self) -> dict[str, Any]:
        """As it is: what is not said is reset by GitHub, to all repositories."""
        api = self.session().api
        visibility = api.get(f"{self.scope.path}/{self.name}", text_at("visibility")).document
        if visibility != "selected":
            return {"visibility": visibility}
        chosen = list(api.pages(f"{self.scope.path}/{self.name}/repositories", "repositories", itemgetter("id")))
        return {"visibility": visibility, "selected_repository_ids": chosen}

    def receipt(self) -> Receipt:
        try:
            changed = self.session().api.get(f"{self.scope.path}/{self.name}", text_at("updated_at")).document
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Receipt(exists=False)
            raise
        return Receipt(exists=True, stamp=changed)


def _public_key(document: Mapping[str, Any]) -> tuple[bytes, str]:
    return base64.b64decode(text_at("key")(document)), text_at("key_id")(document)


WRITING: Final = "writing:"


@dataclass
class MarkerPlace:
    """A variable next to a pair of secrets. Before the pair is written it says `writing:` and what the pair will name; after it, that name alone.

    A job whose id and marker differ has been given half of an old and half of a new pair.
    """

    scope: Scope
    name: str
    part: str
    session: Callable[[], Session]
    opens: bool
    former: bool = False

    @property
    def key(self) -> str:
        return f"{self.scope.name}:vars.{self.name}{OPENED if self.opens else ''}"

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.part,)

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        del values
        try:
            self.session().api.repeated("DELETE", f"{self.scope.variables}/CREDEX_PREFLIGHT_{secrets.token_hex(6).upper()}")
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                hint = "Grant the App, or the token, Variables: write (Environments: write for those of an environment)."
                yield Fault(f"{self.key}: access denied: {one_line(error.message, 200)}", hint)

    def write(self, values: Values) -> str:
        api, path = self.session().api, f"{self.scope.variables}/{self.name}"
        text = f"{WRITING if self.opens else ''}{text_of(values, self.part).reveal()}"
        try:
            api.repeated("PATCH", path, {"name": self.name, "value": text})
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            api.repeated("POST", self.scope.variables, {"name": self.name, "value": text})
        return ""

    def receipt(self) -> Receipt:
        from credex_actions.core.secret import Secret

        try:
            text = self.session().api.get(f"{self.scope.variables}/{self.name}", text_at("value")).document
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Receipt(exists=False)
            raise
        held = text.removeprefix(WRITING) if self.opens else text
        return Receipt(exists=True, values={self.part: Secret(held)})
