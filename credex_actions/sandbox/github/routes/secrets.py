"""Secrets of repositories, environments, organisations and Dependabot: sealed boxes are opened, and values never come back.

Environment names are URL-encoded in paths, as `a%2Fb`; werkzeug decodes them, so they are matched as paths.
"""

import base64
import re
from collections.abc import Callable
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import Vault, now

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LARGEST: Final = 48 * 1024
"""Bytes. Source: GitHub docs, "Secrets reference", limits."""
VISIBILITIES: Final = ("all", "private", "selected")


def key_of(vault: Vault) -> tuple[str, PrivateKey]:
    if vault.key is None:
        vault.key = PrivateKey.generate()
    return str(int.from_bytes(bytes(vault.key.public_key)[:8], "big")), vault.key


def _public_key(vault: Vault) -> Answer:
    identity, key = key_of(vault)
    return Answer({"key_id": identity, "key": base64.b64encode(bytes(key.public_key)).decode()})


def _listed(call: Call, vault: Vault, *, visible: bool = False) -> Answer:
    page, total, links = call.page_of(sorted(vault.secrets))
    return Answer({"total_count": total, "secrets": [_described(call, vault, name, visible=visible) for name in page]}, headers=links)


def _described(call: Call, vault: Vault, name: str, *, visible: bool) -> dict[str, Any]:
    created = vault.created.get(name, vault.began)
    updated = vault.updated.get(name, created)
    known = {"name": name, "created_at": documents.when(created), "updated_at": documents.when(updated)}
    if visible:
        known["visibility"] = vault.visibility.get(name, "private")
        if vault.visibility.get(name) == "selected":
            organisation = call.request.path.split("/")[2]
            known["selected_repositories_url"] = f"{call.url}/orgs/{organisation}/actions/secrets/{name}/repositories"
    return known


def _one(call: Call, vault: Vault, secret: str, *, visible: bool = False) -> Answer:
    if secret.upper() not in vault.secrets:
        raise Refusal(404, "Not Found")
    return Answer(_described(call, vault, secret.upper(), visible=visible))


def _put(call: Call, vault: Vault, secret: str, *, visible: bool = False) -> Answer:
    """201 created, 204 updated."""
    if not NAME.fullmatch(secret) or secret.upper().startswith("GITHUB_"):
        message = "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. "
        raise Refusal(422, f"{message}Must start with a letter ([a-z], [A-Z]) or underscores (_), and not with GITHUB_.")
    given, name = call.body(), secret.upper()
    if visible:
        if given.get("visibility") not in VISIBILITIES:
            raise Refusal(422, 'Invalid request.\n\n"visibility" wasn\'t supplied.')
        if not isinstance(given.get("selected_repository_ids", []), list):
            raise Refusal(422, 'Invalid request.\n\n"selected_repository_ids" has to be a list.')
    identity, key = key_of(vault)
    if given.get("key_id") != identity:
        raise Refusal(422, "Bad request - key_id does not match the public key")
    try:
        value = SealedBox(key).decrypt(base64.b64decode(given["encrypted_value"], validate=True)).decode()
    except (KeyError, ValueError, TypeError, CryptoError):
        raise Refusal(422, "Bad request - encrypted_value is not valid") from None
    if len(value.encode()) > LARGEST:
        raise Refusal(422, "Secret values can be at most 48 KB")
    if visible:
        vault.visibility[name] = given["visibility"]
        vault.selected[name] = given.get("selected_repository_ids", [])
    new = name not in vault.secrets
    vault.secrets[name], vault.updated[name] = value, now()
    vault.created.setdefault(name, vault.updated[name])
    return Answer({}, 201) if new else Answer(None, 204)


def _delete(vault: Vault, secret: str) -> Answer:
    if vault.secrets.pop(secret.upper(), None) is None:
        raise Refusal(404, "Not Found")
    return Answer(None, 204)


def vault_of(call: Call, environment: str) -> Vault:
    if environment not in call.repository.environments:
        raise Refusal(404, "Not Found")
    return call.repository.environments[environment].vault


def organisation_vault(call: Call, organisation: str) -> Vault:
    if not any(each.owner == organisation for each in call.hub.repositories.values()):
        raise Refusal(404, "Not Found")
    return call.hub.organisations.setdefault(organisation, Vault())


def _serve(scope: str, path: str, permission: str, vault: Callable[..., Vault], *, visible: bool = False) -> None:
    """The five operations of one scope. `vault` gets the call and the parts of the path that are not the secret's name."""

    def public_key(call: Call, **parts: str) -> Answer:
        return _public_key(vault(call, **parts))

    def listed(call: Call, **parts: str) -> Answer:
        return _listed(call, vault(call, **parts), visible=visible)

    def one(call: Call, secret: str, **parts: str) -> Answer:
        return _one(call, vault(call, **parts), secret, visible=visible)

    def put(call: Call, secret: str, **parts: str) -> Answer:
        return _put(call, vault(call, **parts), secret, visible=visible)

    def delete(call: Call, secret: str, **parts: str) -> Answer:
        return _delete(vault(call, **parts), secret)

    route("GET", f"{path}/public-key", f"{permission}:read", operation=f"get-{scope}-public-key")(public_key)
    route("GET", path, f"{permission}:read", operation=f"list-{scope}-secrets")(listed)
    route("GET", f"{path}/<secret>", f"{permission}:read", operation=f"get-{scope}-secret")(one)
    route("PUT", f"{path}/<secret>", f"{permission}:write", operation=f"put-{scope}-secret")(put)
    route("DELETE", f"{path}/<secret>", f"{permission}:write", operation=f"delete-{scope}-secret")(delete)


_serve("repository", "/repos/<owner>/<name>/actions/secrets", "secrets", lambda call: call.repository.vault)
_serve("environment", "/repos/<owner>/<name>/environments/<path:environment>/secrets", "environments", vault_of)
_serve("dependabot", "/repos/<owner>/<name>/dependabot/secrets", "dependabot_secrets", lambda call: call.repository.dependabot)
_serve("organisation", "/orgs/<organisation>/actions/secrets", "organization_secrets", organisation_vault, visible=True)


@route("GET", "/orgs/<organisation>/actions/secrets/<secret>/repositories", "organization_secrets:read")
def list_selected_repositories(call: Call, organisation: str, secret: str) -> Answer:
    chosen = organisation_vault(call, organisation).selected.get(secret.upper(), [])
    found = [each for each in call.hub.repositories.values() if each.id in chosen]
    return Answer({"total_count": len(found), "repositories": [documents.repository(call, each) for each in found]})
