"""Apps, their installations and tokens; who the caller is; the quota."""

from typing import Any

from credex_actions.sandbox.github import access, documents
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import App


def _installation(call: Call, app: App) -> dict[str, Any]:
    url = f"{call.url}/app/installations/{app.installation_id}"
    owner = next((each.owner for each in call.hub.repositories.values()), "Great-Sun-Group")
    return {
        "id": app.installation_id,
        "account": documents.user(call, owner),
        "repository_selection": "all" if app.repositories is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{call.url}/installation/repositories",
        "html_url": f"{call.site}/settings/installations/{app.installation_id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": 1,
        "target_type": "Organization",
        "permissions": app.permissions,
        "events": [],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }


@route("GET", "/app", open=True)
def get_app(call: Call) -> Answer:
    app = access.app_of(call.hub, call.request.headers.get("Authorization", ""))
    return Answer(
        {
            "id": app.id,
            "slug": app.slug,
            "node_id": f"A_{app.id}",
            "owner": documents.user(call, "Great-Sun-Group"),
            "name": app.slug,
            "description": None,
            "external_url": call.site,
            "html_url": f"{call.site}/apps/{app.slug}",
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "permissions": app.permissions,
            "events": [],
        }
    )


@route("GET", "/repos/<owner>/<name>/installation", open=True)
def get_installation(call: Call) -> Answer:
    app = access.app_of(call.hub, call.request.headers.get("Authorization", ""))
    if app.repositories is not None and call.repository.full_name not in app.repositories:
        raise Refusal(404, "Not Found")
    return Answer(_installation(call, app))


@route("POST", "/app/installations/<int:installation>/access_tokens", open=True)
def create_installation_token(call: Call, installation: int) -> Answer:
    app = access.app_of(call.hub, call.request.headers.get("Authorization", ""))
    if app.installation_id != installation:
        raise Refusal(404, "Not Found")
    wanted = call.body()
    permissions = wanted.get("permissions") or app.permissions
    levels = {"read": 1, "write": 2, "admin": 3}
    if any(levels[level] > levels.get(app.permissions.get(name, ""), 0) for name, level in permissions.items()):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    repositories = app.repositories
    if names := wanted.get("repositories"):
        found = [each for each in call.hub.repositories.values() if each.name.lower() in {str(name).lower() for name in names}]
        if len(found) < len(names) or (repositories is not None and any(each.full_name not in repositories for each in found)):
            message = "There is at least one repository that does not exist or is not accessible to the parent installation."
            raise Refusal(422, message)
        repositories = tuple(each.full_name for each in found)
    token = access.new_token(call.hub, "installation", f"{app.slug}[bot]", permissions, repositories)
    selection = "all" if repositories is None else "selected"
    document = {
        "token": token.text,
        "expires_at": documents.when(token.expires),
        "permissions": permissions,
        "repository_selection": selection,
    }
    return Answer(document, 201)


@route("GET", "/installation/repositories")
def list_installation_repositories(call: Call) -> Answer:
    mine = call.token.repositories if call.token else None
    page, total, links = call.page_of(each for each in call.hub.repositories.values() if mine is None or each.full_name in mine)
    return Answer({"total_count": total, "repositories": [documents.repository(call, each) for each in page]}, headers=links)


@route("GET", "/user")
def get_user(call: Call) -> Answer:
    assert call.token
    if call.token.kind != "pat":
        raise Refusal(403, "Resource not accessible by integration")
    unknown = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"), None)
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    moments = dict.fromkeys(("created_at", "updated_at"), "2026-01-01T00:00:00Z")
    return Answer({**documents.user(call, call.token.actor), **unknown, **counts, **moments})


@route("GET", "/rate_limit")
def get_rate_limit(call: Call) -> Answer:
    assert call.token
    access.give_back(call.token)
    bucket = {
        "limit": call.token.limit,
        "remaining": call.token.limit - call.token.used,
        "used": call.token.used,
        "reset": int(call.token.resets),
    }
    return Answer({"resources": {"core": bucket, "search": bucket}, "rate": bucket})


@route("GET", "/meta", open=True)
def get_meta(call: Call) -> Answer:
    del call
    return Answer({"verifiable_password_authentication": False})
