"""Where jobs ask for OIDC tokens."""

from credex_actions.sandbox.github import access, identity
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route


@route("GET", identity.PATH, open=True)
def request_identity_token(call: Call) -> Answer:
    """`environment` is the sandbox's own: act tells nobody which of a run's jobs is asking."""
    speaker = call.hub.speakers.get(access.bearer(call.request.headers.get("Authorization", "")))
    if speaker is None or not speaker.alive:
        raise Refusal(401, "Unauthorized")
    token = speaker.token(call.request.args.get("environment", ""), call.request.args.get("audience", ""))
    return Answer({"count": len(token), "value": token})
