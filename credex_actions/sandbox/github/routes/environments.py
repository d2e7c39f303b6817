"""Environments and their required reviewers."""

from credex_actions.sandbox.github import documents
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import Environment


@route("GET", "/repos/<owner>/<name>/environments", "actions:read")
def list_environments(call: Call) -> Answer:
    page, total, links = call.page_of(sorted(call.repository.environments.values(), key=lambda each: each.name))
    return Answer({"total_count": total, "environments": [documents.environment(call, each) for each in page]}, headers=links)


@route("GET", "/repos/<owner>/<name>/environments/<path:environment>", "actions:read")
def get_environment(call: Call, environment: str) -> Answer:
    if environment not in call.repository.environments:
        raise Refusal(404, "Not Found")
    return Answer(documents.environment(call, call.repository.environments[environment]))


@route("PUT", "/repos/<owner>/<name>/environments/<path:environment>", "administration:write")
def put_environment(call: Call, environment: str) -> Answer:
    """Reviewers are named by id on GitHub; here the ids of the logins that the sandbox has seen in tokens."""
    known = {documents.user(call, token.actor)["id"]: token.actor for token in call.hub.tokens.values()}
    wanted = [each.get("id") for each in call.body().get("reviewers") or []]
    record = call.repository.environments.setdefault(environment, Environment(call.hub.id(), environment))
    record.reviewers = tuple(known[identity] for identity in wanted if identity in known)
    return Answer(documents.environment(call, record))


@route("DELETE", "/repos/<owner>/<name>/environments/<path:environment>", "administration:write")
def delete_environment(call: Call, environment: str) -> Answer:
    if call.repository.environments.pop(environment, None) is None:
        raise Refusal(404, "Not Found")
    return Answer(None, 204)
