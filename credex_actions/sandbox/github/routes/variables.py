"""Variables of repositories and environments."""

from collections.abc import Callable
from typing import Any

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.routes.secrets import vault_of
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import Vault, now


def _described(vault: Vault, name: str) -> dict[str, Any]:
    key = f"variable {name}"
    moments = {"created_at": documents.when(vault.created.get(key, now())), "updated_at": documents.when(vault.updated.get(key, now()))}
    return {"name": name, "value": vault.variables[name], **moments}


def _listed(call: Call, vault: Vault) -> Answer:
    page, total, links = call.page_of(sorted(vault.variables))
    return Answer({"total_count": total, "variables": [_described(vault, name) for name in page]}, headers=links)


def _one(vault: Vault, variable: str) -> Answer:
    if variable.upper() not in vault.variables:
        raise Refusal(404, "Not Found")
    return Answer(_described(vault, variable.upper()))


def _create(call: Call, vault: Vault) -> Answer:
    given = call.body()
    name = str(given.get("name", "")).upper()
    if name in vault.variables:
        raise Refusal(409, "Already exists - Variable already exists")
    vault.variables[name] = str(given.get("value", ""))
    vault.created[f"variable {name}"] = vault.updated[f"variable {name}"] = now()
    return Answer({}, 201)


def _update(call: Call, vault: Vault, variable: str) -> Answer:
    name = variable.upper()
    if name not in vault.variables:
        raise Refusal(404, "Not Found")
    given = call.body()
    new = str(given.get("name", name)).upper()
    vault.variables[new] = str(given.get("value", vault.variables.pop(name)))
    if new != name:
        vault.variables.pop(name, None)
    vault.updated[f"variable {new}"] = now()
    return Answer(None, 204)


def _delete(vault: Vault, variable: str) -> Answer:
    if vault.variables.pop(variable.upper(), None) is None:
        raise Refusal(404, "Not Found")
    return Answer(None, 204)


def _serve(scope: str, path: str, permission: str, vault: Callable[..., Vault]) -> None:
    """The five operations of one scope. `vault` gets the call and the parts of the path that are not the variable's name."""

    def listed(call: Call, **parts: str) -> Answer:
        return _listed(call, vault(call, **parts))

    def one(call: Call, variable: str, **parts: str) -> Answer:
        return _one(vault(call, **parts), variable)

    def create(call: Call, **parts: str) -> Answer:
        return _create(call, vault(call, **parts))

    def update(call: Call, variable: str, **parts: str) -> Answer:
        return _update(call, vault(call, **parts), variable)

    def delete(call: Call, variable: str, **parts: str) -> Answer:
        return _delete(vault(call, **parts), variable)

    route("GET", path, f"{permission}:read", operation=f"list-{scope}-variables")(listed)
    route("GET", f"{path}/<variable>", f"{permission}:read", operation=f"get-{scope}-variable")(one)
    route("POST", path, f"{permission}:write", operation=f"create-{scope}-variable")(create)
    route("PATCH", f"{path}/<variable>", f"{permission}:write", operation=f"update-{scope}-variable")(update)
    route("DELETE", f"{path}/<variable>", f"{permission}:write", operation=f"delete-{scope}-variable")(delete)


_serve("repository", "/repos/<owner>/<name>/actions/variables", "variables", lambda call: call.repository.vault)
_serve("environment", "/repos/<owner>/<name>/environments/<path:environment>/variables", "environments", vault_of)
