"""Variables of repositories and environments."""

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
    vault.variables[name] = str(call.body().get("value", vault.variables[name]))
    vault.updated[f"variable {name}"] = now()
    return Answer(None, 204)


def _delete(vault: Vault, variable: str) -> Answer:
    if vault.variables.pop(variable.upper(), None) is None:
        raise Refusal(404, "Not Found")
    return Answer(None, 204)


@route("GET", "/repos/<owner>/<name>/actions/variables", "variables:read")
def list_repository_variables(call: Call) -> Answer:
    return _listed(call, call.repository.vault)


@route("GET", "/repos/<owner>/<name>/actions/variables/<variable>", "variables:read")
def get_repository_variable(call: Call, variable: str) -> Answer:
    return _one(call.repository.vault, variable)


@route("POST", "/repos/<owner>/<name>/actions/variables", "variables:write")
def create_repository_variable(call: Call) -> Answer:
    return _create(call, call.repository.vault)


@route("PATCH", "/repos/<owner>/<name>/actions/variables/<variable>", "variables:write")
def update_repository_variable(call: Call, variable: str) -> Answer:
    return _update(call, call.repository.vault, variable)


@route("DELETE", "/repos/<owner>/<name>/actions/variables/<variable>", "variables:write")
def delete_repository_variable(call: Call, variable: str) -> Answer:
    return _delete(call.repository.vault, variable)


@route("GET", "/repos/<owner>/<name>/environments/<path:environment>/variables", "environments:read")
def list_environment_variables(call: Call, environment: str) -> Answer:
    return _listed(call, vault_of(call, environment))


@route("GET", "/repos/<owner>/<name>/environments/<path:environment>/variables/<variable>", "environments:read")
def get_environment_variable(call: Call, environment: str, variable: str) -> Answer:
    return _one(vault_of(call, environment), variable)


@route("POST", "/repos/<owner>/<name>/environments/<path:environment>/variables", "environments:write")
def create_environment_variable(call: Call, environment: str) -> Answer:
    return _create(call, vault_of(call, environment))


@route("PATCH", "/repos/<owner>/<name>/environments/<path:environment>/variables/<variable>", "environments:write")
def update_environment_variable(call: Call, environment: str, variable: str) -> Answer:
    return _update(call, vault_of(call, environment), variable)
